//! Service accounts and their tokens over the API: the manners, and that nothing escalates.
use std::time::{Duration, Instant};

use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Console, Person};

const ACCOUNTS: &str = "/api/v2/organization/service-accounts/";

async fn owner_api(console: &Console, ada: &Person) -> Api {
    console.api(&ada.full_pat("script").await.text)
}

fn tokens_of(account: &Value) -> String {
    format!("{ACCOUNTS}{}/tokens/", account["id"])
}

#[actix_web::test]
async fn an_account_is_made_changed_listed_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let api = owner_api(&console, &ada).await;
    let access = json!({"role": "operator", "projects": ["greenhouse"]});
    let wish = json!({"name": " Deployer ", "description": "Ships", "access_config": access});
    let made = api.post(ACCOUNTS, &wish).await.is(201);
    let account = made.json();
    assert_eq!(made.location(), format!("{ACCOUNTS}{}/", account["id"]));
    assert_eq!((&account["name"], &account["is_active"]), (&json!("Deployer"), &json!(true)));
    assert_eq!(account["access_config"]["projects"], json!(["greenhouse"]));
    assert_eq!((&account["tokens"], &account["last_used_at"]), (&json!(0), &Value::Null));

    let path = made.location().to_owned();
    api.post(&tokens_of(&account), &json!({"name": "one"})).await.is(201);
    let changed = api.patch(&path, &json!({"description": "Ships daily"})).await.is(200).json();
    assert_eq!((&changed["description"], &changed["tokens"]), (&json!("Ships daily"), &json!(1)));
    assert_eq!(changed["access_config"]["role"], "operator");
    let replaced = api.put(&path, &json!({"name": "Shipper"})).await.is(200).json();
    assert_eq!((&replaced["description"], &replaced["name"]), (&json!(""), &json!("Shipper")));
    assert_eq!(replaced["access_config"]["role"], "readonly");

    assert_eq!(api.get(ACCOUNTS).await.is(200).json()[0]["name"], "Shipper");
    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "SERVICE_ACCOUNT_NOT_FOUND");
    assert_eq!(api.get(ACCOUNTS).await.is(200).json(), json!([]));
    api.post(ACCOUNTS, &json!({"name": "Shipper"})).await.is(201);
    let trail = console.audit_actions();
    for action in ["service_account.created", "service_account.changed", "service_account.deleted"]
    {
        assert!(trail.iter().any(|done| done == action), "{action} is not in {trail:?}");
    }
}

#[actix_web::test]
async fn what_cannot_be_is_refused_by_name() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = owner_api(&console, &ada).await;
    api.post(ACCOUNTS, &json!({"name": "Deployer"})).await.is(201);
    let rows = console.rows("service_accounts");
    for (wish, field) in [
        (json!({}), "name"),
        (json!({"name": "Deployer"}), "name"),
        (json!({"name": "x".repeat(81)}), "name"),
        (json!({"name": "x", "description": "y".repeat(501)}), "description"),
        (json!({"name": "x", "colour": "red"}), "colour"),
        (json!({"name": "x", "access_config": {"projects": ["no"]}}), "access_config.projects"),
        (json!({"name": "x", "access_config": {"role": "owner"}}), "access_config.role"),
        (
            json!({"name": "x", "access_config": {"permissions": {"tokens": "read"}}}),
            "access_config.permissions",
        ),
        (
            json!({"name": "x", "access_config": {"role": "manager", "permissions": {"projects": "write"}}}),
            "access_config.permissions",
        ),
    ] {
        let answer = api.post(ACCOUNTS, &wish).await.is(400);
        assert!(!answer.problem(field).is_empty(), "{field}: {}", answer.text);
    }
    assert_eq!(console.rows("service_accounts"), rows);
    let listed =
        json!({"name": "Gateway", "access_config": {"permissions": {"introspection": "read"}}});
    api.post(ACCOUNTS, &listed).await.is(201);
    for path in ["0/", "x/", "999999/", "999999/tokens/", "999999/tokens/1/"] {
        let answer = api.get(&format!("{ACCOUNTS}{path}")).await.is(404);
        assert_eq!(answer.code(), "SERVICE_ACCOUNT_NOT_FOUND", "{path}");
    }
}

#[actix_web::test]
async fn a_token_is_made_shown_once_changed_rotated_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = owner_api(&console, &ada).await;
    let account = api.post(ACCOUNTS, &json!({"name": "Deployer"})).await.is(201).json();
    let tokens = tokens_of(&account);
    let made = api.post(&tokens, &json!({"name": "cluster"})).await.is(201);
    let (token, path) = (made.json(), made.location().to_owned());
    assert_eq!(path, format!("{tokens}{}/", token["id"]));
    let text = token["token"].as_str().unwrap().to_owned();
    assert!(text.starts_with("jtn_sat_") && text.len() == 57);
    assert!(token["expires_at"].is_string(), "the organization's policy ends it");
    console.api(&text).get("/api/v2/token/").await.is(200);
    let shown = api.get(&path).await.is(200).json();
    assert_eq!(shown["token"], format!("{}...", &text[..16]));
    assert!(
        !api.post(&tokens, &json!({"name": "cluster"})).await.is(400).problem("name").is_empty()
    );
    let never = json!({"name": "x", "expires_at": null});
    assert!(!api.post(&tokens, &never).await.is(400).problem("expires_at").is_empty());
    let power = json!({"name": "x", "access_config": {}});
    assert!(!api.post(&tokens, &power).await.is(400).problem("access_config").is_empty());

    let rotate = format!("{path}rotate/");
    let with_key = || api.request("POST", &rotate).header("Idempotency-Key", "k1");
    let first = Answer::to(with_key().json(&json!({"grace_seconds": 0}))).await.is(200).json();
    console.api(&text).get("/api/v2/token/").await.is(401);
    let again = Answer::to(with_key().json(&json!({"grace_seconds": 0}))).await.is(200).json();
    assert_ne!(first["token"], again["token"], "the lost one is replaced");
    let text = again["token"].as_str().unwrap().to_owned();
    console.api(&text).get("/api/v2/token/").await.is(200);

    assert_eq!(
        api.patch(&path, &json!({"is_active": false})).await.is(200).json()["state"],
        "disabled"
    );
    console.api(&text).get("/api/v2/token/").await.is(401);
    api.patch(&path, &json!({"is_active": true, "name": "pod"})).await.is(200);
    console.api(&text).get("/api/v2/token/").await.is(200);
    assert_eq!(api.get(&tokens).await.is(200).json()[0]["name"], "pod");
    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "TOKEN_NOT_FOUND");
    console.api(&text).get("/api/v2/token/").await.is(401);
    assert_eq!(api.get(&tokens).await.is(200).json(), json!([]));
}

#[actix_web::test]
async fn what_happens_to_an_account_happens_to_its_tokens_here_at_once_and_soon_elsewhere() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    let api = owner_api(&here, &ada).await;
    let wish =
        json!({"name": "Deployer", "access_config": {"role": "operator", "all_projects": true}});
    let path = api.post(ACCOUNTS, &wish).await.is(201).location().to_owned();
    let made = api.post(&format!("{path}tokens/"), &json!({"name": "one"})).await.is(201).json();
    let text = made["token"].as_str().unwrap().to_owned();
    let gate = "/forward-auth/nginx?require=records:write";
    let narrow = json!({"access_config": {"role": "readonly", "all_projects": true}});
    for (method, body, status, why) in [
        ("PATCH", json!({"is_active": false}), 401, "service account is disabled"),
        ("PATCH", json!({"is_active": true}), 200, ""),
        ("PATCH", narrow, 403, "records:write"),
        ("PUT", wish.clone(), 200, ""),
        ("DELETE", json!({}), 401, "service account was deleted"),
    ] {
        let answer = api.request(method, &path).json(&body).send().await.unwrap();
        assert!(answer.status().is_success());
        let said = here.api(&text).get(gate).await.is(status);
        assert!(said.says(why), "{}", said.text);
        let start = Instant::now();
        while there.api(&text).get(gate).await.status != status {
            assert!(start.elapsed() < Duration::from_secs(10), "{why} was never heard of");
        }
    }
    let revoked =
        "SELECT count(*)::text AS text FROM tokens WHERE kind = 'sat' AND revoked_at IS NULL";
    assert_eq!(here.texts(revoked), ["0"]);
}

#[actix_web::test]
async fn power_over_accounts_is_only_passed_down() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let wide = ada.account("Wide", Role::Manager, &[]).await;
    let sat = ada.sat(&wide, "wide").await;
    let held = ["service_accounts:manage", "records:read"];
    let narrow = console.api(&ada.pat("narrow", &held).await.text);
    let reading = json!({"permissions": {"records": "read"}, "all_projects": true});
    let made = narrow.post(ACCOUNTS, &json!({"name": "Reader", "access_config": reading})).await;
    let reader = made.is(201).json();
    narrow.post(&tokens_of(&reader), &json!({"name": "one"})).await.is(201);

    let at = |id: i64| format!("{ACCOUNTS}{id}/");
    let (mine, theirs) = (at(reader["id"].as_i64().unwrap()), at(wide.id.0));
    let events = json!({"permissions": {"events": "read"}, "all_projects": true});
    let writing =
        json!({"role": "operator", "permissions": {"records": "write"}, "all_projects": true});
    for (method, path, body) in [
        (
            "POST",
            ACCOUNTS.to_owned(),
            json!({"name": "x", "access_config": {"all_projects": true}}),
        ),
        ("POST", ACCOUNTS.to_owned(), json!({"name": "x", "access_config": events})),
        ("PATCH", mine.clone(), json!({"access_config": writing})),
        ("PUT", mine, json!({"name": "Reader", "access_config": writing})),
        ("POST", format!("{theirs}tokens/"), json!({"name": "x"})),
        ("POST", format!("{theirs}tokens/{}/rotate/", sat.id), json!({})),
        ("PATCH", format!("{theirs}tokens/{}/", sat.id), json!({"may_rotate_itself": true})),
    ] {
        let answer = Answer::to(narrow.request(method, &path).json(&body)).await.is(403);
        assert!(answer.says("only passed down"), "{method} {path}: {}", answer.text);
    }
    // What only takes away is theirs to do; what gives back is not.
    narrow.patch(&theirs, &json!({"is_active": false})).await.is(200);
    narrow.patch(&theirs, &json!({"is_active": true})).await.is(403);

    let reads = console.api(&ada.pat("reads", &["service_accounts:read"]).await.text);
    reads.get(ACCOUNTS).await.is(200);
    assert!(
        reads.post(ACCOUNTS, &json!({"name": "x"})).await.is(403).says("service_accounts:manage")
    );
    let oat = console.api(&ada.issues_as("ci", Role::Manager, &[]).await.text);
    oat.get(ACCOUNTS).await.is(403);
    let bob = console.member("bob", Role::Manager).await;
    console.api(&bob.full_pat("x").await.text).get(ACCOUNTS).await.is(403);
}

#[actix_web::test]
async fn a_token_hands_its_lifetime_on_to_no_account_that_outlives_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = owner_api(&console, &ada).await;
    let reading = json!({"permissions": {"records": "read"}, "all_projects": true});
    let made = api.post(ACCOUNTS, &json!({"name": "Reader", "access_config": reading})).await;
    let path = made.is(201).location().to_owned();
    api.post(&format!("{path}tokens/"), &json!({"name": "long"})).await.is(201);
    let soon = chrono::Utc::now() + chrono::TimeDelta::hours(1);
    let wish = json!({"name": "short", "expires_at": soon.to_rfc3339()});
    let short = api.post("/api/v2/user/tokens/", &wish).await.is(201).json();
    let short = console.api(short["token"].as_str().unwrap());
    let more = json!({"permissions": {"records": "read", "events": "read"}, "all_projects": true});
    let answer = short.patch(&path, &json!({"access_config": more})).await.is(403);
    assert!(answer.says("outlives"), "{}", answer.text);
    api.patch(&path, &json!({"access_config": more})).await.is(200);
}

#[actix_web::test]
async fn no_token_of_an_account_manages_anything() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let account = ada.account("Everything", Role::Manager, &[]).await;
    let sat = console.api(&ada.sat(&account, "one").await.text);
    let own = format!("{ACCOUNTS}{}/", account.id);
    let wider = json!({"access_config": {"role": "manager", "all_projects": true}});
    for (method, path, body) in [
        ("GET", ACCOUNTS, json!({})),
        ("POST", ACCOUNTS, json!({"name": "x"})),
        ("PATCH", own.as_str(), wider),
        ("DELETE", own.as_str(), json!({})),
        ("POST", "/api/v2/organization/tokens/", json!({"name": "x"})),
        ("GET", "/api/v2/organization/members/", json!({})),
        ("POST", "/api/v2/organization/projects/", json!({"project_id": "x", "name": "x"})),
        ("GET", "/api/v2/user/tokens/", json!({})),
        ("POST", "/api/v2/token/rotate/", json!({})),
    ] {
        let answer = Answer::to(sat.request(method, path).json(&body)).await.is(403);
        assert!(!answer.says("an organization token"), "{}", answer.text);
    }
    sat.get("/api/v2/organization/acme/").await.is(200);
    sat.delete("/api/v2/token/").await.is(204);
    sat.get("/api/v2/token/").await.is(401);
}

#[actix_web::test]
async fn accounts_of_others_are_not_there() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    let account = ada.account("Deployer", Role::Operator, &[]).await;
    let other = ada.account("Other", Role::Operator, &[]).await;
    let sat = ada.sat(&account, "one").await;
    let foreign = owner_api(&console, &eve).await;
    let mine = owner_api(&console, &ada).await;
    let at = |account: i64| format!("{ACCOUNTS}{account}/");
    let token = |account: i64| format!("{}tokens/{}/", at(account), sat.id);
    for (method, path, body) in [
        ("GET", at(account.id.0), json!({})),
        ("PATCH", at(account.id.0), json!({"name": "x"})),
        ("DELETE", at(account.id.0), json!({})),
        ("POST", format!("{}tokens/", at(account.id.0)), json!({"name": "x"})),
        ("DELETE", token(account.id.0), json!({})),
    ] {
        Answer::to(foreign.request(method, &path).json(&body)).await.is(404);
    }
    for (method, path) in [
        ("GET", token(other.id.0)),
        ("DELETE", token(other.id.0)),
        ("GET", format!("/api/v2/organization/tokens/{}/", sat.id)),
        ("DELETE", format!("/api/v2/organization/tokens/{}/", sat.id)),
    ] {
        Answer::to(mine.request(method, &path)).await.is(404);
    }
    console.api(&sat.text).get("/api/v2/token/").await.is(200);
}

#[actix_web::test]
async fn pages_by_key_show_each_account_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for name in ["b", "A", "c_1", "D", "c%2", "e"] {
        ada.account(name, Role::Readonly, &[]).await;
    }
    let api = owner_api(&console, &ada).await;
    let (mut seen, mut next) = (Vec::new(), format!("{ACCOUNTS}?limit=2"));
    loop {
        let answer = api.get(&next).await.is(200);
        let page = answer.json();
        seen.extend(page.as_array().unwrap().iter().map(|one| one["name"].to_string()));
        let link = answer.header("link");
        let Some((to, _)) = link.trim_start_matches('<').split_once('>') else { break };
        next = to.trim_start_matches(&console.url).to_owned();
    }
    assert_eq!(seen.join(" "), r#""A" "b" "c%2" "c_1" "D" "e""#);
    let found = api.get(&format!("{ACCOUNTS}?search=c_")).await.is(200).json();
    assert_eq!(found.as_array().unwrap().len(), 1);
    for (query, field) in [("after=x", "after"), ("limit=0", "limit"), ("sort=name", "sort")] {
        let answer = api.get(&format!("{ACCOUNTS}?{query}")).await.is(400);
        assert!(!answer.problem(field).is_empty(), "{query}: {}", answer.text);
    }
}
