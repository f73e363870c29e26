//! Rotation over the API: grace, retries, and tokens that rotate themselves.
use chrono::TimeDelta;
use jeton::access::{AccessConfig, Role};
use jeton::policies::{Expiry, PersonalWish, Wish};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Console, Person};

const SELF: &str = "/api/v2/token/";

async fn console_of_ada() -> (Console, Person, Api) {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    (console, ada, api)
}

fn rotate(id: impl std::fmt::Display) -> String {
    format!("/api/v2/organization/tokens/{id}/rotate/")
}

fn text(answer: &Value) -> &str {
    answer["token"].as_str().unwrap()
}

#[actix_web::test]
async fn both_secrets_work_during_grace_and_the_new_one_after() {
    let (console, ada, api) = console_of_ada().await;
    let token = ada.issues("ci").await;

    let rotated = api.post(&rotate(token.id), &json!({"grace_seconds": 3600})).await.is(200).json();

    assert_eq!(rotated["id"], token.id.0);
    assert_ne!(text(&rotated), token.text);
    let secrets = rotated["secrets"].as_array().unwrap();
    let generations: Vec<_> = secrets.iter().map(|secret| &secret["generation"]).collect();
    assert_eq!(generations, [2, 1]);
    assert_eq!(secrets[1]["retires_at"], "2026-11-22T13:00:00Z");
    let old = console.api(&token.text).get(SELF).await.is(200);
    assert_eq!(old.header("token-expires-at"), "2026-11-22T13:00:00Z");
    console.api(text(&rotated)).get(SELF).await.is(200);

    console.clock.advance(TimeDelta::seconds(3600));

    let old = console.api(&token.text).get(SELF).await.is(401);
    assert!(old.says("this secret was replaced on 2026-11-22T13:00:00Z"), "{}", old.text);
    let new = console.api(text(&rotated)).get(SELF).await.is(200).json();
    assert_eq!(new["secrets"].as_array().unwrap().len(), 1, "only those that work");
}

#[actix_web::test]
async fn without_grace_the_old_secret_stops_at_once_and_the_usual_grace_is_a_day() {
    let (console, ada, api) = console_of_ada().await;
    let (one, two) = (ada.issues("one").await, ada.issues("two").await);
    api.post(&rotate(one.id), &json!({"grace_seconds": 0})).await.is(200);
    console.api(&one.text).get(SELF).await.is(401);
    let bare = Answer::to(api.request("POST", &rotate(two.id))).await.is(200).json();
    assert_eq!(bare["secrets"][1]["retires_at"], "2026-11-23T12:00:00Z");
}

#[actix_web::test]
async fn a_grace_that_cannot_be_chosen_is_refused() {
    let (console, ada, api) = console_of_ada().await;
    let token = ada.issues("ci").await;
    for grace in [json!(1), json!(-1), json!("3600"), json!(1.5), json!(null), json!(604_801)] {
        let answer = api.post(&rotate(token.id), &json!({"grace_seconds": grace})).await.is(400);
        assert!(!answer.problem("grace_seconds").is_empty(), "{grace}: {}", answer.text);
    }
    let answer = api.post(&rotate(token.id), &json!({"grace": 0})).await.is(400);
    assert!(!answer.problem("grace").is_empty());
    assert_eq!(console.rows("token_secrets"), 2);
}

#[actix_web::test]
async fn a_retry_with_the_same_key_is_answered_again() {
    let (console, ada, api) = console_of_ada().await;
    let token = ada.issues("ci").await;
    let ask = async |key: &str| {
        let request = api.request("POST", &rotate(token.id)).header("Idempotency-Key", key);
        Answer::to(request.json(&json!({"grace_seconds": 3600}))).await
    };
    let lost = ask("deploy-7").await.is(200).json();
    console.clock.advance(TimeDelta::seconds(60));

    let again = ask("deploy-7").await.is(200).json();

    assert_eq!(again["secrets"].as_array().unwrap().len(), 2, "still one rotation");
    assert_eq!(again["secrets"][1]["retires_at"], "2026-11-22T13:00:00Z", "the first grace holds");
    console.api(&token.text).get(SELF).await.is(200);
    console.api(text(&again)).get(SELF).await.is(200);
    console.api(text(&lost)).get(SELF).await.is(401);

    console.note_uses();
    assert_eq!(ask("deploy-7").await.is(409).code(), "CONFLICT", "its secret is in use");
    assert_ne!(text(&ask("deploy-8").await.is(200).json()), text(&again));
    let keys = console.texts(
        "SELECT encode(idempotency_digest, 'escape') AS text FROM token_secrets \
        WHERE idempotency_digest IS NOT NULL",
    );
    assert!(keys.iter().all(|key| !key.contains("deploy")), "only a digest is kept");
}

#[actix_web::test]
async fn a_key_that_cannot_be_a_key_is_refused() {
    let (_console, ada, api) = console_of_ada().await;
    let token = ada.issues("ci").await;
    for key in ["", &"x".repeat(256)] {
        let request = api.request("POST", &rotate(token.id)).header("Idempotency-Key", key);
        assert!(!Answer::to(request).await.is(400).problem("Idempotency-Key").is_empty());
    }
}

#[actix_web::test]
async fn what_is_revoked_is_neither_rotated_nor_changed() {
    let (console, ada, api) = console_of_ada().await;
    let token = ada.issues("ci").await;
    let path = format!("/api/v2/organization/tokens/{}/", token.id);
    api.delete(&path).await.is(204);
    let entries = console.rows("audit_events");
    for answer in [
        api.post(&rotate(token.id), &json!({})).await,
        api.patch(&path, &json!({"is_active": true})).await,
        api.put(&path, &json!({"name": "ci"})).await,
    ] {
        let answer = answer.is(409);
        assert_eq!(answer.code(), "CONFLICT");
        assert!(answer.says("what is revoked stays revoked"), "{}", answer.text);
    }
    assert_eq!(console.rows("audit_events"), entries);
}

#[actix_web::test]
async fn a_token_rotates_itself_only_where_that_was_allowed() {
    let (console, ada, _api) = console_of_ada().await;
    let forbidden = console.api(&ada.issues("ci").await.text);
    let answer = forbidden.post("/api/v2/token/rotate/", &json!({})).await.is(403);
    assert!(answer.says("not allowed to rotate itself"), "{}", answer.text);

    let access = AccessConfig { role: Role::Readonly, ..AccessConfig::default() };
    let expiry = Expiry::Longest;
    let oat = Wish { name: "self".into(), expiry, access, may_rotate_itself: true };
    let pat = PersonalWish { name: "self".into(), expiry, picked: None, may_rotate_itself: true };
    for token in [ada.issues_wish(oat).await, ada.pat_wish(pat).await] {
        let old = console.api(&token.text);
        let rotated = old.post("/api/v2/token/rotate/", &json!({"grace_seconds": 0})).await.is(200);
        old.get(SELF).await.is(401);
        let new = console.api(text(&rotated.json())).get(SELF).await.is(200).json();
        assert_eq!(new["id"], token.id.0);
        assert!(new["token"].as_str().unwrap().ends_with("..."), "masked again");
        let newer = console.api(text(&rotated.json()));
        newer.post("/api/v2/token/rotate/", &json!({"grace_seconds": 900})).await.is(200);
        let answer = newer.post("/api/v2/token/rotate/", &json!({})).await.is(403);
        assert!(answer.says("only the current one can rotate"), "{}", answer.text);
    }
}
