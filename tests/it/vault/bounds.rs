//! What is refused, and that a refused batch changes nothing.
use jeton::secrets::MOST_VALUE;
use serde_json::{Value, json};

use super::greenhouse;
use crate::support::Answer;

#[actix_web::test]
async fn a_bad_batch_is_refused_whole_and_in_words() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let good = dev.closed("GOOD", "1");
    dev.send(&api, "POST", Some(json!([dev.closed("THERE", "1")]))).await.is(200);
    let id = dev.send(&api, "GET", None).await.json()[0]["id"].clone();
    let with = |field: &str, value: Value| {
        let mut secret = dev.closed("BAD", "1");
        secret[field] = value;
        secret
    };
    let (rows, entries) = (console.rows("secrets"), console.rows("audit_events"));
    let nowhere = json!("00000000-0000-0000-0000-000000000000");
    let large = dev.opener.close(&"x".repeat(MOST_VALUE + 1));
    for (method, bad, status, said) in [
        ("POST", dev.closed("there", "2"), 409, "Duplicate secret found"),
        ("POST", good.clone(), 409, "Duplicate secret found"),
        ("POST", with("value", json!("plain")), 400, "Invalid ciphertext format"),
        ("POST", with("value", json!("")), 400, "Invalid ciphertext format"),
        ("POST", with("keyDigest", json!("x")), 400, "Invalid key digest format"),
        ("POST", with("value", json!(large)), 400, "value: Use at most 1 MiB."),
        ("POST", with("type", json!("other")), 400, "Invalid 'type': 'other'."),
        ("POST", with("path", json!("/a\u{7}b")), 400, "path: Leave out line breaks"),
        ("POST", with("tags", json!(["x".repeat(65)])), 400, "tags: Use at most 64 characters"),
        ("POST", with("value", Value::Null), 400, "requires a key, a keyDigest and a value"),
        ("POST", json!("x"), 400, "must be an object"),
        ("PUT", with("id", nowhere.clone()), 404, "not found"),
        ("PUT", with("id", Value::Null), 400, "Secret ID not provided"),
        ("DELETE", nowhere, 404, "Secret(s) not found in this environment"),
        ("DELETE", json!("x"), 404, "Secret(s) not found in this environment"),
    ] {
        let first = match method {
            "POST" => good.clone(),
            "PUT" => with("id", id.clone()),
            _ => id.clone(),
        };
        let answer = dev.send(&api, method, Some(json!([first, bad]))).await;
        let shown: String = bad.to_string().chars().take(200).collect();
        assert_eq!(answer.status, status, "{method} {shown}: {}", answer.text);
        assert!(answer.says(said), "{method} {shown}: {}", answer.text);
    }
    assert_eq!((console.rows("secrets"), console.rows("audit_events")), (rows, entries));
    let exact = with("value", json!(dev.opener.close(&"x".repeat(MOST_VALUE))));
    dev.send(&api, "POST", Some(json!([exact]))).await.is(200);
}

#[actix_web::test]
async fn a_body_that_is_none_is_refused() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    for (body, said) in [
        ("", "Request body is required."),
        ("{", "Request body must be valid JSON."),
        ("[]", "Request body must be a JSON object."),
        ("{}", "'secrets' must be a non-empty list."),
        (r#"{"secrets": []}"#, "'secrets' must be a non-empty list."),
        (r#"{"secrets": {}}"#, "'secrets' must be a non-empty list."),
    ] {
        for method in ["POST", "PUT", "DELETE"] {
            let answer = Answer::to(dev.request(&api, method).body(body)).await.is(400);
            assert_eq!(answer.json()["error"], said, "{method} {body}");
        }
    }
}

#[actix_web::test]
async fn names_that_no_program_could_use_are_refused() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = console.environment("greenhouse", "development").address("development");
    for name in ["A\nB", "A\u{0}B", "A B", "A=B", "A\u{202e}B", " ", &"x".repeat(256)] {
        let body =
            json!({ "secrets": [{ "key": "GOOD", "value": "1" }, { "key": name, "value": "1" }] });
        let answer = api.post(&path, &body).await.is(400);
        assert!(answer.says("key"), "{name:?}: {}", answer.text);
    }
    let nul = json!({ "secrets": [{ "key": "A", "value": "a\u{0}b" }] });
    assert!(api.post(&path, &nul).await.is(400).says("value: Leave out NUL characters."));
    assert_eq!(console.rows("secrets"), 0);
}

#[actix_web::test]
async fn ten_thousand_keys_go_in_one_call_and_not_one_more() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let one = dev.closed("ONE", "1");
    let many = |count: usize| -> Value {
        let numbered = (0..count).map(|at| {
            let mut secret = one.clone();
            secret["keyDigest"] = json!(format!("{at:064x}"));
            secret
        });
        numbered.collect()
    };
    let refused = dev.send(&api, "POST", Some(many(10_001))).await.is(400);
    assert!(refused.says("Send at most 10000 secrets in one call."), "{}", refused.text);
    dev.send(&api, "POST", Some(many(10_000))).await.is(200);
    let found = dev.send(&api, "GET", None).await.is(200).json();
    let ids: Value = found.as_array().unwrap().iter().map(|secret| secret["id"].clone()).collect();
    assert_eq!(ids.as_array().unwrap().len(), 10_000);
    dev.send(&api, "DELETE", Some(ids)).await.is(200);
    assert_eq!(dev.send(&api, "GET", None).await.is(200).json(), json!([]));
    let listed = console
        .texts("SELECT detail::text AS text FROM audit_events WHERE action = 'secrets.deleted'");
    assert!(listed[0].len() < 200, "{}", listed[0]);
}

#[actix_web::test]
async fn without_keys_the_bounds_are_the_same() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = console.environment("greenhouse", "development").address("development");
    let list = |secrets: Vec<Value>| json!({ "secrets": secrets });
    let many = (0..10_001).map(|at| json!({ "key": format!("KEY_{at}"), "value": "" })).collect();
    let refused = api.post(&path, &list(many)).await.is(400);
    assert!(refused.says("Send at most 10000 secrets in one call."), "{}", refused.text);
    let long = list(vec![json!({ "key": "LONG", "value": "x".repeat(MOST_VALUE + 1) })]);
    assert!(api.post(&path, &long).await.is(400).says("value"));
    assert_eq!(console.rows("secrets"), 0);

    let made = api.post(&path, &list(vec![json!({ "key": "A", "value": "1" })])).await.is(200);
    let own = |own: Value| list(vec![json!({ "id": made.json()[0]["id"], "override": own })]);
    let hushed = api.put(&path, &own(json!("hush-hush"))).await.is(400);
    assert!(hushed.says("'override'") && !hushed.says("hush-hush"), "{}", hushed.text);
    // As it was read over the other face.
    let off = own(json!({ "value": "mine", "is_active": false }));
    assert_eq!(api.put(&path, &off).await.is(200).json()[0]["override"]["isActive"], false);
}

#[actix_web::test]
async fn of_two_writers_at_once_neither_is_lost() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let same = || dev.send(&api, "POST", Some(json!([dev.closed("KEY", "0")])));
    let (one, other) = tokio::join!(same(), same());
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);

    let id = dev.send(&api, "GET", None).await.json()[0]["id"].clone();
    let change = |value: &'static str| {
        let mut secret = dev.closed("KEY", value);
        secret["id"] = id.clone();
        dev.send(&api, "PUT", Some(json!([secret])))
    };
    let (one, other) = tokio::join!(change("1"), change("2"));
    assert_eq!((one.status, other.status), (200, 200));
    let versions = console.texts("SELECT version::text AS text FROM secret_versions ORDER BY 1");
    assert_eq!(versions, ["1", "2", "3"]);
}
