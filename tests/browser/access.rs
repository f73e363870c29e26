//! Access control: who belongs to the organization, and with what they act.
use fantoccini::key::Key;
use jeton::access::Role;

use crate::driver::{Browser, Options};
use crate::support::{Console, PASSWORD};

const MEMBERS: &str = "/orgs/acme/access/members";

impl Browser {
    /// The link of an invitation that is shown, this once.
    async fn invitation(&self) -> String {
        self.sees("You won’t see it again.").await;
        self.find("output#link").await.unwrap()
    }

    /// Makes an account with the invitation that is open.
    async fn joins_as(&self, name: &str, email: &str) {
        self.fill("Your name", name).await;
        self.fill("E-mail", email).await;
        self.fill("Password", PASSWORD).await;
        self.click("Create account and join").await;
    }
}

#[actix_web::test]
async fn someone_is_invited_joins_makes_a_token_and_is_removed_and_the_token_is_dead() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.project("prd-greenhouse").await;
    browser.goto("/orgs/acme").await;
    browser.click("Access control").await;
    browser.arrives_at(MEMBERS).await;
    browser.click("Invite member").await;
    browser.focuses("E-mail (optional)").await;
    browser.types("bob@example.org").await;
    browser.click("operator").await;
    browser.click("All projects").await;
    browser.click("Create link").await;
    let link = browser.invitation().await;
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, link);
    browser.click("I have copied it").await;
    browser.sees("Not accepted yet").await;
    browser.knows_nothing_of(&link).await;
    browser.reload().await;
    browser.knows_nothing_of(&link).await;

    let newcomer = console.visitor(Options::default()).await;
    newcomer.goto(link.strip_prefix(&console.url).unwrap()).await;
    newcomer.sees("Join Acme").await;
    assert_eq!(newcomer.place().await, "/invitations", "the code is in no address");
    newcomer.sees("ada invites bob@example.org").await;
    assert_eq!(newcomer.value("E-mail").await, "bob@example.org");
    newcomer.is_accessible().await;
    newcomer.fill("Your name", "Bob").await;
    newcomer.fill("Password", "too short").await;
    newcomer.click("Create account and join").await;
    newcomer.sees("Use 12 characters or more.").await;
    newcomer.focuses("Password").await;
    newcomer.joins_as("Bob", "bob@example.org").await;
    newcomer.arrives_at("/orgs/acme").await;

    newcomer.click("Access control").await;
    newcomer.click("Authentication").await;
    newcomer.click("Create token").await;
    newcomer.fill("Name", "Laptop CLI").await;
    newcomer.click("Everything I may").await;
    newcomer.click("Create token").await;
    let secret = newcomer.secret().await;
    newcomer.click("I have copied it").await;
    newcomer.sees("Laptop CLI").await;
    assert_eq!(newcomer.place().await, "/orgs/acme/access/authentication");
    newcomer.knows_nothing_of(&secret).await;
    let projects = "/api/v2/organization/projects/";
    assert_eq!(console.api(&secret).get(projects).await.status, 200);

    console.app.uses.flush(&console.app.db).unwrap();
    browser.goto(MEMBERS).await;
    browser.sees("1 token").await;
    browser.click("Remove Bob").await;
    browser.sees("Their personal token has no power here any more").await;
    browser.click("Remove member").await;
    browser.sees("Type the name as it stands above.").await;
    browser.fill("Type “Bob” to confirm", "Bob").await;
    browser.click("Remove member").await;
    browser.sees("Member removed").await;
    browser.sees_no("bob@example.org").await;
    assert_eq!(console.api(&secret).get(projects).await.status, 403);
    newcomer.goto("/orgs/acme").await;
    newcomer.sees("There is no such organization").await;

    let late = console.visitor(Options::default()).await;
    late.goto(link.strip_prefix(&console.url).unwrap()).await;
    late.sees("This invitation was used already").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn someone_who_has_no_account_is_created_as_a_member_and_the_link_is_shown_once() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto(MEMBERS).await;
    browser.click("Create member").await;
    browser.focuses("Name").await;
    browser.fill("Name", "Cleo").await;
    browser.fill("E-mail", "cleo").await;
    browser.click("Create member").await;
    browser.sees("Give an e-mail address").await;
    browser.fill("E-mail", "cleo@example.org").await;
    browser.click("Create member").await;
    browser.sees("The link is ready").await;
    browser.sees("/password#").await;
    browser.click("I have copied it").await;
    browser.sees("cleo@example.org").await;
    browser.sees_no("/password#").await;
    browser.goto(MEMBERS).await;
    browser.sees("cleo@example.org").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn whoever_has_an_account_signs_in_and_joins_at_once() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    let eve = console.owner_of("eve", "globex").await;
    browser.goto(MEMBERS).await;
    browser.click("Invite member").await;
    browser.click("Create link").await;
    let link = browser.invitation().await;
    let elsewhere = console.visitor(Options::default()).await;
    elsewhere.goto(link.strip_prefix(&console.url).unwrap()).await;
    elsewhere.click("I have an account").await;
    elsewhere.fill("E-mail", &eve.email).await;
    elsewhere.fill("Password", "not her password").await;
    elsewhere.click("Sign in and join").await;
    elsewhere.sees("E-mail and password do not match.").await;
    assert_eq!(elsewhere.value("E-mail").await, eve.email);
    elsewhere.fill("Password", PASSWORD).await;
    elsewhere.click("Sign in and join").await;

    elsewhere.arrives_at("/orgs/acme").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn without_script_a_code_is_pasted_and_members_are_changed_and_removed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let browser = console.seat(&ada, Options::default().without_script()).await;
    browser.goto(MEMBERS).await;
    browser.click("Invite member").await;
    browser.arrives_at(&format!("{MEMBERS}/invite")).await;
    browser.fill("E-mail (optional)", "bob").await;
    browser.click("Create link").await;
    browser.sees("Give an e-mail address").await;
    browser.fill("E-mail (optional)", "bob@example.org").await;
    browser.click("Create link").await;
    let link = browser.invitation().await;
    let code = link.split_once('#').unwrap().1.to_owned();

    let newcomer = console.visitor(Options::default().without_script()).await;
    newcomer.goto("/invitations").await;
    newcomer.fill("Invitation code", "1234").await;
    newcomer.click("Open invitation").await;
    newcomer.sees("No invitation has this code.").await;
    newcomer.fill("Invitation code", &code).await;
    newcomer.click("Open invitation").await;
    newcomer.joins_as("Bob", "bob@example.org").await;
    newcomer.arrives_at("/orgs/acme").await;

    browser.goto(MEMBERS).await;
    browser.click("Change Bob").await;
    browser.click("manager").await;
    browser.click("Save member").await;
    browser.sees("Bob is a manager from now on.").await;
    browser.click("Change ada").await;
    browser.click("readonly").await;
    browser.click("Save member").await;
    browser.sees("Ada is the last owner of Acme").await;
    browser.click("Cancel").await;
    browser.click("Remove Bob").await;
    browser.click("Remove member").await;
    browser.sees("Member removed").await;
    newcomer.goto("/orgs/acme").await;
    newcomer.sees("There is no such organization").await;
}

#[actix_web::test]
async fn an_owner_keeps_a_members_token_out_with_the_keyboard_alone() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    let bob = console.member("bob", Role::Operator).await;
    let token = bob.full_pat("Laptop CLI").await;
    let projects = "/api/v2/organization/projects/";
    browser.goto("/orgs/acme/access/authentication").await;
    browser.tabs_to("Block Laptop CLI of bob").await;
    browser.press(Key::Enter).await;
    browser.sees("“Laptop CLI” of bob is blocked").await;
    browser.sees("Blocked here").await;
    let refused = console.api(&token.text).get(projects).await;
    assert!(refused.says("blocked by an owner of acme"), "{}", refused.text);
    let other = console.seat(&bob, Options::default()).await;
    other.goto("/orgs/acme/access/authentication").await;
    other.sees("Blocked in Acme by an owner.").await;

    browser.tabs_to("Unblock Laptop CLI of bob").await;
    browser.press(Key::Enter).await;
    browser.sees("is let in again").await;
    assert_eq!(console.api(&token.text).get(projects).await.status, 200);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn on_a_narrow_screen_members_are_invited_and_a_token_gets_a_steward() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    ada.project("prd-greenhouse-of-the-north-gate").await;
    let token = bob.issues("Webhook relay").await;
    let browser = console.seat(&ada, Options::default().narrow()).await;
    browser.goto(MEMBERS).await;
    assert!(browser.fits().await);
    browser.click("Invite member").await;
    browser.click("Only these").await;
    browser.click("prd-greenhouse-of-the-north-gate").await;
    assert!(browser.fits().await);
    browser.click("Create link").await;
    browser.invitation().await;
    assert!(browser.fits().await);
    browser.click("I have copied it").await;
    browser.sees("Whoever has the link").await;
    assert!(browser.fits().await);
    browser.click("Remove bob").await;
    browser.sees("need another steward").await;
    assert!(browser.fits().await);
    browser.click("Remove member").await;
    browser.sees("Member removed").await;

    browser.goto("/orgs/acme/settings/tokens").await;
    browser.sees("needs a steward").await;
    assert!(browser.fits().await);
    browser.goto(&format!("/orgs/acme/settings/tokens/{}", token.id)).await;
    browser.sees("It needs a steward.").await;
    browser.click("Name a steward").await;
    browser.sees("E-mail of a member").await;
    assert!(browser.fits().await);
    browser.click("Name steward").await;
    browser.sees("ada answers for it from now on.").await;
    browser.sees_no("It needs a steward.").await;
    assert!(browser.fits().await);
    browser.has_no_complaints().await;
}
