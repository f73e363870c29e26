//! 360 pixels wide: nothing is cut off, and every act is within reach.
use crate::driver::Options;
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn on_a_narrow_screen_a_token_lives_its_whole_life() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let browser = console.seat(&ada, Options::default().narrow()).await;
    browser.menu("Open navigation").await;
    browser.click("Organization settings").await;
    browser.arrives_at(LIST).await;
    browser.click("Create token").await;
    browser.fill("Name", "Webhook relay of the greenhouse at the north gate").await;
    browser.click("Only these").await;
    browser.click("prd-greenhouse").await;
    browser.click("Only what is listed").await;
    browser.click("records: read").await;
    assert!(browser.fits().await);

    browser.click("Create token").await;
    let secret = browser.secret().await;
    assert!(browser.fits().await);
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, secret);
    browser.click("Kubernetes").await;
    assert!(browser.fits().await);
    browser.click("I have copied it").await;

    let menu = "Actions for Webhook relay of the greenhouse at the north gate";
    for (act, then) in [("Edit", "Save token"), ("Rotate secret", "Rotate secret")] {
        browser.menu(menu).await;
        browser.click(act).await;
        browser.sees("Cancel").await;
        assert!(browser.fits().await, "{act}");
        browser.click(then).await;
    }
    browser.secret().await;
    browser.click("I have copied it").await;
    browser.menu(menu).await;
    browser.click("Disable").await;
    browser.sees("is disabled").await;
    assert!(browser.fits().await);
    browser.menu(menu).await;
    browser.click("Delete").await;
    browser.click("Delete token").await;
    browser.sees("Revoked").await;
    assert!(browser.fits().await);
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.has_no_complaints().await;
}
