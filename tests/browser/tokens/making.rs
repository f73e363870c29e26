//! Making a token: the form, what it says of itself, and the one look at the secret.
use serde_json::json;

use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn a_new_token_is_copied_used_and_never_shown_again() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto(LIST).await;
    browser.sees("No tokens yet").await;
    browser.click("Create token").await;
    browser.focuses("Name").await;
    browser.types("Webhook relay").await;
    browser.click("Create token").await;
    let secret = browser.secret().await;
    browser.focuses("Copy").await;

    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, secret);
    browser.sees("Waiting for first use").await;
    browser.script("window.loadedOnce = true").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    browser.sees("from 127.0.0.1").await;
    assert!(browser.find(".wait.done").await.is_some());
    assert_eq!(browser.script("return window.loadedOnce").await, true);

    browser.reload().await;
    browser.sees("Webhook relay").await;
    browser.knows_nothing_of(&secret).await;
    browser.goto("/account").await;
    browser.back().await;
    browser.sees("Webhook relay").await;
    browser.knows_nothing_of(&secret).await;
    browser.sees(&format!("{}...", &secret[..16])).await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn leaving_the_reveal_leads_to_the_list_that_has_the_token_already() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto(LIST).await;
    browser.click("Create token").await;
    browser.fill("Name", "Webhook relay").await;
    browser.click("Create token").await;
    let secret = browser.secret().await;

    browser.click("I have copied it").await;

    browser.sees_no("You won’t see it again.").await;
    browser.sees("Webhook relay").await;
    browser.knows_nothing_of(&secret).await;
    browser.arrives_at(LIST).await;
    browser.back().await;
    browser.knows_nothing_of(&secret).await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn the_summary_follows_what_is_chosen() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.project("prd-greenhouse").await;
    ada.project("prd-coldroom").await;
    browser.goto(LIST).await;
    browser.click("Create token").await;
    let says = async |text: &str| browser.sees_in("#summary", text).await;

    browser.click("operator").await;
    says("Read and write").await;
    browser.click("Only these").await;
    browser.click("prd-greenhouse").await;
    says("prd-greenhouse").await;
    says("prd-coldroom").await;
    browser.click("Only what is listed").await;
    browser.click("events: read").await;
    says("Read events").await;
    browser.click("7 days").await;
    says("7 days").await;

    browser.fill("Name", "North gate").await;
    browser.click("Create token").await;
    let own = console.api(&browser.secret().await).get("/api/v2/token/").await.json();
    let access = &own["access_config"];
    assert_eq!(access["role"], "operator", "{own}");
    assert_eq!(access["projects"], json!(["prd-greenhouse"]));
    let permissions = &access["permissions"];
    assert_eq!(
        (&permissions["events"], &permissions["records"]),
        (&json!("read"), &json!("write"))
    );
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_template_fills_the_form_and_leaves_the_name() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto(LIST).await;
    browser.click("Create token").await;
    browser.fill("Name", "Gate events").await;

    browser.click("Webhook processor").await;

    browser.sees("Read and write").await;
    assert_eq!(browser.value("Name").await, "Gate events");
    let chosen = "return [document.querySelector('input[name=role]:checked').value,
        document.querySelector('input[name=\"permissions.events\"]:checked').value]";
    assert_eq!(browser.script(chosen).await, json!(["operator", "write"]));
    browser.click("Create token").await;
    browser.secret().await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_token_that_cannot_be_made_is_not_typed_twice() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.project("prd-greenhouse").await;
    ada.issues("Webhook relay").await;
    browser.goto(LIST).await;
    browser.click("Create token").await;

    browser.fill("Name", "Webhook relay").await;
    browser.click("manager").await;
    browser.click("Only these").await;
    browser.click("prd-greenhouse").await;
    browser.click("30 days").await;
    browser.click("Create token").await;

    browser.sees("Another token is called “Webhook relay”.").await;
    browser.focuses("Name").await;
    let chosen = "return ['role', 'all_projects', 'projects', 'expiry'].map((name) =>
        document.querySelector(`input[name=${name}]:checked`).value)";
    let kept = json!(["manager", "false", "prd-greenhouse", "30"]);
    assert_eq!(browser.script(chosen).await, kept);
    browser.fill("Name", "Webhook relay, north gate").await;
    browser.click("Create token").await;
    browser.secret().await;
    browser.complains_only_of(422).await;
}
