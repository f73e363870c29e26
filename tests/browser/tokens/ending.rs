//! Deleting a token: by its name while it is in use, else by a word.
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn a_token_that_nobody_uses_is_deleted_without_typing_its_name() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let secret = ada.issues("Webhook relay").await.text;
    browser.goto(LIST).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Delete").await;
    browser.sees("Delete “Webhook relay”?").await;
    browser.sees("It was never used.").await;

    browser.click("Cancel").await;
    browser.sees_no("Delete “Webhook relay”?").await;
    browser.sees("Active").await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Delete").await;
    browser.sees("Delete “Webhook relay”?").await;
    browser.click("Delete token").await;

    browser.sees_no("Delete “Webhook relay”?").await;
    browser.sees("Revoked").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_token_in_use_is_deleted_by_its_name() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let secret = ada.issues("Webhook relay").await.text;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    console.note_uses();
    browser.goto(LIST).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Delete").await;
    browser.sees("In use.").await;
    browser.focuses("Type “Webhook relay” to confirm").await;

    browser.types("Webhook").await;
    browser.click("Delete token").await;
    browser.sees("as it stands here").await;
    assert_eq!(browser.value("Type “Webhook relay” to confirm").await, "Webhook");
    browser.focuses("Type “Webhook relay” to confirm").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    browser.fill("Type “Webhook relay” to confirm", "Webhook relay").await;
    browser.click("Delete token").await;

    browser.sees_no("In use.").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.complains_only_of(422).await;
}
