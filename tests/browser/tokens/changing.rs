//! Changing a token where it stands: edit, disable, enable, rotate.
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn an_edited_token_keeps_its_secret_and_says_what_it_is_now() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let secret = ada.issues("Webhook relay").await.text;
    browser.goto(LIST).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Edit").await;
    assert_eq!(browser.value("Name").await, "Webhook relay");

    browser.fill("Name", "Webhook relay (north gate)").await;
    browser.click("readonly").await;
    browser.click("Save token").await;

    browser.sees("Webhook relay (north gate)").await;
    browser.sees("readonly").await;
    let own = console.api(&secret).get("/api/v2/token/").await.json();
    assert_eq!(own["access_config"]["role"], "readonly", "{own}");
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_token_is_disabled_and_enabled_in_its_row_and_nothing_else_moves() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let secret = ada.issues("Webhook relay").await.text;
    ada.issues("Grafana bridge").await;
    browser.goto(LIST).await;
    browser
        .script("window.loadedOnce = true; window.other = document.querySelectorAll('tbody tr')[0]")
        .await;

    browser.menu("Actions for Webhook relay").await;
    browser.click("Disable").await;
    browser.sees("“Webhook relay” is disabled").await;
    browser.sees("by you, just now").await;
    browser.sees_in("#facet-active .num", "1").await;
    browser.sees_in("#facet-disabled .num", "1").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.focuses("Actions for Webhook relay").await;
    browser.is_accessible().await;
    browser.click("Undo: enable it").await;

    browser.sees("“Webhook relay” is enabled").await;
    browser.sees_no("by you, just now").await;
    browser.sees_in("#facet-active .num", "2").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    let same =
        "return window.loadedOnce && window.other === document.querySelectorAll('tbody tr')[0]";
    assert_eq!(browser.script(same).await, true);
    browser.click("Disabled").await;
    browser.sees("No token is disabled").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_rotated_secret_is_shown_once_and_the_old_one_works_until_it_is_ended() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let token = ada.issues("Webhook relay").await;
    browser.goto(LIST).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Rotate secret").await;
    browser.click("1 hour").await;
    browser.click("Rotate secret").await;
    let new = browser.secret().await;
    assert_ne!(new, token.text);
    browser.click("I have copied it").await;

    for secret in [&token.text, &new] {
        assert_eq!(console.api(secret).get("/api/v2/token/").await.status, 200);
    }
    console.note_uses();
    browser.goto(&format!("{LIST}/{}", token.id)).await;
    browser.sees("The old secret is still in use.").await;
    browser.click("End grace now").await;
    browser.sees("Its old secret stops working at once.").await;
    browser.click("End grace now").await;

    browser.sees_no("The old secret is still in use.").await;
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 401);
    assert_eq!(console.api(&new).get("/api/v2/token/").await.status, 200);
    browser.knows_nothing_of(&new).await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn the_page_of_a_token_says_everything_about_it_and_acts_on_it() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let token = ada.issues("Webhook relay").await;
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
    console.note_uses();
    browser.goto(LIST).await;
    browser.click("Webhook relay").await;
    browser.arrives_at(&format!("{LIST}/{}", token.id)).await;

    for part in ["Calls per day", "Secrets", "127.0.0.1", "Audit trail", "Power", "Danger zone"] {
        browser.sees(part).await;
    }
    browser.click("Disable").await;
    browser.sees("Calls with it are refused.").await;
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 401);
    browser.click("Enable").await;
    browser.sees("Calls with it are accepted again.").await;
    browser.click("Edit").await;
    browser.fill("Name", "Webhook relay (north gate)").await;
    browser.click("Save token").await;

    browser.sees("Webhook relay (north gate)").await;
    browser.arrives_at(&format!("{LIST}/{}", token.id)).await;
    browser.has_no_complaints().await;
}
