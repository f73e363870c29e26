//! `/oauth2/token`: a token for a short-lived JWT that can do less, and what the JWT is good for.
mod keys;
mod life;
mod refusals;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64URL, Engine as _};
use chrono::{TimeDelta, Utc};
use jeton::access::Role;
use jeton::clock::Clock;
use jeton::policies::{Expiry, PersonalWish};
use serde_json::{Value, json};

use crate::support::{Answer, Console};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const PAT: &str = "urn:ietf:params:oauth:token-type:pat";
/// What two instances behind one address are called.
pub const BOTH: &str = "http://jeton.test";

/// Asks for an exchange of the token, with what else there is to say.
pub async fn asks(console: &Console, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form =
        vec![("grant_type", GRANT), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN)];
    form.extend(more);
    Answer::to(console.anonymous().request("POST", "/oauth2/token").form(&form)).await
}

/// The JWT.
pub async fn exchanged(console: &Console, token: &str, more: &[(&str, &str)]) -> String {
    let answer = asks(console, token, more).await.is(200).json();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// What a part of the JWT says.
pub fn part(jwt: &str, at: usize) -> Value {
    let part = jwt.split('.').nth(at).unwrap();
    serde_json::from_slice(&BASE64URL.decode(part).unwrap()).unwrap()
}

/// Whether a proxy would let it in there.
async fn gate(console: &Console, token: &str, asked: &str) -> u16 {
    let path = format!("/forward-auth/nginx?organization=acme&{asked}");
    console.api(token).get(&path).await.status
}

#[actix_web::test]
async fn each_kind_of_token_is_exchanged_for_a_jwt_as_the_rfcs_have_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let oat = ada.issues_as("ci", Role::Operator, &["records:write", "metrics:read"]).await;
    let account = ada.account("Deployer", Role::Operator, &["records:write"]).await;
    let sat = ada.sat(&account, "cluster").await;
    let pat = ada.pat("laptop", &["records:read"]).await;
    for (token, kind, subject, scope) in [
        (
            &oat,
            "oat",
            format!("org:{}", ada.organization),
            "metrics:read records:read records:write",
        ),
        (&sat, "sat", format!("sa:{}", account.id), "records:read records:write"),
        (&pat, "pat", format!("user:{}", ada.id), "records:read"),
    ] {
        let before = Utc::now().timestamp();
        let answer = asks(&console, &token.text, &[]).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let said = answer.json();
        assert_eq!(said["token_type"], "Bearer");
        assert_eq!(said["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(said["expires_in"], 900);
        assert_eq!(said["scope"], scope);
        assert!(said.get("refresh_token").is_none());

        let jwt = said["access_token"].as_str().unwrap();
        let header = part(jwt, 0);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("ES256")));
        let claims = part(jwt, 1);
        for (name, value) in [
            ("iss", json!(console.url)),
            ("aud", json!(console.url)),
            ("sub", json!(subject)),
            ("client_id", json!(format!("token:{}", token.id))),
            ("scope", json!(scope)),
            ("org", json!("acme")),
            ("org_id", json!(ada.organization.0)),
            ("tok", json!(token.id.0)),
            ("token_kind", json!(kind)),
            ("all_projects", json!(true)),
        ] {
            assert_eq!(claims[name], value, "{name} of {kind}");
        }
        let (issued, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        assert!(issued >= before && ends - issued == 900);
        assert!(claims["jti"].as_str().unwrap().len() >= 20);
    }
}

#[actix_web::test]
async fn a_jwt_is_accepted_where_its_parent_is_within_its_scope() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let oat = ada.issues_as("ci", Role::Operator, &[]).await;
    let narrow = [("scope", "records:read"), ("project", "greenhouse")];
    let jwt = exchanged(&console, &oat.text, &narrow).await;
    // The second time from memory.
    for _ in 0..2 {
        assert_eq!(gate(&console, &jwt, "require=records:read&project=greenhouse").await, 200);
        assert_eq!(gate(&console, &jwt, "require=records:write&project=greenhouse").await, 403);
        assert_eq!(gate(&console, &jwt, "require=records:read&project=coldroom").await, 403);
        assert_eq!(gate(&console, &jwt, "require=metrics:read").await, 403);
    }
    let itself = console.api(&jwt).get("/api/v2/token/").await.is(200);
    assert!(!itself.header("token-expires-at").is_empty());
    let there = &itself.json()["organizations"][0];
    assert_eq!(there["permissions"], json!({"records": "read"}));
    assert_eq!(there["projects"], json!(["greenhouse"]));

    let pat = ada.full_pat("laptop").await;
    let jwt = exchanged(&console, &pat.text, &[("scope", "tokens:read")]).await;
    let api = console.api(&jwt);
    api.get("/api/v2/organization/tokens/").await.is(200);
    api.post("/api/v2/organization/tokens/", &json!({"name": "x"})).await.is(403);
}

#[actix_web::test]
async fn a_jwt_may_neither_end_nor_replace_what_it_was_made_from() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (name, expiry) = ("laptop".to_owned(), Expiry::Longest);
    let wish = PersonalWish { name, expiry, picked: None, may_rotate_itself: true };
    let pat = ada.pat_wish(wish).await;
    let jwt = exchanged(&console, &pat.text, &[]).await;
    let api = console.api(&jwt);
    api.delete("/api/v2/token/").await.is(403);
    let refused = api.post("/api/v2/token/rotate/", &json!({})).await.is(403);
    assert!(refused.says("use the token that it was made from"), "{}", refused.text);
    // A personal token made with it would reach further than it does.
    api.post("/api/v2/user/tokens/", &json!({"name": "more"})).await.is(403);
    api.get("/api/v2/user/tokens/").await.is(403);
    // One of the organization ends with it.
    let access =
        json!({"role": "readonly", "all_projects": true, "permissions": {"records": "read"}});
    let wish = json!({"name": "brief", "access_config": access});
    let made = api.post("/api/v2/organization/tokens/", &wish).await.is(201);
    let ends: chrono::DateTime<Utc> = made.json()["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(ends <= Utc::now() + TimeDelta::minutes(15));
}

#[actix_web::test]
async fn a_jwt_is_exchanged_for_a_narrower_one_only() {
    let console = Console::set_up(Clock::System, |config| {
        config.audiences = vec!["metrics".into()];
    })
    .await;
    let ada = console.owner("ada").await;
    let oat = ada.issues_as("ci", Role::Operator, &["records:write", "metrics:read"]).await;
    let both = [("audience", "metrics"), ("audience", console.url.as_str())];
    let wide = exchanged(&console, &oat.text, &both).await;
    let narrow =
        exchanged(&console, &wide, &[("scope", "records:read"), ("audience", &console.url)]).await;
    let (outer, inner) = (part(&wide, 1), part(&narrow, 1));
    assert_eq!(inner["scope"], "records:read");
    assert_eq!((&inner["tok"], &inner["sub"]), (&outer["tok"], &outer["sub"]));
    assert!(inner["exp"].as_i64() <= outer["exp"].as_i64());
    assert_ne!(inner["jti"], outer["jti"]);
    for (asked, error) in [
        (("scope", "metrics:read"), "invalid_scope"),
        (("scope", "records:write"), "invalid_scope"),
        (("audience", "metrics"), "invalid_target"),
    ] {
        let refused = asks(&console, &narrow, &[asked]).await.is(400);
        assert_eq!(refused.json()["error"], error, "{asked:?}");
    }
    let said = asks(&console, &narrow, &[("expires_in", "3600")]).await.is(200).json();
    assert!(said["expires_in"].as_i64().unwrap() <= 900, "never longer than its parent");
}

#[actix_web::test]
async fn someone_in_several_organizations_names_one() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console.owner_of("ada", "globex").await;
    let pat = ada.full_pat("laptop").await;
    let refused = asks(&console, &pat.text, &[]).await.is(400);
    assert!(refused.says("name one with organization"), "{}", refused.text);
    let jwt = exchanged(&console, &pat.text, &[("organization", "globex")]).await;
    assert_eq!(part(&jwt, 1)["org"], "globex");
    let there = console.api(&jwt).get("/api/v2/token/").await.is(200).json();
    assert_eq!(there["organizations"].as_array().unwrap().len(), 1);
    assert_eq!(gate(&console, &jwt, "require=records:read").await, 403);
}
