//! Who answers for an organization's tokens: whoever made them, until they leave; then whom an owner
//! names.
use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::{Console, Person};

const TOKENS: &str = "/api/v2/organization/tokens/";
const PAGES: &str = "/orgs/acme/settings/tokens";

fn remove(whom: &Person) -> String {
    format!("/orgs/acme/access/members/{}/remove", whom.id)
}

#[actix_web::test]
async fn tokens_of_a_removed_member_stay_and_are_flagged_for_another_steward() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    let kept = ada.issues("Export").await;
    let token = bob.issues("Webhook relay").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let path = format!("{TOKENS}{}/", token.id);
    let steward = async || api.get(&path).await.is(200).json()["steward"].clone();
    assert_eq!(steward().await, json!(bob.id.0));
    assert!(!ada.get(PAGES).await.says("eeds a steward"));

    let ask = ada.get(&remove(&bob)).await.is(200);
    assert!(ask.says("need another steward") && ask.says("Webhook relay") && !ask.says("Export"));
    ada.post(&remove(&bob), &[]).await.is(303);

    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
    assert_eq!(steward().await, Value::Null);
    assert!(ada.get(PAGES).await.says("needs a steward"));
    let listed = ada.get(&format!("{PAGES}?state=needs-steward")).await.is(200);
    assert!(listed.says("Webhook relay") && !listed.says("Export"));
    let listed = api.get(&format!("{TOKENS}?state=needs-steward")).await.is(200).json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &json!(token.id.0)));
    let page = ada.get(&format!("{PAGES}/{}", token.id)).await.is(200);
    assert!(page.says("It needs a steward.") && page.says("by bob"), "{}", page.text);
    assert!(!ada.get(&format!("{PAGES}/{}", kept.id)).await.says("It needs a steward."));
}

#[actix_web::test]
async fn an_owner_names_a_new_steward_who_is_a_member() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    let cleo = console.member("cleo", Role::Operator).await;
    let eve = console.owner_of("eve", "globex").await;
    let token = bob.issues("Webhook relay").await;
    ada.post(&remove(&bob), &[]).await.is(303);
    let name = format!("{PAGES}/{}/steward", token.id);
    assert!(ada.get(&name).await.is(200).says("value=\"ada@example.org\""));
    for wrong in ["", "nobody@example.org", &eve.email, &bob.email] {
        let refused = ada.post(&name, &[("steward", wrong)]).await.is(422);
        assert!(refused.says("Choose a member of the organization."), "{wrong}");
    }
    let page = ada.post(&name, &[("steward", &cleo.email)]).await.is(303).location().to_owned();
    let page = ada.get(&page).await.is(200);
    assert!(page.says("cleo answers for it from now on.") && !page.says("It needs a steward."));
    assert!(page.says("steward: none → cleo"), "{}", page.text);

    let api = console.api(&ada.full_pat("all").await.text);
    let path = format!("{TOKENS}{}/", token.id);
    let changed = api.patch(&path, &json!({"steward": ada.id.0})).await.is(200).json();
    assert_eq!(changed["steward"], json!(ada.id.0));
    assert_eq!(console.audit_actions().last().unwrap(), "token.changed");
    for wrong in [json!(eve.id.0), json!(-1)] {
        let refused = api.patch(&path, &json!({"steward": wrong})).await.is(400);
        assert_eq!(refused.problem("steward"), "Choose a member of the organization.");
    }
    assert!(
        !api.patch(&path, &json!({"steward": null})).await.is(400).problem("steward").is_empty()
    );
}

#[actix_web::test]
async fn a_member_who_goes_by_hand_leaves_their_tokens_too() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    bob.issues("Webhook relay").await;
    let gone = format!("DELETE FROM users WHERE id = {} RETURNING name AS text", bob.id);
    assert_eq!(console.texts(&gone), ["bob"]);
    assert!(ada.get(PAGES).await.says("needs a steward"));
    let all = "DELETE FROM organizations RETURNING slug AS text";
    assert_eq!(console.texts(all), ["acme"], "an organization goes with all that it has");
    assert_eq!(console.rows("tokens"), 0);
}
