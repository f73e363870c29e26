//! Personal access tokens over the API, and the token about itself.
use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::Console;

const MINE: &str = "/api/v2/user/tokens/";
const SELF: &str = "/api/v2/token/";

#[actix_web::test]
async fn a_person_creates_lists_rotates_and_deletes_their_own_tokens() {
    let console = Console::start().await;
    let bob = console.member("bob", Role::Operator).await;
    let api = console.api(&bob.full_pat("all").await.text);

    let wish = json!({"name": "laptop", "expires_at": null, "permissions": {"records": "write"}});
    let answer = api.post(MINE, &wish).await.is(201);
    let token = answer.json();
    let path = format!("{MINE}{}/", token["id"]);
    assert_eq!(answer.location(), path);
    assert_eq!((&token["expires_at"], &token["state"]), (&Value::Null, &json!("active")));
    assert_eq!(token["permissions"], json!({"records": "write"}));
    let text = token["token"].as_str().unwrap();
    assert!(text.starts_with("jtn_pat_") && text.len() == 57);

    let listed = api.get(MINE).await.is(200).json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|token| &token["name"]).collect();
    assert_eq!(names, ["laptop", "all"]);
    assert!(!api.get(&path).await.is(200).says(text));
    assert_eq!(api.get(&format!("{MINE}?search=LAP")).await.is(200).json()[0]["name"], "laptop");

    let rotated = api.post(&format!("{path}rotate/"), &json!({"grace_seconds": 0})).await.is(200);
    console.api(text).get(SELF).await.is(401);
    let text = rotated.json()["token"].as_str().unwrap().to_owned();
    console.api(&text).get(SELF).await.is(200);

    api.delete(&path).await.is(204);
    console.api(&text).get(SELF).await.is(401);
    assert_eq!(api.delete(&path).await.is(404).code(), "TOKEN_NOT_FOUND");
    let actions = console.audit_actions();
    assert_eq!(actions[actions.len() - 3..], ["token.created", "token.rotated", "token.revoked"]);
}

#[actix_web::test]
async fn nobody_reaches_another_s_tokens() {
    let console = Console::start().await;
    let (ada, bob) = (console.owner("ada").await, console.member("bob", Role::Manager).await);
    let theirs = bob.full_pat("theirs").await;
    let organizations = ada.issues("ci").await;
    let api = console.api(&ada.full_pat("all").await.text);
    assert_eq!(api.get(MINE).await.is(200).json().as_array().unwrap().len(), 1);
    for id in [theirs.id, organizations.id] {
        let path = format!("{MINE}{id}/");
        api.get(&path).await.is(404);
        api.delete(&path).await.is(404);
        api.post(&format!("{path}rotate/"), &json!({})).await.is(404);
    }
    console.api(&theirs.text).get(SELF).await.is(200);
}

#[actix_web::test]
async fn a_token_manages_its_holder_s_tokens_only_if_it_was_picked_for_that() {
    let console = Console::start().await;
    let bob = console.member("bob", Role::Readonly).await;
    let reader = console.api(&bob.pat("reader", &["tokens:read"]).await.text);
    let other = console.api(&bob.pat("other", &["records:read"]).await.text);
    reader.get(MINE).await.is(200);
    let refused = reader.post(MINE, &json!({"name": "x"})).await.is(403);
    assert!(refused.header("www-authenticate").ends_with("scope=\"tokens:manage\""));
    reader.delete(&format!("{MINE}1/")).await.is(403);
    other.get(MINE).await.is(403);
    let manager = console.api(&bob.pat("manager", &["tokens:manage", "records:read"]).await.text);
    manager.post(MINE, &json!({"name": "x", "permissions": {"records": "read"}})).await.is(201);
}

#[actix_web::test]
async fn nobody_picks_what_they_do_not_hold_themselves() {
    let console = Console::start().await;
    let bob = console.member("bob", Role::Readonly).await;
    let api = console.api(&bob.full_pat("all").await.text);
    for permissions in [
        json!({"records": "write"}),
        json!({"members": "read"}),
        json!({"fish": "read"}),
        json!({"policies": "manage"}),
    ] {
        let wish = json!({"name": "x", "permissions": permissions});
        let answer = api.post(MINE, &wish).await.is(400);
        assert!(!answer.problem("permissions").is_empty(), "{}", answer.text);
    }
    for (field, wish) in [
        ("name", json!({"name": " "})),
        ("name", json!({"name": "all"})),
        ("expires_at", json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"})),
        ("expires_at", json!({"name": "x", "expires_at": "soon"})),
        ("access_config", json!({"name": "x", "access_config": {}})),
        ("permissions.records", json!({"name": "x", "permissions": {"records": 1}})),
    ] {
        assert!(!api.post(MINE, &wish).await.is(400).problem(field).is_empty(), "{wish}");
    }
    assert_eq!(console.rows("tokens"), 1);
}

#[actix_web::test]
async fn a_token_says_what_it_is_and_may_do() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console
        .api(&ada.full_pat("all").await.text)
        .post("/api/v2/organization/resources/", &json!({"name": "harvests"}))
        .await
        .is(201);
    let oat = ada.issues_as("ci", Role::Operator, &["harvests:write", "records:read"]).await;
    let seen = console.api(&oat.text).get(SELF).await.is(200).json();
    assert_eq!((&seen["kind"], &seen["name"]), (&json!("oat"), &json!("ci")));
    assert_eq!(seen["access_config"]["role"], "operator");
    assert_eq!(seen["user"], Value::Null);
    let reach = &seen["organizations"][0];
    assert_eq!((&reach["slug"], &reach["role"]), (&json!("acme"), &json!("operator")));
    assert_eq!(reach["permissions"], json!({"harvests": "write", "records": "read"}));

    let bob = console.member("bob", Role::Readonly).await;
    let pat = bob.pat("laptop", &["records:read", "tokens:manage"]).await;
    let seen = console.api(&pat.text).get(SELF).await.is(200).json();
    assert_eq!((&seen["kind"], &seen["user"]["name"]), (&json!("pat"), &json!("bob")));
    assert_eq!(seen["permissions"], json!({"records": "read", "tokens": "manage"}));
    assert_eq!(
        seen["organizations"][0]["permissions"],
        json!({"records": "read"}),
        "what its holder does not have in the organization, it does not have there"
    );
}

#[actix_web::test]
async fn every_token_may_revoke_itself() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for token in [ada.issues("ci").await, ada.pat("laptop", &["records:read"]).await] {
        let api = console.api(&token.text);
        api.delete(SELF).await.is(204);
        let answer = api.get(SELF).await.is(401);
        assert!(answer.says("the token was revoked"), "{}", answer.text);
    }
}
