//! Without a mouse: Tab, Enter, Space and Esc are enough, and one always sees where one is.
use fantoccini::key::Key;

use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn with_the_keyboard_alone_a_token_is_made_and_copied() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto(LIST).await;
    browser.tabs_to("Create token").await;

    browser.press(Key::Enter).await;
    browser.focuses("Name").await;
    browser.types("Webhook relay").await;
    browser.tabs_to("readonly Reads only").await;
    browser.press(Key::Down).await;
    browser.focuses("operator Reads and writes").await;
    browser.press(Key::Enter).await;
    let secret = browser.secret().await;
    browser.focuses("Copy").await;
    browser.press(Key::Space).await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, secret);
    browser.press(Key::Escape).await;
    browser.sees("You won’t see it again.").await;
    browser.tabs_to("I have copied it").await;
    browser.press(Key::Enter).await;

    browser.sees_no("You won’t see it again.").await;
    browser.focuses("Create token").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_dialog_takes_the_keyboard_keeps_it_and_gives_it_back() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.issues("Webhook relay").await;
    browser.goto(LIST).await;
    browser.tabs_to("Actions for Webhook relay").await;

    for act in ["Edit", "Rotate secret", "Delete"] {
        browser.press(Key::Enter).await;
        browser.tabs_to(act).await;
        browser.press(Key::Enter).await;
        browser.sees("Cancel").await;
        let inside = "const at = document.activeElement;
            return at === document.body || !!at.closest('dialog')";
        for _ in 0..4 {
            assert_eq!(browser.script(inside).await, true, "{act}");
            browser.press(Key::Tab).await;
        }
        browser.press(Key::Escape).await;
        browser.sees_no("Cancel").await;
        browser.focuses("Actions for Webhook relay").await;
    }
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn with_the_keyboard_alone_a_token_is_disabled_rotated_and_deleted() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let old = ada.issues("Webhook relay").await.text;
    browser.goto(LIST).await;
    browser.tabs_to("Actions for Webhook relay").await;
    let chooses = async |act: &str| {
        browser.focuses("Actions for Webhook relay").await;
        browser.press(Key::Enter).await;
        browser.tabs_to(act).await;
        browser.press(Key::Enter).await;
    };

    chooses("Disable").await;
    browser.sees("“Webhook relay” is disabled").await;
    chooses("Enable").await;
    browser.sees("“Webhook relay” is enabled").await;
    chooses("Rotate secret").await;
    browser.focuses("24 hours").await;
    browser.tabs_to("Rotate secret").await;
    browser.press(Key::Enter).await;
    let new = browser.secret().await;
    browser.tabs_to("I have copied it").await;
    browser.press(Key::Enter).await;
    chooses("Delete").await;
    browser.sees("Delete “Webhook relay”?").await;
    browser.tabs_to("Delete token").await;
    browser.press(Key::Space).await;

    browser.sees_no("Delete “Webhook relay”?").await;
    for secret in [&old, &new] {
        assert_eq!(console.api(secret).get("/api/v2/token/").await.status, 401);
    }
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn the_first_tab_skips_to_the_content() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/account").await;

    browser.tabs_to("Skip to content").await;
    browser.press(Key::Enter).await;
    browser.press(Key::Tab).await;

    browser.focuses("Profile").await;
}
