//! How a credential is presented to the API, and what becomes of a call that carries one.
use jeton::access::Role;
use jeton::accounts;
use serde_json::json;

use crate::support::{Answer, Console, Person};

const SELF: &str = "/api/v2/token/";

async fn presents(console: &Console, credential: &str) -> Answer {
    Answer::to(console.anonymous().request("GET", SELF).header("Authorization", credential)).await
}

#[actix_web::test]
async fn every_form_of_a_credential_works() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (oat, pat) = (ada.issues("ci").await, ada.full_pat("laptop").await);
    let id = ada.organization;
    for form in [
        format!("Bearer {}", oat.text),
        format!("bearer {}", oat.text),
        format!("Bearer OAT#{id}#{}", oat.text),
        format!("Bearer OAT#acme#{}", oat.text),
        format!("OAT#acme#{}", oat.text),
        format!("oat#{id}#{}", oat.text),
    ] {
        let answer = presents(&console, &form).await.is(200);
        assert_eq!(answer.json()["name"], "ci", "{form}");
    }
    for form in [format!("Bearer {}", pat.text), format!("Bearer {}", pat.rest.unwrap())] {
        assert_eq!(presents(&console, &form).await.is(200).json()["name"], "laptop", "{form}");
    }
}

#[actix_web::test]
async fn what_is_no_token_of_ours_is_refused_in_the_same_words() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console.owner_of("eve", "globex").await;
    let oat = ada.issues("ci").await.text;
    let last = if oat.ends_with('0') { "1" } else { "0" };
    let stranger = jeton::secret::PlainToken::generate(jeton::format::Kind::Oat).reveal();
    for form in [
        format!("Bearer {}{last}", &oat[..56]),
        format!("Bearer {}", &oat[..56]),
        format!("Bearer {oat}0"),
        format!("Bearer {stranger}"),
        format!("Bearer OAT#globex#{oat}"),
        format!("Bearer OAT#999#{oat}"),
        format!("OAT##{oat}"),
        format!("Bearer {}", oat.replace("jtn_oat", "jtn_pat")),
        "Bearer User 00".to_owned(),
        "Bearer".to_owned(),
    ] {
        let answer = presents(&console, &form).await.is(401);
        assert_eq!(answer.code(), "UNAUTHORIZED", "{form}");
        assert!(answer.says("the access token is not valid"), "{form}: {}", answer.text);
        assert_eq!(
            answer.header("www-authenticate"),
            console.challenge(
                ", error=\"invalid_token\", \
                 error_description=\"the access token is not valid\""
            )
        );
    }
}

#[actix_web::test]
async fn without_a_credential_the_challenge_names_no_error() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let answer = console.anonymous().get(SELF).await.is(401);
    assert_eq!(answer.header("www-authenticate"), console.challenge(""));
    assert_eq!(answer.code(), "UNAUTHORIZED");
    assert_eq!(ada.get(SELF).await.status, 401, "a session in a browser is no credential here");
}

#[actix_web::test]
async fn two_credentials_and_one_in_the_address_are_400() {
    let console = Console::start().await;
    let token = console.owner("ada").await.issues("ci").await.text;
    let bearer = format!("Bearer {token}");
    let two = console.anonymous().request("GET", SELF);
    let two = two.header("Authorization", &bearer).header("Authorization", &bearer);
    let in_url = console.anonymous().request("GET", &format!("{SELF}?access_token={token}"));
    for request in [two, in_url] {
        let answer = Answer::to(request).await.is(400);
        assert_eq!(answer.code(), "BAD_REQUEST");
        assert!(answer.header("www-authenticate").contains("error=\"invalid_request\""));
    }
}

#[actix_web::test]
async fn basic_is_refused() {
    let console = Console::start().await;
    let token = console.owner("ada").await.issues("ci").await.text;
    let request = console.anonymous().request("GET", SELF).basic_auth("x", Some(&token));
    let answer = Answer::to(request).await.is(401);
    assert!(answer.says("Authorization: Bearer"), "{}", answer.text);
}

#[actix_web::test]
async fn whoever_holds_a_real_secret_is_told_why_it_fails() {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let pat = console.api(&ada.full_pat("all").await.text);
    let why = async |token: &str| {
        let answer = console.api(token).get(SELF).await.is(401);
        answer.json()["error"]["message"].as_str().unwrap().to_owned()
    };
    let path = |id| format!("/api/v2/organization/tokens/{id}/");

    let token = ada.issues("disabled").await;
    pat.patch(&path(token.id), &json!({"is_active": false})).await.is(200);
    assert_eq!(why(&token.text).await, "the token is disabled");
    pat.patch(&path(token.id), &json!({"is_active": true})).await.is(200);
    console.api(&token.text).get(SELF).await.is(200);

    pat.delete(&path(token.id)).await.is(204);
    assert_eq!(why(&token.text).await, "the token was revoked");

    let token = ada.issues("blocked").await;
    let policy = json!({"max_lifetime_days": 30, "allow_non_expiring": false});
    pat.put("/api/v2/organization/policy/", &policy).await.is(200);
    assert!(why(&token.text).await.contains("blocked by a policy: it lives longer than 30 days"));

    let token = ada.issues("expired").await;
    console.clock.advance(chrono::TimeDelta::days(30));
    assert_eq!(why(&token.text).await, "the token expired on 2026-12-22T12:00:00Z");
}

#[actix_web::test]
async fn a_disabled_holder_means_a_dead_token_and_a_removed_one_has_no_power() {
    let console = Console::start().await;
    let (ada, bob) = (console.owner("ada").await, console.owner("bob").await);
    let pat = console.api(&bob.full_pat("all").await.text);
    pat.get("/api/v2/organization/tokens/").await.is(200);

    let (by, id) = (ada.actor(), bob.id);
    let disable = |disabled| {
        let by = by.clone();
        console.app.db.write(move |tx| accounts::set_disabled(tx, &by, id, disabled))
    };
    disable(true).await.unwrap();
    let answer = pat.get("/api/v2/token/").await.is(401);
    assert!(answer.says("the token's holder is disabled"), "{}", answer.text);

    disable(false).await.unwrap();
    let statement = format!("DELETE FROM memberships WHERE user_id = {id} RETURNING role AS text");
    console.texts(&statement);
    pat.get("/api/v2/organization/tokens/").await.is(403);
    pat.get("/api/v2/organization/acme").await.is(404);
}

#[actix_web::test]
async fn every_answer_says_when_the_token_ends_and_is_kept_by_no_cache() {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let (oat, pat) = (ada.issues("ci").await.text, ada.full_pat("all").await.text);

    let answer = console.api(&oat).get(SELF).await.is(200);
    assert_eq!(answer.header("token-expires-at"), "2027-05-21T12:00:00Z");
    assert_eq!(answer.header("cache-control"), "no-store");
    let refused = console.api(&oat).get("/api/v2/organization/tokens/").await.is(403);
    assert_eq!(refused.header("token-expires-at"), "2027-05-21T12:00:00Z");
    let endless = console.api(&pat).get(SELF).await.is(200);
    assert_eq!(endless.header("token-expires-at"), "", "it never ends");
}

#[actix_web::test]
async fn last_used_at_moves_within_a_second_with_address_and_agent() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (token, pat) = (ada.issues("ci").await, console.api(&ada.full_pat("all").await.text));
    let request = console.api(&token.text).request("GET", SELF).header("User-Agent", "relay/2.1");
    Answer::to(request).await.is(200);

    actix_web::rt::time::sleep(std::time::Duration::from_secs(1)).await;

    let shown = pat.get(&format!("/api/v2/organization/tokens/{}/", token.id)).await.is(200).json();
    assert!(shown["last_used_at"].is_string(), "{shown}");
    assert!(shown["secrets"][0]["last_used_at"].is_string(), "{shown}");
    let whence = format!(
        "SELECT host(last_used_address) || ' ' || last_used_agent AS text FROM token_uses WHERE token_id = {}",
        token.id
    );
    assert_eq!(console.texts(&whence), ["127.0.0.1 relay/2.1"]);
}

#[actix_web::test]
async fn accepted_refused_and_dead_calls_are_told_apart() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("ci").await;
    let api = console.api(&token.text);
    api.get(SELF).await.is(200);
    api.get("/api/v2/organization/acme").await.is(200);
    api.get("/api/v2/organization/tokens/").await.is(403);
    api.delete(SELF).await.is(204);
    api.get(SELF).await.is(401);
    console.note_uses();

    let counted = format!(
        "SELECT accepted || ' ' || refused || ' ' || dead AS text FROM token_use_days WHERE token_id = {}",
        token.id
    );
    assert_eq!(console.texts(&counted), ["3 1 1"]);
}

#[actix_web::test]
async fn the_power_of_a_person_is_worked_out_at_use() {
    let console = Console::start().await;
    let bob = console.owner("bob").await;
    let pat = console.api(&bob.full_pat("all").await.text);
    pat.get("/api/v2/organization/members/").await.is(200);

    demote(&console, &bob);

    pat.get("/api/v2/organization/members/").await.is(403);
    let seen = pat.get(SELF).await.is(200).json();
    assert_eq!(seen["organizations"][0]["role"], Role::Readonly.name());
    assert_eq!(seen["organizations"][0]["permissions"]["records"], "read");
}

fn demote(console: &Console, person: &Person) {
    let statement = format!(
        "UPDATE memberships SET role = 'readonly' WHERE user_id = {} RETURNING role AS text",
        person.id
    );
    assert_eq!(console.texts(&statement), ["readonly"]);
}

#[actix_web::test]
async fn a_suspended_organization_has_no_token_that_works() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("ci").await.text;
    console.texts("UPDATE organizations SET suspended_at = now() RETURNING slug AS text");
    let answer = console.api(&token).get(SELF).await.is(401);
    assert!(answer.says("organization is suspended"), "{}", answer.text);
}
