//! Organization settings beside the tokens: General, Policies, Resources.
use crate::support::Console;

#[actix_web::test]
async fn a_renamed_organization_is_called_so_everywhere() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/orgs/acme/settings").await;

    browser.fill("Name", " ").await;
    browser.click("Save name").await;
    browser.sees("Give it a name.").await;
    browser.focuses("Name").await;
    browser.fill("Name", "Acme Greenhouses").await;
    browser.click("Save name").await;

    browser.sees("It is now Acme Greenhouses.").await;
    browser.goto("/orgs/acme").await;
    browser.sees("Token health of Acme Greenhouses.").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn a_policy_says_what_it_would_block_before_it_does() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let secret = ada.issues("Webhook relay").await.text;
    browser.goto("/orgs/acme/settings/policies").await;

    browser.fill("Longest lifetime, in days", "30").await;
    browser.sees("1 more token would be blocked").await;
    browser.sees_in("#affected", "Webhook relay").await;
    browser.is_accessible().await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    browser.click("Save policy").await;

    browser.sees("Policy saved").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 401);
    browser.goto("/orgs/acme/settings/tokens").await;
    browser.sees("Blocked by policy").await;
    browser.goto("/orgs/acme/settings/policies").await;
    browser.fill("Longest lifetime, in days", "365").await;
    browser.sees("1 token that is blocked now would work again.").await;
    browser.click("Save policy").await;
    browser.sees("Policy saved").await;
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_resource_of_its_own_is_added_named_by_a_token_and_removed_after_it() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    browser.goto("/orgs/acme/settings/resources").await;
    browser.fill("Name", "Harvests!").await;
    browser.click("Add resource").await;
    browser.sees("Use 1 to 40 lower-case letters").await;
    browser.focuses("Name").await;
    assert_eq!(browser.value("Name").await, "Harvests!");
    browser.fill("Name", "harvests").await;
    browser.click("Add resource").await;
    browser.sees("Resource added").await;

    browser.goto("/orgs/acme/settings/tokens/new").await;
    browser.click("Only what is listed").await;
    browser.click("harvests: read").await;
    browser.click("Cancel").await;
    let token = ada.issues_as("Yield", jeton::access::Role::Readonly, &["harvests:read"]).await;
    browser.goto("/orgs/acme/settings/resources").await;
    browser.click("Remove harvests").await;
    browser.click("Remove resource").await;
    browser.sees("Yield").await;
    assert_eq!(console.rows("resources"), 1);
    browser.goto(&format!("/orgs/acme/settings/tokens/{}/delete", token.id)).await;
    browser.click("Delete token").await;
    browser.sees("Revoked").await;
    browser.goto("/orgs/acme/settings/resources").await;
    browser.click("Remove harvests").await;
    browser.click("Remove resource").await;

    browser.sees("Resource removed").await;
    assert_eq!(console.rows("resources"), 0);
}
