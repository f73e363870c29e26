//! Access control > Service accounts: from the account to its token, and its end.
use jeton::access::Role;

use crate::driver::Options;
use crate::support::Console;

const LIST: &str = "/orgs/acme/access/service-accounts";

#[actix_web::test]
async fn a_service_account_gets_a_token_and_both_end_together() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.click("Access control").await;
    browser.click("Service accounts").await;
    browser.sees("No service accounts yet").await;
    browser.click("Create service account").await;
    browser.focuses("Name").await;
    browser.types("Deployer").await;
    browser.click("operator").await;
    browser.sees("Read and write").await;
    browser.click("Create service account").await;
    browser.sees("“Deployer” is ready").await;

    browser.click("Create token").await;
    browser.sees("Create token for Deployer").await;
    browser.focuses("Name").await;
    browser.types("Cluster").await;
    browser.click("7 days").await;
    browser.sees("Stops working on").await;
    browser.click("Create").await;
    let personal = browser.personal().await;
    assert!(personal.starts_with("pss_service:v2:"), "{personal}");
    browser.click("Copy").await;
    assert_eq!(browser.clipboard().await, personal);
    browser.click("API").await;
    browser.sees("REST API token").await;
    let rest = browser.find("output#rest").await.unwrap();
    assert!(rest.starts_with("ServiceAccount "), "{rest}");
    let secret = browser.secret().await;
    assert!(secret.starts_with("jtn_sat_"), "{secret}");
    browser.sees("Waiting for first use").await;
    for form in [&secret, &rest] {
        assert_eq!(console.api(form).get("/api/v2/token/").await.status, 200, "{form}");
    }
    browser.sees("from 127.0.0.1").await;
    assert!(browser.find(".wait.done").await.is_some());
    browser.click("I have copied it").await;
    browser.sees("Cluster").await;
    browser.knows_nothing_of(&secret).await;
    browser.knows_nothing_of(&rest).await;
    browser.knows_nothing_of(&personal).await;

    browser.script("scrollTo(0, 0)").await;
    browser.click("Disable").await;
    browser.sees("None of its tokens works").await;
    let refused = console.api(&secret).get("/api/v2/token/").await;
    assert!(refused.status == 401 && refused.says("service account is disabled"));
    browser.click("Enable").await;
    browser.sees("“Deployer” is enabled").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);

    browser.click("Delete service account").await;
    browser.sees("Its token stops working at once.").await;
    browser.fill("Type “Deployer” to confirm", "Deployer").await;
    browser.click("Delete service account").await;
    browser.sees("“Deployer” is deleted").await;
    browser.arrives_at(LIST).await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn an_account_is_switched_in_place_without_script_and_on_a_narrow_screen() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let account = ada.account("Deployer", Role::Operator, &[]).await;
    let sat = ada.sat(&account, "Cluster").await;
    for options in [Options::default().narrow(), Options::default().without_script()] {
        let browser = console.seat(&ada, options).await;
        browser.goto(LIST).await;
        browser.click("Disable Deployer").await;
        browser.sees("“Deployer” is disabled").await;
        assert_eq!(console.api(&sat.text).get("/api/v2/token/").await.status, 401);
        browser.click("Enable Deployer").await;
        browser.sees("“Deployer” is enabled").await;
        assert_eq!(console.api(&sat.text).get("/api/v2/token/").await.status, 200);
        assert!(browser.fits().await);
        browser.click("Manage Deployer").await;
        browser.sees("Calls per day").await;
        assert!(browser.fits().await);
        browser.has_no_complaints().await;
    }
}
