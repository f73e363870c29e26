//! Bad input, and what it gets: the field that is wrong, and nothing changed.
use serde_json::{Value, json};

use crate::support::{Answer, Api, Console};

const TOKENS: &str = "/api/v2/organization/tokens/";

async fn console_of_ada() -> (Console, Api) {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    console.owner_of("eve", "globex").await.project("prd-elsewhere").await;
    ada.issues("taken").await;
    let api = console.api(&ada.full_pat("all").await.text);
    (console, api)
}

/// Each body, and the field that it must be refused for.
fn bad_fields() -> Vec<(&'static str, Value)> {
    let long = "x".repeat(81);
    vec![
        ("name", json!({"name": ""})),
        ("name", json!({"name": "   "})),
        ("name", json!({"name": long})),
        ("name", json!({"name": "a\nb"})),
        ("name", json!({"name": "a\u{7f}b"})),
        ("name", json!({"name": "a\u{202e}b"})),
        ("name", json!({"name": "a\0b"})),
        ("name", json!({"name": 5})),
        ("name", json!({"name": null})),
        ("name", json!({"name": "taken"})),
        ("expires_at", json!({"name": "x", "expires_at": "2026-11-22T12:00:00Z"})),
        ("expires_at", json!({"name": "x", "expires_at": "2020-01-01T00:00:00Z"})),
        ("expires_at", json!({"name": "x", "expires_at": "2027-05-22T00:00:00Z"})),
        ("expires_at", json!({"name": "x", "expires_at": "tomorrow"})),
        ("expires_at", json!({"name": "x", "expires_at": "2026-12-31"})),
        ("expires_at", json!({"name": "x", "expires_at": "2026-12-31T23:59:59"})),
        ("expires_at", json!({"name": "x", "expires_at": 1_800_000_000})),
        ("expires_at", json!({"name": "x", "expires_at": null})),
        ("is_active", json!({"name": "x", "is_active": "yes"})),
        ("is_active", json!({"name": "x", "is_active": null})),
        ("access_config", json!({"name": "x", "access_config": "manager"})),
        ("access_config.role", json!({"name": "x", "access_config": {"role": "admin"}})),
        ("access_config.role", json!({"name": "x", "access_config": {"role": "owner"}})),
        ("access_config.role", json!({"name": "x", "access_config": {"role": null}})),
        ("access_config.projects", json!({"name": "x", "access_config": {"projects": ["nope"]}})),
        (
            "access_config.projects",
            json!({"name": "x", "access_config": {"projects": ["prd-elsewhere"]}}),
        ),
        (
            "access_config.projects",
            json!({"name": "x", "access_config": {"all_projects": true, "projects": ["nope"]}}),
        ),
        ("access_config.projects[0]", json!({"name": "x", "access_config": {"projects": [1]}})),
        (
            "access_config.permissions",
            json!({"name": "x", "access_config": {"permissions": {"records": "write"}}}),
        ),
        (
            "access_config.permissions",
            json!({"name": "x", "access_config": {"role": "manager",
                "permissions": {"tokens": "manage"}}}),
        ),
        (
            "access_config.permissions",
            json!({"name": "x", "access_config": {"permissions": {"fish": "read"}}}),
        ),
        (
            "access_config.permissions.records",
            json!({"name": "x", "access_config": {"permissions": {"records": "all"}}}),
        ),
        ("colour", json!({"name": "x", "colour": "red"})),
        ("access_config.colour", json!({"name": "x", "access_config": {"colour": "red"}})),
        ("id", json!({"name": "x", "id": 7})),
    ]
}

fn state(console: &Console) -> (i64, i64, i64, Vec<String>) {
    let tokens = "SELECT to_jsonb(t)::text AS text FROM tokens t ORDER BY id";
    let rows = |table| console.rows(table);
    (rows("token_secrets"), rows("token_projects"), rows("audit_events"), console.texts(tokens))
}

#[actix_web::test]
async fn each_bad_field_is_named_and_a_failed_request_leaves_no_trace() {
    let (console, api) = console_of_ada().await;
    let mine = api.post(TOKENS, &json!({"name": "mine"})).await.is(201).json();
    let mine = format!("{TOKENS}{}/", mine["id"]);
    let before = state(&console);
    for (field, body) in bad_fields() {
        for answer in [
            api.post(TOKENS, &body).await,
            api.put(&mine, &body).await,
            api.patch(&mine, &body).await,
        ] {
            let answer = answer.is(400);
            assert_eq!(answer.code(), "BAD_REQUEST");
            assert!(!answer.problem(field).is_empty(), "{field} of {body}: {}", answer.text);
        }
    }
    api.post(TOKENS, &json!({})).await.is(400);
    assert_eq!(state(&console), before);
}

#[actix_web::test]
async fn every_wrong_field_is_named_at_once() {
    let (_console, api) = console_of_ada().await;
    let body = json!({"name": " ", "expires_at": null, "access_config": {"projects": ["a", "b"],
        "permissions": {"fish": "read"}}});
    let fields = api.post(TOKENS, &body).await.is(400).json()["error"]["fields"].clone();
    let names: Vec<_> = fields.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["access_config.permissions", "access_config.projects", "expires_at", "name"]
    );
    assert!(fields["access_config.projects"].as_str().unwrap().contains("no project b"));
}

#[actix_web::test]
async fn of_two_requests_at_once_one_wins_and_one_gets_400() {
    let (console, api) = console_of_ada().await;
    for round in 0..5 {
        let body = json!({"name": format!("race {round}")});
        let (one, other) = tokio::join!(api.post(TOKENS, &body), api.post(TOKENS, &body));
        let mut answers = [one.status, other.status];
        answers.sort_unstable();
        assert_eq!(answers, [201, 400]);
        let lost = if one.status == 400 { one } else { other };
        assert!(lost.problem("name").contains("Another token is called"), "{}", lost.text);
    }
    let created = console.audit_actions().iter().filter(|a| *a == "token.created").count();
    assert_eq!(created, 2 + 5);
}

#[actix_web::test]
async fn a_body_that_is_not_json_is_refused_saying_where() {
    let (console, api) = console_of_ada().await;
    let before = state(&console);
    let send = async |kind: &str, body: &str| {
        let request = api.request("POST", TOKENS).header("Content-Type", kind);
        Answer::to(request.body(body.to_owned())).await
    };
    let good = r#"{"name":"x"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let answer = send(kind, good).await.is(400);
        assert!(answer.says("Content-Type: application/json"), "{kind}: {}", answer.text);
    }
    let broken = send("application/json", "{\"name\":\n \"x\"").await.is(400);
    assert!(
        broken.says("the body is not JSON: EOF while parsing an object at line 2"),
        "{}",
        broken.text
    );
    for body in
        ["", "[]", "\"x\"", "null", "5", "{\"name\":\"x\"} {}", "{'name':'x'}", "\u{feff}{}"]
    {
        assert_eq!(send("application/json", body).await.is(400).code(), "BAD_REQUEST", "{body}");
    }
    let twice = send("application/json", r#"{"name":"x","name":"y"}"#).await.is(400);
    assert!(twice.problem("name").contains("Duplicate"), "{}", twice.text);
    assert_eq!(state(&console), before);
    send("application/json; charset=utf-8", good).await.is(201);
}

#[actix_web::test]
async fn a_body_over_64_kib_is_413() {
    let (console, api) = console_of_ada().await;
    let before = state(&console);
    let body = |bytes: usize| format!("{{\"name\":\"x\"{}}}", " ".repeat(bytes - 12));
    let send = async |body: String| {
        let request = api.request("POST", TOKENS).header("Content-Type", "application/json");
        Answer::to(request.body(body)).await
    };
    let answer = send(body(64 * 1024 + 1)).await.is(413);
    assert_eq!(answer.code(), "PAYLOAD_TOO_LARGE");
    assert_eq!(state(&console), before);
    send(body(64 * 1024)).await.is(201);
}

#[actix_web::test]
async fn an_id_that_is_not_there_is_404() {
    let (console, api) = console_of_ada().await;
    let eve = console.owner_of("mallory", "initech").await;
    let theirs = eve.issues("theirs").await.id.to_string();
    let personal = eve.full_pat("personal").await.id.to_string();
    let before = state(&console);
    for id in [&theirs, &personal, "0", "-1", "9223372036854775808", "text", "1.0", "%20"] {
        let path = format!("{TOKENS}{id}/");
        for answer in [
            api.get(&path).await,
            api.put(&path, &json!({"name": "x"})).await,
            api.patch(&path, &json!({"name": "x"})).await,
            api.delete(&path).await,
            api.post(&format!("{path}rotate/"), &json!({})).await,
        ] {
            assert_eq!(answer.is(404).code(), "TOKEN_NOT_FOUND", "{id}");
        }
    }
    assert_eq!(state(&console), before);
}

#[actix_web::test]
async fn a_query_that_is_not_understood_is_refused_by_name() {
    let (_console, api) = console_of_ada().await;
    for (field, query) in [
        ("limit", "limit=0"),
        ("limit", "limit=201"),
        ("limit", "limit=ten"),
        ("limit", "limit=1&limit=2"),
        ("state", "state=sleeping"),
        ("sort", "sort=colour"),
        ("after", "after=nonsense"),
        ("after", "after=MSBub3QtYS10aW1l"),
        ("colour", "colour=red"),
    ] {
        let answer = api.get(&format!("{TOKENS}?{query}")).await.is(400);
        assert!(!answer.problem(field).is_empty(), "{query}: {}", answer.text);
    }
    for (field, query) in [
        ("action", "action=token.eaten"),
        ("token", "token=x"),
        ("since", "since=yesterday"),
        ("until", "until=2026-11-22"),
        ("after", "after=x"),
        ("limit", "limit=-1"),
    ] {
        let answer = api.get(&format!("/api/v2/organization/audit/?{query}")).await.is(400);
        assert!(!answer.problem(field).is_empty(), "{query}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_nul_is_refused_wherever_it_stands() {
    let (console, api) = console_of_ada().await;
    let before = state(&console);
    api.post(TOKENS, &json!({"name": "a\u{0}b"})).await.is(400);
    api.post(TOKENS, &json!({"name": "x", "access_config": {"projects": ["\u{0}"]}})).await.is(400);
    for path in ["?search=%00", "?after=MSAA", "%00/", "../audit/?actor=%00", "../projects/%00/"] {
        assert_eq!(
            api.get(&format!("{TOKENS}{path}")).await.is(400).code(),
            "BAD_REQUEST",
            "{path}"
        );
    }
    assert_eq!(state(&console), before);
}

#[actix_web::test]
async fn unknown_paths_wrong_methods_and_missing_slashes_are_told() {
    let (_console, api) = console_of_ada().await;
    for path in ["/api/v2/nope", "/api/v2/nope/", "/api/v2/user/", "/api/v2/token/nope/"] {
        assert_eq!(api.get(path).await.is(404).code(), "NOT_FOUND", "{path}");
    }
    let put = api.put(TOKENS, &json!({})).await.is(405);
    assert_eq!(put.code(), "METHOD_NOT_ALLOWED");
    assert_eq!(put.header("allow"), "GET, HEAD, POST");
    assert_eq!(
        api.post("/api/v2/token/", &json!({})).await.is(405).header("allow"),
        "GET, HEAD, DELETE"
    );

    let moved = api.get("/api/v2/organization/tokens?limit=1").await.is(308);
    assert_eq!(moved.location(), "/api/v2/organization/tokens/?limit=1");
    let moved = api.post("/api/v2/organization/tokens/1/rotate", &json!({})).await.is(308);
    assert_eq!(moved.location(), "/api/v2/organization/tokens/1/rotate/");
    let head = Answer::to(api.request("HEAD", TOKENS)).await.is(200);
    assert!(head.text.is_empty());
}

#[actix_web::test]
async fn nobody_s_body_is_read_before_it_is_known_who_sends_it() {
    let (console, _api) = console_of_ada().await;
    let huge = "x".repeat(1024 * 1024);
    let request = console.anonymous().request("POST", TOKENS).header("Content-Length", huge.len());
    let request = request.header("Content-Type", "text/plain").header("Connection", "close");
    Answer::to(request.body(huge[..0].to_owned())).await.is(401);
}
