//! Organization settings: General, Policies, Resources.
use jeton::access::Role;

use crate::support::Console;

const POLICIES: &str = "/orgs/acme/settings/policies";

#[actix_web::test]
async fn an_organization_is_renamed_and_keeps_its_address() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let page = ada.get("/orgs/acme/settings").await;
    assert!(page.says("value=\"Acme\"") && page.says(&format!(">{}<", ada.organization)));

    let refused = ada.post("/orgs/acme/settings", &[("name", "a\u{202e}b")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("id=\"name-e\""));

    let saved = ada.post("/orgs/acme/settings", &[("name", "Acme Greenhouses")]).await;
    assert_eq!(saved.location(), "/orgs/acme/settings");
    assert!(ada.get("/orgs/acme/settings").await.says("It is now Acme Greenhouses."));
}

#[actix_web::test]
async fn a_tightened_policy_blocks_at_use_and_a_loosened_one_frees() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Long import").await;
    let works = async || console.api(&token.text).get("/api/v2/token/").await.status;
    assert_eq!(works().await, 200);

    let tight = [("max_lifetime_days", "30"), ("seen", "1")];
    assert_eq!(ada.post(POLICIES, &tight).await.status, 303);
    assert_eq!(works().await, 401);
    assert!(ada.get(POLICIES).await.says("1 token is blocked by this policy: “Long import”"));

    let loose = ada.get(&format!("{POLICIES}?max_lifetime_days=&allow_non_expiring=true")).await;
    assert!(loose.says("1 token that is blocked now would work"));
    let form = [("max_lifetime_days", ""), ("allow_non_expiring", "true")];
    assert_eq!(ada.post(POLICIES, &form).await.status, 303);
    assert_eq!(works().await, 200);
    let last =
        console.texts("SELECT detail::text AS text FROM audit_events ORDER BY id DESC LIMIT 1");
    assert!(last[0].contains("\"max_lifetime_days\": [30, null]"), "{last:?}");
}

#[actix_web::test]
async fn what_a_policy_would_block_is_shown_before_it_is_saved() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Long import").await;

    let preview = ada.get(&format!("{POLICIES}?max_lifetime_days=30")).await;
    assert!(preview.says("1 more token would be blocked") && preview.says("Long import"));
    assert!(preview.says("name=\"seen\" value=\"1\"") && preview.says("value=\"30\""));

    let held_back = ada.post(POLICIES, &[("max_lifetime_days", "30")]).await;
    assert_eq!(held_back.status, 422);
    assert!(held_back.says("Nothing is saved yet.") && held_back.says("1 more token"));
    assert!(!console.audit_actions().contains(&"policy.changed".to_owned()));
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);

    assert_eq!(ada.post(POLICIES, &[("max_lifetime_days", "200")]).await.status, 303);
}

#[actix_web::test]
async fn a_lifetime_that_is_none_comes_back_as_typed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for typed in ["0", "36501", "soon", "-1", "99999999999"] {
        let refused = ada.post(POLICIES, &[("max_lifetime_days", typed)]).await;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(refused.says("Choose between 1 and 36500 days"), "{typed}");
        assert!(refused.says(&format!("value=\"{typed}\"")), "{typed}");
    }
    assert!(!console.audit_actions().contains(&"policy.changed".to_owned()));
}

#[actix_web::test]
async fn resources_are_added_and_removed_unless_a_token_lists_them() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let resources = "/orgs/acme/settings/resources";
    assert_eq!(ada.post(resources, &[("name", "harvests")]).await.location(), resources);
    for taken in ["harvests", "records", "tokens", "Har vests", ""] {
        let refused = ada.post(resources, &[("name", taken)]).await;
        assert_eq!(refused.status, 422, "{taken}");
        assert!(refused.says(&format!("value=\"{taken}\"")), "{taken}");
    }
    let token = ada.issues_as("Picker", Role::Operator, &["harvests:write"]).await;
    let remove = "/orgs/acme/settings/resources/harvests/remove";
    assert!(ada.get(remove).await.says("Remove harvests?"));
    let refused = ada.post(remove, &[]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.says("Picker"), "{}", refused.text);

    let works = console.api(&token.text).delete("/api/v2/token/").await;
    assert_eq!(works.status, 204);
    assert_eq!(ada.post(remove, &[]).await.location(), resources);
    assert_eq!((ada.post(remove, &[]).await.status, console.rows("resources")), (404, 0));
}

#[actix_web::test]
async fn settings_are_for_owners_and_say_so() {
    let console = Console::start().await;
    console.owner("ada").await;
    let bob = console.member("bob", Role::Manager).await;
    for path in ["", "/policies", "/resources"] {
        let path = format!("/orgs/acme/settings{path}");
        let form = [("name", "x"), ("max_lifetime_days", "1")];
        for refused in [bob.get(&path).await, bob.post(&path, &form).await] {
            assert_eq!(refused.status, 403, "{path}");
            assert!(refused.says("Only owners of Acme can do this; ask one of them."), "{path}");
        }
    }
}
