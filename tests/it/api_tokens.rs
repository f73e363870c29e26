//! Organization tokens over the API: what goes well.
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::{Api, Console};

const TOKENS: &str = "/api/v2/organization/tokens/";

async fn console_of_ada() -> (Console, Api) {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    ada.project("prd-coldroom").await;
    let api = console.api(&ada.full_pat("all").await.text);
    (console, api)
}

fn path(token: &Value) -> String {
    format!("{TOKENS}{}/", token["id"])
}

#[actix_web::test]
async fn the_requests_of_the_seed_work_as_they_stand() {
    let (console, api) = console_of_ada().await;
    let wish = json!({
        "name": "Webhook relay",
        "expires_at": "2026-12-31T23:59:59Z",
        "access_config": {"role": "operator", "projects": ["prd-greenhouse"]}
    });

    let answer = api.post(TOKENS, &wish).await.is(201);

    let token = answer.json();
    assert_eq!(answer.location(), path(&token));
    assert_eq!(token["name"], "Webhook relay");
    assert_eq!(token["is_active"], true);
    assert_eq!(token["expires_at"], "2026-12-31T23:59:59Z");
    assert_eq!(token["created_at"], "2026-11-22T12:00:00Z");
    assert_eq!(token["last_used_at"], Value::Null);
    assert_eq!(token["access_config"]["role"], "operator");
    assert_eq!(token["access_config"]["all_projects"], false);
    assert_eq!(token["access_config"]["projects"], json!(["prd-greenhouse"]));
    assert_eq!((&token["state"], &token["created_by"]), (&json!("active"), &json!("ada")));
    let text = token["token"].as_str().unwrap();
    console.api(text).get("/api/v2/organization/acme").await.is(200);
    console.note_uses();

    let change = json!({
        "name": "Webhook relay (deprecated)",
        "is_active": false,
        "access_config": {"role": "readonly", "projects": []}
    });
    let changed = api.patch(&path(&token), &change).await.is(200).json();
    assert_eq!(changed["name"], "Webhook relay (deprecated)");
    assert_eq!((&changed["is_active"], &changed["state"]), (&json!(false), &json!("disabled")));
    assert_eq!(changed["access_config"]["role"], "readonly");
    assert_eq!(changed["access_config"]["projects"], json!([]));
    assert_eq!(changed["expires_at"], "2026-12-31T23:59:59Z", "what is left out stays");
    console.api(text).get("/api/v2/organization/acme").await.is(401);

    let listed = api.get(TOKENS).await.is(200).json();
    assert_eq!(listed, json!([changed]));
    api.delete(&path(&token)).await.is(204);
    let actions = console.audit_actions();
    let told = ["token.created", "token.disabled", "token.changed", "token.revoked"];
    assert_eq!(actions[actions.len() - 4..], told);
}

#[actix_web::test]
async fn a_token_is_told_once_and_masked_ever_after() {
    let (_console, api) = console_of_ada().await;
    let created = api.post(TOKENS, &json!({"name": "CI"})).await.is(201);
    assert_eq!(created.header("cache-control"), "no-store");
    let token = created.json();
    let text = token["token"].as_str().unwrap();
    assert_eq!(text.len(), 57);
    let masked = format!("{}...", &text[..16]);
    for answer in [api.get(TOKENS).await, api.get(&path(&token)).await] {
        assert!(answer.says(&masked) && !answer.says(text), "{}", answer.text);
    }
    assert_eq!(api.patch(&path(&token), &json!({})).await.is(200).json()["token"], masked);
}

#[actix_web::test]
async fn what_is_left_out_has_the_default_of_the_seed() {
    let (_console, api) = console_of_ada().await;
    let token = api.post(TOKENS, &json!({"name": " CI "})).await.is(201).json();
    assert_eq!(token["name"], "CI", "trimmed");
    assert_eq!(token["expires_at"], "2027-05-21T12:00:00Z", "the longest that the policy allows");
    let access =
        json!({"role": "readonly", "all_projects": false, "projects": [], "permissions": null});
    assert_eq!(token["access_config"], access);
    assert_eq!((&token["is_active"], &token["may_rotate_itself"]), (&json!(true), &json!(false)));
}

#[actix_web::test]
async fn a_token_may_begin_disabled() {
    let (console, api) = console_of_ada().await;
    let token = api.post(TOKENS, &json!({"name": "CI", "is_active": false})).await.is(201).json();
    assert_eq!(token["state"], "disabled");
    console.api(token["token"].as_str().unwrap()).get("/api/v2/token/").await.is(401);
}

#[actix_web::test]
async fn null_is_never_where_the_policy_allows_it() {
    let (_console, api) = console_of_ada().await;
    let policy = json!({"max_lifetime_days": 180, "allow_non_expiring": true});
    api.put("/api/v2/organization/policy/", &policy).await.is(200);
    let token = api.post(TOKENS, &json!({"name": "CI", "expires_at": null})).await.is(201).json();
    assert_eq!(token["expires_at"], Value::Null);
    let at = json!({"expires_at": "2027-01-01T02:00:00+02:00"});
    let token = api.patch(&path(&token), &at).await.is(200).json();
    assert_eq!(token["expires_at"], "2027-01-01T00:00:00Z", "any offset is understood");
    let token = api.patch(&path(&token), &json!({"expires_at": null})).await.is(200).json();
    assert_eq!(token["expires_at"], Value::Null);
}

#[actix_web::test]
async fn put_replaces_and_patch_merges() {
    let (_console, api) = console_of_ada().await;
    let wish = json!({
        "name": "CI", "expires_at": "2026-12-31T23:59:59Z", "may_rotate_itself": true,
        "access_config": {"role": "manager", "projects": ["prd-coldroom", "prd-greenhouse"],
            "permissions": {"records": "write", "metrics": "read"}}
    });
    let token = api.post(TOKENS, &wish).await.is(201).json();

    let merged = api.patch(&path(&token), &json!({"name": "CD"})).await.is(200).json();
    assert_eq!(merged["name"], "CD");
    for field in ["expires_at", "access_config", "may_rotate_itself", "is_active"] {
        assert_eq!(merged[field], token[field], "{field}");
    }
    let whole = json!({"access_config": {"role": "operator"}});
    let merged = api.patch(&path(&token), &whole).await.is(200).json();
    assert_eq!(merged["access_config"]["projects"], json!([]), "replaced as a whole");
    assert_eq!(merged["access_config"]["permissions"], Value::Null);

    let replaced = api.put(&path(&token), &json!({"name": "CE"})).await.is(200).json();
    assert_eq!(replaced["expires_at"], "2027-05-21T12:00:00Z");
    assert_eq!(replaced["access_config"]["role"], "readonly");
    assert_eq!(replaced["may_rotate_itself"], false);
    assert!(api.put(&path(&token), &json!({})).await.is(400).problem("name").contains("name"));
}

#[actix_web::test]
async fn a_deleted_token_stops_at_once_stays_listed_and_frees_its_name() {
    let (console, api) = console_of_ada().await;
    let token = api.post(TOKENS, &json!({"name": "CI"})).await.is(201).json();
    let program = console.api(token["token"].as_str().unwrap());
    program.get("/api/v2/token/").await.is(200);

    api.delete(&path(&token)).await.is(204);

    program.get("/api/v2/token/").await.is(401);
    let again = api.delete(&path(&token)).await.is(404);
    assert_eq!(again.code(), "TOKEN_NOT_FOUND");
    assert_eq!(api.get(&path(&token)).await.is(200).json()["state"], "revoked");
    api.post(TOKENS, &json!({"name": "CI"})).await.is(201);
}

#[actix_web::test]
async fn lists_are_searched_filtered_sorted_and_paged() {
    let (console, api) = console_of_ada().await;
    for name in ["Delta", "alpha", "Charlie", "bravo", "Echo"] {
        console.clock.advance(TimeDelta::seconds(1));
        api.post(TOKENS, &json!({"name": name, "is_active": name != "Echo"})).await.is(201);
    }
    let names = async |query: &str| -> Vec<String> {
        let listed = api.get(&format!("{TOKENS}{query}")).await.is(200).json();
        let name = |token: &Value| token["name"].as_str().unwrap().to_owned();
        listed.as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(names("").await, ["Echo", "bravo", "Charlie", "alpha", "Delta"]);
    assert_eq!(names("?sort=name").await, ["alpha", "bravo", "Charlie", "Delta", "Echo"]);
    assert_eq!(names("?search=ARL").await, ["Charlie"]);
    assert_eq!(names("?search=100%25").await, [""; 0]);
    assert_eq!(names("?state=disabled").await, ["Echo"]);
    assert_eq!(names("?state=active&sort=name&limit=2").await, ["alpha", "bravo"]);

    let mut seen = Vec::new();
    let mut next = Some(format!("{TOKENS}?sort=name&limit=2&state=active"));
    while let Some(page) = next {
        let answer = api.get(&page).await.is(200);
        for token in answer.json().as_array().unwrap() {
            seen.push(token["name"].as_str().unwrap().to_owned());
        }
        next = answer.header("link").strip_suffix(">; rel=\"next\"").map(|link| {
            link.strip_prefix('<').unwrap().strip_prefix(&console.url).unwrap().to_owned()
        });
    }
    assert_eq!(seen, ["alpha", "bravo", "Charlie", "Delta"]);
}

#[actix_web::test]
async fn a_token_reads_its_own_organization_by_id_and_by_slug() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console.owner_of("eve", "globex").await;
    let token = console.api(&ada.issues("ci").await.text);
    for name in ["acme".to_owned(), ada.organization.to_string()] {
        for slash in ["", "/"] {
            let path = format!("/api/v2/organization/{name}{slash}");
            let organization = token.get(&path).await.is(200).json();
            assert_eq!(organization["slug"], "acme");
            assert_eq!(organization["name"], "Acme");
            assert_eq!(organization["id"], ada.organization.0);
            let at = organization["created_at"].as_str().unwrap();
            assert!(at.parse::<DateTime<Utc>>().is_ok());
        }
    }
    for name in ["globex", "2", "0", "nobody", "9223372036854775808"] {
        let answer = token.get(&format!("/api/v2/organization/{name}")).await.is(404);
        assert_eq!(answer.code(), "ORGANIZATION_NOT_FOUND", "{name}");
    }
}

#[actix_web::test]
async fn a_deleted_token_is_listed_only_where_it_is_asked_for() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (kept, gone) = (ada.issues("kept").await, ada.issues("gone").await);
    let api = console.api(&ada.full_pat("script").await.text);
    let path = format!("/api/v2/organization/tokens/{}/", gone.id);
    api.delete(&path).await.is(204);

    for (query, expected) in [
        ("", vec![kept.id.0]),
        ("?state=revoked", vec![gone.id.0]),
        ("?state=all", vec![gone.id.0, kept.id.0]),
    ] {
        let listed = api.get(&format!("/api/v2/organization/tokens/{query}")).await.is(200).json();
        let ids: Vec<_> =
            listed.as_array().unwrap().iter().map(|token| token["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let json = api.get(&path).await.is(200).json();
    assert_eq!((&json["state"], &json["is_active"]), (&"revoked".into(), &false.into()));
}
