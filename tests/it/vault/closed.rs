//! `/service/secrets/`: what clients with keys close and open.
use jeton::access::{AccessConfig, Projects, Role};
use serde_json::{Value, json};

use super::{Environment, greenhouse};
use crate::support::{Answer, Console, picked};

#[actix_web::test]
async fn a_client_reads_back_letter_for_letter_what_it_closed() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let sent = dev.closed("DATABASE_URL", "postgres://x");
    let made = dev.send(&api, "POST", Some(json!([sent]))).await.is(200);
    assert!(made.text.is_empty());

    let found = dev.send(&api, "GET", None).await.is(200).json();
    let secret = &found[0];
    assert_eq!((&secret["key"], &secret["value"]), (&sent["key"], &sent["value"]));
    assert_eq!(secret["key_digest"], sent["keyDigest"]);
    assert_eq!((&secret["path"], &secret["version"]), (&json!("/"), &json!(1)));
    assert_eq!((&secret["type"], &secret["override"]), (&json!("secret"), &Value::Null));
    assert_eq!(dev.opened(&secret["value"]), "postgres://x");

    let camel = dev.request(&api, "GET").header("X-Use-Camel-Case", "true");
    let camel = Answer::to(camel).await.is(200).json();
    assert_eq!(camel[0]["keyDigest"], sent["keyDigest"]);
    assert!(camel[0]["createdAt"].is_string() && camel[0].get("created_at").is_none());
}

#[actix_web::test]
async fn what_is_asked_for_is_named_in_headers() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let mut mail = dev.closed("MAIL", "1");
    mail["path"] = json!("//mail/");
    mail["tags"] = json!(["slow", "eu"]);
    dev.send(&api, "POST", Some(json!([dev.closed("A", "1"), mail]))).await.is(200);
    for (header, value, wanted) in [
        ("Path", "mail", 1),
        ("Path", "/", 1),
        ("Path", "/nowhere", 0),
        ("KeyDigest", "", 2),
        ("KeyDigest", &dev.opener.digest("mail"), 1),
        ("Tags", "eu,unknown", 1),
        ("Tags", "unknown", 0),
    ] {
        let asked = Answer::to(dev.request(&api, "GET").header(header, value)).await.is(200);
        assert_eq!(asked.json().as_array().unwrap().len(), wanted, "{header}: {value}");
    }
}

#[actix_web::test]
async fn a_change_keeps_what_was_and_an_override_is_its_owners_alone() {
    let (console, ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "first")]))).await.is(200);
    let id = dev.send(&api, "GET", None).await.json()[0]["id"].clone();
    let mut change = dev.closed("KEY", "second");
    change["id"] = id.clone();
    change["override"] = json!({ "value": dev.opener.close("mine"), "isActive": true });
    dev.send(&api, "PUT", Some(json!([change]))).await.is(200);

    let seen = dev.send(&api, "GET", None).await.json()[0].clone();
    assert_eq!((dev.opened(&seen["value"]).as_str(), &seen["version"]), ("second", &json!(2)));
    assert_eq!(dev.opened(&seen["override"]["value"]), "mine");
    assert_eq!(seen["override"]["is_active"], true);
    assert_eq!(console.rows("secret_versions"), 2);

    let bob = console.member("bob", Role::Operator).await;
    let bobs = console.api(&bob.full_pat("mine").await.rest.unwrap());
    assert_eq!(dev.send(&bobs, "GET", None).await.json()[0]["override"], Value::Null);
    let account = ada.account("deployer", Role::Operator, &[]).await;
    let deployer = console.api(&ada.sat(&account, "one").await.rest.unwrap());
    change["override"]["value"] = json!(dev.opener.close("nobody's"));
    dev.send(&deployer, "PUT", Some(json!([change]))).await.is(200);
    assert_eq!(dev.send(&deployer, "GET", None).await.json()[0]["override"], Value::Null);
    assert_eq!(console.rows("secret_overrides"), 1);
}

#[actix_web::test]
async fn a_token_reaches_the_environments_of_its_projects_and_does_what_it_may() {
    let (console, ada, api) = greenhouse().await;
    ada.project("coldroom").await;
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "1")]))).await.is(200);

    let narrow = AccessConfig {
        role: Role::Readonly,
        projects: Projects::new(false, ["greenhouse".to_owned()]),
        permissions: None,
    };
    let account = ada.account_with("reader", narrow).await;
    let reader = console.api(&ada.sat(&account, "one").await.rest.unwrap());
    assert_eq!(dev.read(&reader).await, [("KEY".to_owned(), "1".to_owned())]);
    for (method, deed) in [("POST", "create"), ("PUT", "update"), ("DELETE", "delete")] {
        let refused = dev.send(&reader, method, Some(json!([dev.closed("B", "2")]))).await;
        let said = format!("You don't have permission to {deed} secrets in this environment.");
        assert_eq!(refused.is(403).json(), json!({ "error": said }));
    }
    let other = console.environment("coldroom", "development");
    let refused = other.send(&reader, "GET", None).await.is(401);
    assert_eq!(refused.json()["error"], "Service account cannot access this environment");
    assert_eq!(refused.header("www-authenticate").split(' ').next(), Some("Bearer"));

    let eve = console.owner_of("eve", "globex").await;
    let eves = console.api(&eve.full_pat("all").await.rest.unwrap());
    assert_eq!(dev.send(&eves, "GET", None).await.is(404).json()["error"], "Environment not found");
}

#[actix_web::test]
async fn a_dead_token_a_strange_one_and_none_are_told_apart() {
    let (console, ada, _api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let dead = ada.full_pat("dead").await;
    console.texts(&format!(
        "UPDATE tokens SET revoked_at = now() WHERE id = {} RETURNING name AS text",
        dead.id
    ));
    for (token, said) in [
        (dead.rest.unwrap(), "Token expired or deleted"),
        (format!("User {}", "0".repeat(64)), "Token expired or deleted"),
        (format!("Robot {}", "0".repeat(64)), "Invalid token"),
    ] {
        let refused = dev.send(&console.api(&token), "GET", None).await.is(401);
        assert_eq!(refused.json()["error"], said);
    }
    let anonymous = dev.send(&console.anonymous(), "GET", None).await.is(401);
    assert_eq!(anonymous.json()["error"], "Authentication credentials were not provided.");
    let slashless = console.anonymous().get("/service/secrets").await;
    assert_eq!(slashless.status, 404);
}

#[actix_web::test]
async fn an_exchanged_token_reads_no_secret_that_its_scope_does_not_name() {
    let (console, ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let pat = ada.full_pat("exchanged").await;
    let calls = Environment::calls("greenhouse", "development");
    for (scope, status) in [("records:read", 403), ("secrets:read", 200)] {
        let jwt = crate::exchange::exchanged(&console, &pat.text, &[("scope", scope)]).await;
        let jwt = console.api(&jwt);
        for answer in [jwt.get(&dev.address("development")).await, jwt.get(&calls).await] {
            assert_eq!(answer.status, status, "{scope}: {}", answer.text);
            assert_eq!(answer.says("hush"), status == 200);
        }
        assert_eq!(dev.send(&jwt, "GET", None).await.status, status, "{scope}");
        let write = dev.send(&jwt, "POST", Some(json!([dev.closed("NEW", "1")]))).await;
        assert_eq!(write.status, 403, "{scope}: {}", write.text);
    }
}

#[actix_web::test]
async fn a_secret_is_found_only_in_its_own_environment() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let staging = console.environment("greenhouse", "staging");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let id = dev.send(&api, "GET", None).await.json()[0]["id"].clone();
    let mut change = staging.closed("KEY", "other");
    change["id"] = id.clone();
    staging.send(&api, "PUT", Some(json!([change]))).await.is(404);
    staging.send(&api, "DELETE", Some(json!([id]))).await.is(404);
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "staging");
    for rest in ["", "versions/"] {
        api.get(&format!("{path}{}/{rest}", id.as_str().unwrap())).await.is(404);
    }
    assert_eq!(dev.read(&api).await, [("KEY".to_owned(), "hush".to_owned())]);
}

#[actix_web::test]
async fn every_call_leaves_one_entry_that_says_where_and_which_and_never_what() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let before = console.audit_actions().len();
    dev.send(&api, "POST", Some(json!([dev.closed("A", "1"), dev.closed("B", "2")]))).await.is(200);
    let found = dev.send(&api, "GET", None).await.json();
    dev.send(&api, "DELETE", Some(json!([found[0]["id"]]))).await.is(200);
    assert_eq!(
        console.audit_actions()[before..],
        ["secrets.created", "secrets.read", "secrets.deleted"]
    );
    let details = console.texts("SELECT detail::text AS text FROM audit_events ORDER BY id");
    assert!(details[before].contains("\"environment\": \"Development\""), "{}", details[before]);
    assert!(details[before + 2].contains(found[0]["id"].as_str().unwrap()));
    assert_eq!(dev.read(&api).await, [("B".to_owned(), "2".to_owned())]);
    assert_eq!(console.rows("secrets"), 2, "a deleted one can be restored");
}

#[actix_web::test]
async fn projects_get_their_first_environments_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let names = ["Development", "Staging", "production"];
    let found = names.map(|name| console.environment("greenhouse", name).id);
    assert_eq!(names.map(|name| console.environment("greenhouse", name).id), found);
    assert_eq!(console.rows("environments"), 3);
    assert_eq!(picked(&["secrets:read"]).len(), 1);
}
