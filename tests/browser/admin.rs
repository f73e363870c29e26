//! Platform admins at a browser: people come and go, and what their tokens may be is decided.
use fantoccini::key::Key;
use jeton::policies::{Expiry, PersonalWish};

use crate::driver::{Browser, Options};
use crate::support::{Console, PASSWORD, Person};

impl Browser {
    /// The link that is shown, this once.
    async fn link(&self) -> String {
        self.sees("You won’t see it again.").await;
        self.find("output#link").await.unwrap()
    }
}

async fn for_ever(person: &Person, name: &str) -> String {
    let (name, expiry) = (name.to_owned(), Expiry::Never);
    person
        .pat_wish(PersonalWish { name, expiry, picked: None, may_rotate_itself: false })
        .await
        .text
}

#[actix_web::test]
async fn a_user_is_made_sets_a_password_by_the_link_and_is_thrown_out_when_disabled() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    let browser = console.seat(&root, Options::default()).await;
    browser.menu("User menu").await;
    browser.click("Platform admin").await;
    browser.arrives_at("/admin/users").await;
    browser.click("Create user").await;
    browser.fill("Name", "Björn Holm").await;
    browser.fill("E-mail", "bjorn").await;
    browser.is_accessible().await;
    browser.click("Create user").await;
    browser.sees("Give an e-mail address").await;
    assert_eq!(browser.value("Name").await, "Björn Holm");
    browser.fill("E-mail", "bjorn@example.org").await;
    browser.click("Create user").await;
    let link = browser.link().await;
    browser.is_accessible().await;
    browser.press(Key::Escape).await;
    browser.click("Copy").await;
    assert_eq!(browser.clipboard().await, link);
    browser.click("I have copied it").await;
    browser.knows_nothing_of(&link).await;
    browser.click("Björn Holm").await;
    browser.sees("Not set yet").await;

    let bjorn = console.visitor(Options::default()).await;
    bjorn.goto(&link).await;
    bjorn.sees("For Björn Holm, bjorn@example.org.").await;
    assert_eq!(bjorn.place().await, "/password/open", "the code is not in the address any more");
    bjorn.is_accessible().await;
    bjorn.fill("New password", PASSWORD).await;
    bjorn.click("Set password and sign in").await;
    bjorn.sees("Personal access tokens").await;
    bjorn.has_no_complaints().await;

    browser.reload().await;
    browser.sees("In 1 browser").await;
    browser.click("Disable user").await;
    browser.sees("Disable Björn Holm?").await;
    browser.is_accessible().await;
    browser.click("Disable user").await;
    browser.sees("User disabled").await;
    browser.sees("Enable user").await;
    bjorn.reload().await;
    bjorn.sees("Lost your password?").await;
    bjorn.signs_in("bjorn@example.org", PASSWORD).await;
    bjorn.sees("E-mail and password do not match.").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn the_policy_for_personal_tokens_is_previewed_enforced_and_seen_on_the_token() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let laptop = for_ever(&ada, "Laptop").await;
    let browser = console.seat(&root, Options::default()).await;
    browser.goto("/admin/policy").await;

    browser.fill("Longest lifetime, in days", "90").await;
    browser.click("Tokens may live without an end").await;
    browser.sees("1 more token would be blocked").await;
    browser.sees_in("#affected", "Laptop").await;
    browser.sees_in("#affected", "ada@example.org").await;
    browser.click("Only warn").await;
    browser.sees("1 more token would be flagged").await;
    browser.is_accessible().await;
    browser.click("Save policy").await;
    browser.sees("Policy saved").await;
    browser.click("Close").await;
    let account = console.seat(&ada, Options::default()).await;
    account.goto("/account").await;
    account.sees("Against the policy").await;
    account.sees("1 token is against the new policy.").await;
    account.is_accessible().await;
    assert_eq!(console.api(&laptop).get("/api/v2/token/").await.status, 200);

    browser.click("From a date").await;
    browser.script("const day = document.getElementById('from'); day.value = '2099-12-03'; day.dispatchEvent(new Event('input', { bubbles: true }))").await;
    browser.sees("on 3 Dec 2099").await;
    browser.click("Save policy").await;
    browser.sees("tokens that exist from 3 Dec 2099 on").await;
    browser.click("Close").await;
    account.reload().await;
    account.sees("Will be blocked on 3 Dec 2099").await;

    browser.click("Now").await;
    browser.sees("1 more token would be blocked at once").await;
    browser.click("Save policy").await;
    browser.sees("It holds from now on").await;
    account.reload().await;
    account.sees("Blocked by policy").await;
    account.sees("never expires").await;
    account.is_accessible().await;
    assert_eq!(console.api(&laptop).get("/api/v2/token/").await.status, 401);
    browser.has_no_complaints().await;
    account.has_no_complaints().await;
}

#[actix_web::test]
async fn without_script_a_policy_is_previewed_and_a_link_is_pasted() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    for_ever(&ada, "Laptop").await;
    let browser = console.seat(&root, Options::default().without_script()).await;
    browser.goto("/admin/policy").await;
    browser.click("Tokens may live without an end").await;
    browser.click("Only warn").await;
    browser.click("Show what it would do").await;
    browser.sees("1 more token would be flagged").await;
    browser.sees("ada@example.org").await;
    browser.click("Save policy").await;
    browser.sees("Policy saved").await;

    browser.goto(&format!("/admin/users/{}", ada.id)).await;
    browser.click("Reset password").await;
    browser.click("Create link").await;
    let link = browser.link().await;
    browser.click("I have copied it").await;
    let visitor = console.visitor(Options::default().without_script()).await;
    visitor.goto(&link).await;
    let (_, code) = link.split_once('#').unwrap();
    visitor.fill("Code of the link", code).await;
    visitor.click("Continue").await;
    visitor.fill("New password", "another long password").await;
    visitor.click("Set password and sign in").await;
    visitor.sees("Overview").await;
}

#[actix_web::test]
async fn by_keyboard_an_organization_is_made_suspended_and_resumed() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    let browser = console.seat(&root, Options::default()).await;
    browser.goto("/admin/organizations").await;
    browser.tabs_to("Create organization").await;
    browser.press(Key::Enter).await;
    browser.focuses("Name").await;
    browser.types("Globex").await;
    browser.press(Key::Enter).await;
    browser.sees("Globex created").await;
    browser.tabs_to("Suspend Globex").await;
    browser.press(Key::Enter).await;
    browser.sees("Suspend Globex?").await;
    browser.tabs_to("Suspend organization").await;
    browser.press(Key::Enter).await;
    browser.sees("Globex suspended").await;
    browser.tabs_to("Resume Globex").await;
    browser.press(Key::Enter).await;
    browser.sees("Globex resumed").await;
    browser.has_no_complaints().await;
}
