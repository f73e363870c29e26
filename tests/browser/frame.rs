//! What stands around every page, and what it does when the ground moves: another organization, a
//! session that ended, a server that does not answer.
use crate::driver::Options;
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

#[actix_web::test]
async fn who_is_in_two_organizations_goes_from_one_to_the_other() {
    let console = Console::start().await;
    console.owner_of("ada", "globex").await;
    let (ada, browser) = console.ada().await;
    ada.issues("Webhook relay").await;
    browser.goto(LIST).await;
    browser.sees("Webhook relay").await;

    browser.menu("Organization: ").await;
    browser.click("Globex").await;

    browser.arrives_at("/orgs/globex").await;
    browser.sees("Token health of Globex.").await;
    browser.goto("/orgs/globex/settings/tokens").await;
    browser.sees("No tokens yet").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn who_was_signed_out_meanwhile_is_led_to_sign_in() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    browser.goto(LIST).await;
    browser.sees("No tokens yet").await;
    let elsewhere = console.seat(&ada, Options::default()).await;
    elsewhere.goto("/account").await;
    elsewhere.click("Sign out everywhere else").await;
    elsewhere.sees("Signed out everywhere else").await;

    browser.click("Create token").await;

    browser.sees("Sign in").await;
    assert!(browser.place().await.starts_with("/login"));
}

#[actix_web::test]
async fn an_answer_that_never_comes_is_said_and_can_be_asked_for_again() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.issues("Webhook relay").await;
    browser.goto(LIST).await;

    browser.is_offline(true).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Disable").await;
    browser.sees("Jeton did not answer").await;
    browser.is_accessible().await;
    browser.click("Close").await;
    browser.sees_no("Jeton did not answer").await;
    browser.is_offline(false).await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Disable").await;

    browser.sees("“Webhook relay” is disabled").await;
}
