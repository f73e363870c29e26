//! A JWT lives as long as its parent does, and no one keeps it.
use jeton::access::Role;
use jeton::clock::Clock;
use serde_json::{Value, json};

use super::{BOTH, asks, exchanged, gate, part};
use crate::support::{Answer, Console};

#[actix_web::test]
async fn a_jwt_dies_with_its_parent_on_every_instance() {
    let (here, there) =
        Console::two_set_up(Clock::System, |config| config.public_url = BOTH.parse().unwrap())
            .await;
    let ada = here.owner("ada").await;
    let bob = here.member("bob", Role::Operator).await;
    for (deed, back) in [
        ("UPDATE tokens SET revoked_at = now()", "UPDATE tokens SET revoked_at = NULL"),
        ("UPDATE tokens SET disabled_at = now()", "UPDATE tokens SET disabled_at = NULL"),
        (
            "UPDATE token_secrets SET retires_at = now()",
            "UPDATE token_secrets SET retires_at = NULL",
        ),
        (
            "UPDATE organizations SET suspended_at = now()",
            "UPDATE organizations SET suspended_at = NULL",
        ),
    ] {
        let oat = ada.issues(&deed[7..]).await;
        let jwt = exchanged(&here, &oat.text, &[]).await;
        for console in [&here, &there, &here, &there] {
            assert_eq!(gate(console, &jwt, "require=records:write").await, 200);
        }
        here.texts(&format!("{deed} RETURNING id::text AS text"));
        assert_eq!(gate(&here, &jwt, "require=records:write").await, 401, "{deed}");
        until(&there, &jwt, 401).await;
        here.texts(&format!("{back} RETURNING id::text AS text"));
    }
    let oat = ada.issues("narrowed").await;
    let jwt = exchanged(&here, &oat.text, &[("scope", "records:write")]).await;
    until(&there, &jwt, 200).await;
    here.texts("UPDATE tokens SET permissions = '{\"records\": \"read\"}' RETURNING name AS text");
    until(&there, &jwt, 403).await;
    here.texts("UPDATE tokens SET permissions = '{\"metrics\": \"read\"}' RETURNING name AS text");
    until(&there, &jwt, 401).await;

    here.texts("UPDATE tokens SET permissions = NULL RETURNING name AS text");
    let pat = bob.full_pat("laptop").await;
    let jwt = exchanged(&there, &pat.text, &[]).await;
    until(&here, &jwt, 200).await;
    here.texts(&format!(
        "UPDATE users SET disabled_at = now() WHERE id = {} RETURNING name AS text",
        bob.id
    ));
    assert_eq!(gate(&here, &jwt, "require=records:write").await, 401);
    until(&there, &jwt, 401).await;
}

/// Until the instance says so of writing records.
async fn until(console: &Console, jwt: &str, status: u16) {
    let start = std::time::Instant::now();
    while gate(console, jwt, "require=records:write").await != status {
        assert!(start.elapsed().as_secs() < 10, "{status} was never heard of");
    }
}

#[actix_web::test]
async fn introspection_knows_a_jwt_until_its_parent_is_gone() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = ada.issues_as("gateway", Role::Readonly, &["introspection:read"]).await;
    let oat = ada.issues("ci").await;
    let jwt = exchanged(&console, &oat.text, &[("scope", "records:read")]).await;
    let ask = |accept: &'static str| {
        let request = console.api(&gateway.text).request("POST", "/oauth2/introspect");
        Answer::to(request.header("accept", accept).form(&[("token", jwt.as_str())]))
    };
    let (said, claims) = (ask("application/json").await.is(200).json(), part(&jwt, 1));
    assert_eq!(said["active"], true);
    for name in ["jti", "exp", "iat", "client_id", "aud", "iss", "sub", "scope", "org", "tok"] {
        assert_eq!(said[name], claims[name], "{name}");
    }
    // Signed (RFC 9701).
    let signed = ask("application/token-introspection+jwt").await.is(200);
    assert_eq!(signed.header("content-type"), "application/token-introspection+jwt");
    assert_eq!(part(&signed.text, 0)["typ"], "token-introspection+jwt");
    let outer = part(&signed.text, 1);
    assert_eq!(outer["token_introspection"], said);
    assert_eq!(
        (&outer["iss"], &outer["aud"]),
        (&json!(console.url), &json!(format!("token:{}", gateway.id)))
    );
    assert!(outer["iat"].is_i64() && outer.get("sub").is_none() && outer.get("exp").is_none());
    // Signed by us, and still no access token.
    console.api(&signed.text).get("/api/v2/token/").await.is(401);

    let revoke = console.api(&gateway.text).request("POST", "/oauth2/revoke");
    let refused = Answer::to(revoke.form(&[("token", jwt.as_str())])).await.is(400);
    assert_eq!(refused.json()["error"], "unsupported_token_type");
    assert_eq!(ask("application/json").await.is(200).json()["active"], true);

    let revoke = console.api(&gateway.text).request("POST", "/oauth2/revoke");
    Answer::to(revoke.form(&[("token", oat.text.as_str())])).await.is(200);
    assert_eq!(ask("application/json").await.is(200).text, "{\"active\":false}");
    let signed = ask("application/token-introspection+jwt").await.is(200);
    assert_eq!(part(&signed.text, 1)["token_introspection"], json!({"active": false}));
}
#[actix_web::test]
async fn an_exchange_is_a_use_and_stands_in_the_log_without_the_jwt() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let jwt = exchanged(&console, &oat.text, &[("scope", "records:read")]).await;
    asks(&console, &oat.text, &[("scope", "records:manage")]).await.is(400);
    console.note_uses();
    let uses = "SELECT accepted || ' ' || refused AS text FROM token_use_days";
    assert_eq!(console.texts(uses), ["1 1"]);
    let detail = "SELECT detail::text AS text FROM audit_events WHERE action = 'token.exchanged'";
    let detail = console.texts(detail);
    assert_eq!(detail.len(), 1);
    let said: Value = serde_json::from_str(&detail[0]).unwrap();
    assert_eq!((&said["jti"], &said["scope"]), (&part(&jwt, 1)["jti"], &json!("records:read")));
    assert!(!detail[0].contains(&jwt[..20]));
    ada.get("/orgs/acme/audit").await.is(200);
}
