//! `/oauth2/introspect` and `/oauth2/revoke`: what services may learn of tokens, and what nobody may.
use jeton::access::Role;
use jeton::format::Kind;
use jeton::secret::PlainToken;
use serde_json::{Value, json};

use crate::support::{Answer, Console, Person, TestToken};

const INTROSPECT: &str = "/oauth2/introspect";
const REVOKE: &str = "/oauth2/revoke";

/// A service's own token.
async fn service(ada: &Person) -> TestToken {
    ada.issues_as("gateway", Role::Readonly, &["introspection:read"]).await
}

async fn asks(console: &Console, by: &TestToken, form: &[(&str, &str)]) -> Answer {
    Answer::to(console.api(&by.text).request("POST", INTROSPECT).form(form)).await
}

#[actix_web::test]
async fn an_active_token_is_described_as_the_rfc_has_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues_as("ci", Role::Operator, &["records:write", "metrics:read"]).await;
    let answer = asks(&console, &gateway, &[("token", &oat.text)]).await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let said = answer.json();
    let organization = ada.organization.0;
    for (name, value) in [
        ("active", json!(true)),
        ("scope", json!("records:read records:write metrics:read")),
        ("token_type", json!("Bearer")),
        ("sub", json!(format!("org:{organization}"))),
        ("client_id", json!(format!("token:{}", oat.id))),
        ("iss", json!(console.url)),
        ("aud", json!(console.url)),
        ("jti", json!(format!("{}.1", oat.id))),
        ("org", json!("acme")),
        ("org_id", json!(organization)),
        ("tok", json!(oat.id.0)),
        ("token_kind", json!("oat")),
        ("permissions", json!({"records": "write", "metrics": "read"})),
        ("all_projects", json!(true)),
        ("projects", json!([])),
    ] {
        assert_eq!(said[name], value, "{name}");
    }
    assert!(said["exp"].as_i64().unwrap() > said["iat"].as_i64().unwrap());
    assert_eq!(said["nbf"], said["iat"]);
    assert!(said.get("username").is_none(), "an organization's token has no user");

    let pat = ada.pat("laptop", &["records:read"]).await;
    let said = asks(&console, &gateway, &[("token", &pat.text)]).await.is(200).json();
    assert_eq!(
        (&said["sub"], &said["username"]),
        (&json!(format!("user:{}", ada.id)), &json!("ada@example.org"))
    );
    assert!(said.get("exp").is_none(), "it never expires");
    let rest = pat.rest.unwrap();
    let said = asks(&console, &gateway, &[("token", &rest)]).await.is(200).json();
    assert_eq!(said["scope"], "records:read", "its other form is the same token");
}

#[actix_web::test]
async fn a_service_says_who_it_is_in_any_one_way() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues("ci").await;
    let api = console.anonymous();
    let ask = || api.request("POST", INTROSPECT);
    let form = [("token", oat.text.as_str())];
    let posted =
        [("token", oat.text.as_str()), ("client_id", "x"), ("client_secret", &gateway.text)];
    for request in [
        ask().bearer_auth(&gateway.text).form(&form),
        ask().header("Authorization", format!("OAT#acme#{}", gateway.text)).form(&form),
        ask().basic_auth("any client", Some(&gateway.text)).form(&form),
        ask().form(&posted),
    ] {
        assert_eq!(Answer::to(request).await.is(200).json()["active"], true);
    }
    let both = ask().bearer_auth(&gateway.text).form(&posted);
    assert_eq!(Answer::to(both).await.is(400).json()["error"], "invalid_request");
}

#[actix_web::test]
async fn who_is_no_service_of_ours_hears_401_and_nothing_else() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues("ci").await;
    let form = [("token", oat.text.as_str())];
    let stranger = PlainToken::generate(Kind::Oat).reveal().to_string();
    let api = console.anonymous();
    for path in [INTROSPECT, REVOKE] {
        let ask = || api.request("POST", path);
        let answer = Answer::to(ask().form(&form)).await.is(401);
        assert_eq!(answer.json()["error"], "invalid_client");
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!(challenges, [&*console.challenge(""), "Basic realm=\"jeton\""]);

        let answer = Answer::to(ask().basic_auth("x", Some(&stranger)).form(&form)).await.is(401);
        assert_eq!(answer.json()["error"], "invalid_client");
        let secret = [form[0], ("client_secret", &stranger)];
        assert_eq!(Answer::to(ask().form(&secret)).await.is(401).json()["error"], "invalid_client");

        let answer = Answer::to(ask().bearer_auth(&stranger).form(&form)).await.is(401);
        assert_eq!(answer.json()["error"], "invalid_token");
        // Good, but without the permission: 401 as well (RFC 7662 section 2.3).
        let answer = Answer::to(ask().bearer_auth(&oat.text).form(&form)).await.is(401);
        assert_eq!(answer.json()["error"], "insufficient_scope");
        assert!(answer.header("www-authenticate").contains("scope=\"introspection:read\""));
    }
    let dead = format!("/api/v2/organization/tokens/{}/", gateway.id);
    console.api(&ada.full_pat("x").await.text).delete(&dead).await.is(204);
    let answer = Answer::to(api.request("POST", INTROSPECT).bearer_auth(&gateway.text).form(&form));
    assert!(answer.await.is(401).says("was revoked"));
}

#[actix_web::test]
async fn whatever_is_not_for_the_caller_is_inactive_and_nothing_more() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    let gateway = service(&ada).await;
    let owner = console.api(&ada.full_pat("x").await.text);
    let dead = ada.issues("dead").await;
    owner.delete(&format!("/api/v2/organization/tokens/{}/", dead.id)).await.is(204);
    let off = ada.issues("off").await;
    let path = format!("/api/v2/organization/tokens/{}/", off.id);
    owner.patch(&path, &json!({"is_active": false})).await.is(200);
    let stranger = PlainToken::generate(Kind::Oat).reveal().to_string();
    let foreign = eve.issues("foreign").await.text;
    let person = eve.full_pat("person").await.text;
    for token in [&dead.text, &off.text, &stranger, &foreign, &person, "nonsense", "jtn_oat_x"] {
        let answer = asks(&console, &gateway, &[("token", token)]).await.is(200);
        assert_eq!(answer.text, "{\"active\":false}", "{token}");
    }
}

#[actix_web::test]
async fn a_request_that_is_not_right_is_told_why() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues("ci").await;
    let token = ("token", oat.text.as_str());
    for path in [INTROSPECT, REVOKE] {
        let ask = || console.api(&gateway.text).request("POST", path);
        let long = "x".repeat(65 * 1024);
        for (request, status, why) in [
            (ask().form(&[token, token]), 400, "token stands twice"),
            (ask().form(&[("token_type_hint", "x")]), 400, "token is missing"),
            (ask().form(&[("token", "")]), 400, "token is missing"),
            (ask().json(&json!({"token": oat.text})), 400, "send a form"),
            (ask().form(&[("token", long.as_str())]), 413, "at most 64 KiB"),
        ] {
            let answer = Answer::to(request).await.is(status);
            assert_eq!(answer.json()["error"], "invalid_request");
            assert!(answer.says(why), "{}", answer.text);
        }
        let twice = [token, ("token_type_hint", "a"), ("token_type_hint", "b")];
        Answer::to(ask().form(&twice)).await.is(400);
        let answer = Answer::to(console.api(&gateway.text).request("GET", path)).await.is(405);
        assert_eq!(answer.header("allow"), "POST");
    }
    for hint in ["access_token", "refresh_token", "never heard of"] {
        let form = [token, ("token_type_hint", hint), ("unknown", "1")];
        assert_eq!(asks(&console, &gateway, &form).await.is(200).json()["active"], true, "{hint}");
    }
}

#[actix_web::test]
async fn a_revoked_token_ends_at_once_and_the_trail_says_who_did_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues("ci").await;
    let revoke = |token: String| {
        let form = [("token", token)];
        Answer::to(console.api(&gateway.text).request("POST", REVOKE).form(&form))
    };
    assert_eq!(revoke(oat.text.clone()).await.is(200).text, "");
    console.api(&oat.text).get("/api/v2/token/").await.is(401);
    let entry = "SELECT action || ' by ' || actor_name AS text FROM audit_events
                 ORDER BY id DESC LIMIT 1";
    assert_eq!(console.texts(entry), ["token.revoked by gateway"]);

    // Unknown and revoked already are the same (section 2.2).
    let entries = console.rows("audit_events");
    revoke(oat.text).await.is(200);
    revoke(PlainToken::generate(Kind::Pat).reveal().to_string()).await.is(200);
    revoke("nonsense".into()).await.is(200);
    assert_eq!(console.rows("audit_events"), entries);

    let pat = ada.full_pat("laptop").await;
    revoke(pat.text.clone()).await.is(200);
    console.api(&pat.text).get("/api/v2/token/").await.is(401);

    let foreign = console.owner_of("eve", "globex").await.issues("foreign").await;
    let answer = revoke(foreign.text.clone()).await.is(400);
    assert_eq!(answer.json()["error"], "unauthorized_client");
    console.api(&foreign.text).get("/api/v2/token/").await.is(200);
}

#[actix_web::test]
async fn asking_about_a_token_is_a_use_of_it_and_names_the_service() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = service(&ada).await;
    let oat = ada.issues("ci").await;
    asks(&console, &gateway, &[("token", &oat.text)]).await.is(200);
    console.note_uses();
    let seen = format!("SELECT agent AS text FROM token_addresses WHERE token_id = {}", oat.id);
    assert_eq!(console.texts(&seen), ["asked about by “gateway”"]);
    let used: Value = console.api(&oat.text).get("/api/v2/token/").await.json();
    assert!(used["last_used_at"].is_string());
}
