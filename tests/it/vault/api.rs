//! Environments and secrets over the JSON API.
use jeton::access::{AccessConfig, Projects, Role};
use jeton::policies::{Expiry, Wish};
use serde_json::{Value, json};

use super::{Environment, greenhouse};
use crate::support::{Console, picked};

const PROJECT: &str = "/api/v2/organization/projects/greenhouse";

#[actix_web::test]
async fn environments_are_made_renamed_and_deleted_but_for_the_last() {
    let (_console, _ada, api) = greenhouse().await;
    let path = format!("{PROJECT}/environments/");
    let listed = api.get(&path).await.is(200).json();
    let names = |listed: &Value| -> Vec<String> {
        let listed = listed.as_array().unwrap().iter();
        listed.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&listed), ["Development", "Staging", "Production"]);
    assert_eq!(listed[2]["type"], "prod");
    let made = api.post(&path, &json!({ "name": "Preview" })).await.is(201);
    let at = made.location().to_owned();
    assert_eq!(api.get(&at).await.is(200).json(), made.json());
    for name in ["preview", "", "a\u{7}b", &"x".repeat(65), "01987c0e-f4f1-7f8d-8d4b-4f8cf4f3b6a1"]
    {
        let refused = api.post(&path, &json!({ "name": name })).await.is(400);
        assert!(!refused.problem("name").is_empty(), "{name:?}");
    }
    let renamed = api.patch(&at, &json!({ "name": "Review" })).await.is(200).json();
    assert_eq!((&renamed["id"], &renamed["name"]), (&made.json()["id"], &json!("Review")));
    for name in ["review", "development", "staging"] {
        api.delete(&format!("{path}{name}/")).await.is(204);
    }
    let refused = api.delete(&format!("{path}production/")).await.is(409);
    assert!(refused.says("is the last environment of greenhouse"), "{}", refused.text);
    let missing = api.get(&format!("{path}review/")).await.is(404);
    assert_eq!(missing.code(), "ENVIRONMENT_NOT_FOUND");
}

#[actix_web::test]
async fn without_the_switch_no_value_is_opened_or_made_and_the_refusal_says_why() {
    let (console, _ada, api) = greenhouse().await;
    let path = Environment::calls("greenhouse", "development");
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let id = dev.send(&api, "GET", None).await.json()[0]["id"].as_str().unwrap().to_owned();
    let one = format!("{path}{id}/");
    let fields = json!({ "key": "A", "value": "1" });
    for answer in [
        api.get(&path).await,
        api.post(&path, &fields).await,
        api.get(&one).await,
        api.put(&one, &fields).await,
        api.patch(&one, &fields).await,
        api.get(&format!("{one}versions/")).await,
        api.put(&format!("{one}override/"), &json!({ "value": "1" })).await,
    ] {
        assert!(answer.is(409).says("server-side encryption is off for greenhouse"));
    }
    let switch = format!("{PROJECT}/server-side-encryption/");
    assert_eq!(api.get(&switch).await.is(200).json(), json!({ "enabled": false }));
    let on = json!({ "enabled": true });
    assert_eq!(api.put(&switch, &on).await.is(200).json(), on);
    assert_eq!(api.put(&switch, &on).await.is(200).json(), on);
    assert_eq!(api.get(&one).await.is(200).json()["value"], "hush");
    let switched = console.audit_actions();
    let switched = switched.iter().filter(|action| *action == "project.encryption_switched");
    assert_eq!(switched.count(), 1, "what is as it was is no change");
    assert_eq!(api.get(&format!("{PROJECT}/")).await.json()["server_side_encryption"], true);
}

#[actix_web::test]
async fn a_secret_is_made_read_changed_and_deleted_and_comes_back() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "Production");
    let fields = json!({ "key": "database_url", "value": "one", "tags": ["db"], "path": "app" });
    let made = api.post(&path, &fields).await.is(201);
    let (one, secret) = (made.location().to_owned(), made.json());
    assert_eq!((&secret["key"], &secret["path"]), (&json!("DATABASE_URL"), &json!("/app")));
    assert_eq!((&secret["version"], &secret["override"]), (&json!(1), &Value::Null));
    assert_eq!(api.get(&one).await.is(200).json(), secret);
    assert_eq!(api.post(&path, &fields).await.is(409).code(), "CONFLICT");

    let change = json!({ "value": "two", "version": 1 });
    let changed = api.patch(&one, &change).await.is(200).json();
    assert_eq!((&changed["value"], &changed["tags"]), (&json!("two"), &json!(["db"])));
    let late = api.patch(&one, &change).await.is(409);
    assert!(late.says("has version 2 by now"), "{}", late.text);
    let replaced = api.put(&one, &json!({ "key": "DSN", "value": "three" })).await.is(200).json();
    assert_eq!((&replaced["key"], &replaced["path"]), (&json!("DSN"), &json!("/")));
    assert_eq!((&replaced["tags"], &replaced["version"]), (&json!([]), &json!(3)));

    let versions = api.get(&format!("{one}versions/?limit=2")).await.is(200);
    assert!(versions.header("link").contains("after=2"), "{}", versions.header("link"));
    let versions = versions.json();
    assert_eq!((&versions[0]["version"], &versions[1]["value"]), (&json!(3), &json!("two")));
    assert_eq!(versions[0]["written_by"], "ada");
    api.delete(&one).await.is(204);
    assert_eq!(api.get(&one).await.is(404).code(), "SECRET_NOT_FOUND");
    assert_eq!(api.delete(&one).await.is(404).code(), "SECRET_NOT_FOUND");
    let back = api.post(&format!("{one}versions/1/restore/"), &json!({})).await.is(200).json();
    assert_eq!(back["version"], 4);
    assert_eq!(api.get(&one).await.is(200).json()["value"], "one");
    api.post(&format!("{one}versions/9/restore/"), &json!({})).await.is(404);
}

#[actix_web::test]
async fn a_list_is_filtered_and_paged() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "staging");
    for (key, at) in [("A", "/"), ("B", "/x"), ("C", "/x")] {
        let fields = json!({ "key": key, "value": "1", "path": at, "tags": [key] });
        api.post(&path, &fields).await.is(201);
    }
    let keys = |listed: &Value| -> String {
        listed.as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect()
    };
    for (query, wanted) in
        [("", "ABC"), ("?path=x", "BC"), ("?key=c", "C"), ("?tags=A,C", "AC"), ("?tags=none", "")]
    {
        assert_eq!(keys(&api.get(&format!("{path}{query}")).await.is(200).json()), wanted);
    }
    let first = api.get(&format!("{path}?limit=2")).await.is(200);
    let next = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    let next = next.strip_prefix(&console.url).unwrap().to_owned();
    assert_eq!(keys(&first.json()) + &keys(&api.get(&next).await.is(200).json()), "ABC");
    for (query, field) in [("?after=x", "after"), ("?limit=0", "limit"), ("?x=1", "x")] {
        assert!(!api.get(&format!("{path}{query}")).await.is(400).problem(field).is_empty());
    }
}

#[actix_web::test]
async fn what_is_wrong_is_named_by_its_field() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "development");
    for (field, body) in [
        ("key", json!({ "key": "", "value": "1" })),
        ("key", json!({ "key": "A\nB", "value": "1" })),
        ("value", json!({ "key": "A" })),
        ("value", json!({ "key": "A", "value": "x".repeat(1024 * 1024 + 1) })),
        ("path", json!({ "key": "A", "value": "1", "path": "a\tb" })),
        ("tags", json!({ "key": "A", "value": "1", "tags": ["x".repeat(65)] })),
        ("type", json!({ "key": "A", "value": "1", "type": "other" })),
        ("version", json!({ "key": "A", "value": "1", "version": 1 })),
        ("colour", json!({ "key": "A", "value": "1", "colour": 1 })),
    ] {
        let refused = api.post(&path, &body).await.is(400);
        assert!(!refused.problem(field).is_empty(), "{field}: {}", refused.text);
    }
    let body = json!({ "key": "A", "value": "x".repeat(9 * 1024 * 1024) });
    assert_eq!(api.post(&path, &body).await.is(413).code(), "PAYLOAD_TOO_LARGE");
    assert_eq!(console.rows("secrets"), 0);

    let sealed = json!({ "key": "A", "value": "1", "type": "sealed" });
    let at = api.post(&path, &sealed).await.is(201).location().to_owned();
    assert!(!api.patch(&at, &json!({ "type": "secret" })).await.is(400).problem("type").is_empty());
    assert!(!api.patch(&at, &json!({ "value": "2" })).await.is(400).problem("value").is_empty());
    assert_eq!(api.patch(&at, &json!({ "comment": "x" })).await.is(200).json()["value"], "1");
}

#[actix_web::test]
async fn an_override_is_a_persons_own() {
    let (console, ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "development");
    let fields = json!({ "key": "A", "value": "all's" });
    let at = api.post(&path, &fields).await.is(201).location().to_owned();
    let mine = format!("{at}override/");
    api.delete(&mine).await.is(404);
    let seen = api.put(&mine, &json!({ "value": "mine" })).await.is(200).json();
    assert_eq!((&seen["value"], &seen["override"]["value"]), (&json!("all's"), &json!("mine")));
    assert_eq!(seen["override"]["is_active"], true);
    let token = console.api(&ada.issues_as("all", Role::Manager, &[]).await.text);
    assert_eq!(token.get(&at).await.is(200).json()["override"], Value::Null);
    assert!(token.put(&mine, &json!({ "value": "x" })).await.is(403).says("a person's own"));
    api.delete(&mine).await.is(204);
    assert_eq!(api.get(&at).await.is(200).json()["override"], Value::Null);
}

#[actix_web::test]
async fn power_on_secrets_is_a_level_on_a_project() {
    let (console, ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    ada.project("coldroom").await;
    let path = Environment::calls("greenhouse", "development");
    let at =
        api.post(&path, &json!({ "key": "A", "value": "1" })).await.is(201).location().to_owned();
    let issue = |name: &'static str, role, permission: &'static str| {
        let projects = Projects::new(false, ["greenhouse".to_owned()]);
        let permissions = Some(picked(&[permission]));
        let access = AccessConfig { role, projects, permissions };
        let name = name.to_owned();
        ada.issues_wish(Wish { name, expiry: Expiry::Longest, access, may_rotate_itself: false })
    };
    let none = console.api(&issue("none", Role::Manager, "records:manage").await.text);
    let reader = console.api(&issue("reader", Role::Readonly, "secrets:read").await.text);
    let writer = console.api(&issue("writer", Role::Operator, "secrets:write").await.text);
    let manager = console.api(&issue("manager", Role::Manager, "secrets:manage").await.text);
    none.get(&path).await.is(403);
    reader.get(&path).await.is(200);
    reader.delete(&at).await.is(403);
    writer.patch(&at, &json!({ "value": "2" })).await.is(200);
    let switch = format!("{PROJECT}/server-side-encryption/");
    let environments = format!("{PROJECT}/environments/");
    for denied in [&reader, &writer] {
        denied.put(&switch, &json!({ "enabled": false })).await.is(403);
        denied.post(&environments, &json!({ "name": "X" })).await.is(403);
    }
    manager.post(&environments, &json!({ "name": "X" })).await.is(201);
    let beyond = Environment::calls("coldroom", "development");
    assert_eq!(manager.get(&beyond).await.is(404).code(), "PROJECT_NOT_FOUND");
}

#[actix_web::test]
async fn a_project_goes_when_its_secrets_are_gone() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = Environment::calls("greenhouse", "development");
    let made = api.post(&path, &json!({ "key": "A", "value": "1" })).await.is(201);
    let refused = api.delete(&format!("{PROJECT}/")).await.is(409);
    assert!(refused.says("still holds 1 secret"), "{}", refused.text);
    api.delete(made.location()).await.is(204);
    api.delete(&format!("{PROJECT}/")).await.is(204);
    assert_eq!((console.rows("environments"), console.rows("secrets")), (0, 0));
}

#[actix_web::test]
async fn two_instances_are_one_vault() {
    let (one, two) = Console::two().await;
    let ada = one.owner("ada").await;
    ada.project("greenhouse").await;
    let token = ada.full_pat("all").await.text;
    let (here, there) = (one.api(&token), two.api(&token));
    let listed = format!("{PROJECT}/environments/");
    let (first, second) = tokio::join!(here.get(&listed), there.get(&listed));
    assert_eq!(first.is(200).json(), second.is(200).json());
    let switch = format!("{PROJECT}/server-side-encryption/");
    here.put(&switch, &json!({ "enabled": true })).await.is(200);
    let path = Environment::calls("greenhouse", "development");
    there.post(&path, &json!({ "key": "A", "value": "hush" })).await.is(201);
    assert_eq!(here.get(&path).await.is(200).json()[0]["value"], "hush");
    here.put(&switch, &json!({ "enabled": false })).await.is(200);
    there.get(&path).await.is(409);
}
