//! What is not given, and in which words it is refused.
use jeton::access::{AccessConfig, Projects, Role};
use jeton::clock::Clock;
use jeton::policies::{Expiry, Wish};
use serde_json::json;

use super::{ACCESS_TOKEN, GRANT, JWT, PAT, asks, exchanged, part};
use crate::support::{Answer, Console};

#[actix_web::test]
async fn nothing_wider_is_given_and_the_error_says_in_which_way() {
    let console = Console::set_up(Clock::System, |config| {
        config.audiences = vec!["https://records.example.org".into(), "metrics".into()];
    })
    .await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let projects = Projects::new(false, ["greenhouse".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let expiry = Expiry::Longest;
    let wish = Wish { name: "ci".into(), expiry, access, may_rotate_itself: false };
    let oat = ada.issues_wish(wish).await;
    let wide = ada.issues("wide").await;
    for (token, asked, error) in [
        (&oat, vec![("scope", "records:manage")], "invalid_scope"),
        (&oat, vec![("scope", "records:read tokens:read")], "invalid_scope"),
        (&oat, vec![("scope", "harvests:read")], "invalid_scope"),
        (&oat, vec![("scope", "records")], "invalid_scope"),
        (&oat, vec![("project", "coldroom")], "invalid_scope"),
        (&oat, vec![("project", "greenhouse"), ("project", "coldroom")], "invalid_scope"),
        (&wide, vec![("project", "nowhere")], "invalid_scope"),
        (&oat, vec![("organization", "globex")], "invalid_request"),
        (&oat, vec![("audience", "https://elsewhere.example.org")], "invalid_target"),
        (&oat, vec![("resource", "https://elsewhere.example.org")], "invalid_target"),
        (&oat, vec![("resource", "metrics")], "invalid_target"),
        (&oat, vec![("resource", "https://records.example.org#a")], "invalid_target"),
        (&oat, vec![("expires_in", "59")], "invalid_request"),
        (&oat, vec![("expires_in", "3601")], "invalid_request"),
        (&oat, vec![("expires_in", "an hour")], "invalid_request"),
    ] {
        let refused = asks(&console, &token.text, &asked).await.is(400);
        assert_eq!(refused.json()["error"], error, "{asked:?}: {}", refused.text);
        assert_eq!(refused.json()["message"], refused.json()["error_description"]);
    }
    let several = [
        ("audience", "metrics"),
        ("resource", "https://records.example.org"),
        ("expires_in", "60"),
        ("scope", "openid profile credentials offline_access"),
    ];
    let jwt = exchanged(&console, &oat.text, &several).await;
    let claims = part(&jwt, 1);
    assert_eq!(claims["aud"], json!(["metrics", "https://records.example.org"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert_eq!(claims["projects"], json!(["greenhouse"]));
    assert_eq!(claims["permissions"]["records"], "write", "these words narrow nothing");
    // It is for others, not for us.
    let refused = console.api(&jwt).get("/api/v2/token/").await.is(401);
    assert!(refused.says("for another audience"), "{}", refused.text);
    asks(&console, &jwt, &[]).await.is(400);
}

#[actix_web::test]
async fn what_is_not_a_request_for_an_exchange_is_refused_in_oauths_form() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let good = [
        ("grant_type", GRANT),
        ("subject_token", oat.text.as_str()),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        let replaced = |name: &str| more.iter().any(|(new, _)| *new == name);
        let kept = good.iter().filter(|(name, _)| !replaced(name)).copied();
        kept.chain(more.iter().copied()).collect::<Vec<(&str, &str)>>()
    };
    let twice =
        |name: &'static str, value: &'static str| [good.to_vec(), vec![(name, value)]].concat();
    for (form, error) in [
        (with(&[("grant_type", "")]), "invalid_request"),
        (with(&[("grant_type", "client_credentials")]), "unsupported_grant_type"),
        (with(&[("grant_type", "refresh_token")]), "unsupported_grant_type"),
        (with(&[("subject_token", "")]), "invalid_request"),
        (with(&[("subject_token", "jtn_oat_nobodys")]), "invalid_request"),
        (with(&[("subject_token_type", "")]), "invalid_request"),
        (
            with(&[("subject_token_type", "urn:ietf:params:oauth:token-type:saml2")]),
            "invalid_request",
        ),
        (with(&[("requested_token_type", PAT)]), "invalid_request"),
        (with(&[("actor_token", "x")]), "invalid_request"),
        (with(&[("actor_token_type", JWT)]), "invalid_request"),
        (with(&[("actor_token", "x"), ("actor_token_type", JWT)]), "invalid_request"),
        (twice("grant_type", GRANT), "invalid_request"),
        (twice("subject_token", "x"), "invalid_request"),
        (twice("subject_token_type", ACCESS_TOKEN), "invalid_request"),
        (
            [with(&[("scope", "records:read")]), vec![("scope", "metrics:read")]].concat(),
            "invalid_request",
        ),
        (
            [with(&[("organization", "acme")]), vec![("organization", "acme")]].concat(),
            "invalid_request",
        ),
    ] {
        let refused = Answer::to(console.anonymous().request("POST", "/oauth2/token").form(&form));
        let refused = refused.await.is(400);
        assert_eq!(refused.json()["error"], error, "{form:?}: {}", refused.text);
        assert_eq!(refused.header("cache-control"), "no-store");
    }
    for form in [with(&[("client_secret", "x")]), with(&[])] {
        let request = console.anonymous().request("POST", "/oauth2/token").form(&form);
        let named = form.iter().any(|(name, _)| *name == "client_secret");
        let request = if named { request } else { request.basic_auth("app", Some("secret")) };
        let refused = Answer::to(request).await.is(401);
        assert_eq!(refused.json()["error"], "invalid_client");
    }
    let json = Answer::to(console.anonymous().request("POST", "/oauth2/token").json(&json!({})));
    assert_eq!(json.await.is(400).json()["error"], "invalid_request");
    for kind in [PAT, JWT] {
        let form = with(&[
            ("subject_token_type", kind),
            ("requested_token_type", JWT),
            ("client_id", "app"),
        ]);
        let answer = Answer::to(console.anonymous().request("POST", "/oauth2/token").form(&form));
        assert_eq!(answer.await.is(200).json()["issued_token_type"], JWT);
    }
}

#[actix_web::test]
async fn whoever_holds_a_dead_token_is_told_why_it_is_refused() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    console.texts("UPDATE tokens SET revoked_at = now() RETURNING name AS text");
    let refused = asks(&console, &oat.text, &[]).await.is(400);
    assert_eq!(refused.json()["error"], "invalid_request");
    assert!(refused.says("the token was revoked"), "{}", refused.text);
    let stranger = asks(&console, &nobodys(), &[]).await.is(400);
    assert!(stranger.says("the access token is not valid"), "{}", stranger.text);
}

/// An organization token that was never issued.
fn nobodys() -> String {
    jeton::secret::PlainToken::generate(jeton::format::Kind::Oat).reveal().to_string()
}
