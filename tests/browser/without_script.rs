//! Organization tokens without JavaScript: every act is a link or a form.
use crate::driver::Options;
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn without_script_a_token_is_made_shown_once_and_lives_its_whole_life() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let browser = console.seat(&ada, Options::default().without_script()).await;
    browser.goto(LIST).await;
    browser.click("Create token").await;
    browser.arrives_at(&format!("{LIST}/new")).await;
    browser.fill("Name", "Webhook relay").await;
    browser.click("Webhook processor").await;
    assert_eq!(browser.value("Name").await, "Webhook relay");
    browser.click("Only these").await;
    browser.click("prd-greenhouse").await;
    browser.click("Preview").await;
    browser.sees("prd-greenhouse").await;

    browser.click("Create token").await;
    let first = browser.secret().await;
    browser.sees("Whether it was used stands on its page").await;
    assert!(!browser.text().await.contains("Copy\n"), "a button that would do nothing");
    let own = console.api(&first).get("/api/v2/token/").await.json();
    assert_eq!(own["access_config"]["projects"], serde_json::json!(["prd-greenhouse"]), "{own}");
    browser.reload().await;
    browser.sees("Another token is called").await;
    browser.sees("“Webhook relay” was made just now.").await;
    browser.knows_nothing_of(&first).await;
    browser.click("rotate it").await;
    browser.sees("The old secret works on for").await;
    browser.click("Cancel").await;
    browser.goto(LIST).await;

    browser.menu("Actions for Webhook relay").await;
    browser.click("Edit").await;
    browser.fill("Name", "North gate").await;
    browser.click("Save token").await;
    browser.sees("North gate").await;
    browser.menu("Actions for North gate").await;
    browser.click("Disable").await;
    browser.sees("Calls with it are refused.").await;
    assert_eq!(console.api(&first).get("/api/v2/token/").await.status, 401);
    browser.menu("Actions for North gate").await;
    browser.click("Enable").await;
    browser.sees("Calls with it are accepted again.").await;

    browser.menu("Actions for North gate").await;
    browser.click("Rotate secret").await;
    browser.click("Not at all").await;
    browser.click("Rotate secret").await;
    let second = browser.secret().await;
    assert_eq!(console.api(&first).get("/api/v2/token/").await.status, 401);
    assert_eq!(console.api(&second).get("/api/v2/token/").await.status, 200);
    console.note_uses();
    browser.click("I have copied it").await;

    browser.menu("Actions for North gate").await;
    browser.click("Delete").await;
    browser.click("Delete token").await;
    browser.sees("as it stands here").await;
    browser.fill("Type “North gate” to confirm", "North gate").await;
    browser.click("Delete token").await;
    browser.sees("Revoked").await;
    assert_eq!(console.api(&second).get("/api/v2/token/").await.status, 401);
    browser.knows_nothing_of(&second).await;
}
