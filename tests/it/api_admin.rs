//! Users and organizations of the instance over the API.
use serde_json::{Value, json};

use crate::support::{Api, Console, PASSWORD, Person};

const USERS: &str = "/api/v2/admin/users/";
const ORGANIZATIONS: &str = "/api/v2/admin/organizations/";
const KEYS: &str = "/api/v2/admin/keys/";

async fn console_of_root() -> (Console, Person, Api) {
    let console = Console::start().await;
    let root = console.admin("root").await;
    let api = console.api(&root.full_pat("all").await.text);
    (console, root, api)
}

#[actix_web::test]
async fn a_user_is_made_with_a_link_changed_and_never_left_without_an_admin() {
    let (console, root, api) = console_of_root().await;
    let wish = json!({"name": "Björn", "email": "bjorn@example.org"});
    let made = api.post(USERS, &wish).await.is(201);
    let (path, said) = (made.location().to_owned(), made.json());
    assert_eq!(said["user"]["has_password"], false);
    let url = said["password_link"]["url"].as_str().unwrap();
    let code = url.strip_prefix(&format!("{}/password#", console.url)).unwrap();
    let set = [("code", code), ("password", PASSWORD)];
    assert_eq!(console.stranger().post("/password", &set).await.status, 303);
    assert_eq!(api.get(&path).await.is(200).json()["has_password"], true);
    assert!(!api.post(USERS, &wish).await.is(400).problem("email").is_empty());

    let off = api.patch(&path, &json!({"is_active": false, "is_admin": true})).await.is(200).json();
    assert_eq!((&off["is_active"], &off["is_admin"]), (&json!(false), &json!(true)));
    api.post(&format!("{path}password-link/"), &json!({})).await.is(409);
    let mine = format!("{USERS}{}/", root.id);
    api.patch(&mine, &json!({"is_admin": false})).await.is(409);
    api.patch(&path, &json!({"is_active": true})).await.is(200);
    api.post(&format!("{path}password-link/"), &json!({})).await.is(200);
    api.patch(&mine, &json!({"is_admin": false})).await.is(200);
    api.get(USERS).await.is(403);
    let actions = console.audit_actions();
    for action in
        ["user.created", "password_link.made", "user.disabled", "admin.added", "admin.removed"]
    {
        assert!(actions.contains(&action.to_owned()), "{action}");
    }
}

#[actix_web::test]
async fn users_and_organizations_are_listed_in_pages() {
    let (console, _root, api) = console_of_root().await;
    for name in ["ada", "bea", "cleo"] {
        console.owner_of(name, &format!("of-{name}")).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let items = page.as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    for (path, all) in [(USERS, 4), (ORGANIZATIONS, 4)] {
        let first = api.get(&format!("{path}?limit=3")).await.is(200);
        let next = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
        let rest = api.get(next.strip_prefix(&console.url).unwrap()).await.is(200);
        assert_eq!(rest.header("link"), "");
        assert_eq!([names(&first.json()), names(&rest.json())].concat().len(), all);
        assert_eq!(names(&api.get(&format!("{path}?search=BEA")).await.json()).len(), 1);
        assert!(!api.get(&format!("{path}?limit=0")).await.is(400).problem("limit").is_empty());
        assert!(api.get(&format!("{path}999/")).await.is(404).code().ends_with("NOT_FOUND"));
    }
}

#[actix_web::test]
async fn an_organization_is_made_suspended_and_resumed() {
    let (console, _root, api) = console_of_root().await;
    let ada = console.owner("ada").await;
    let wish = json!({"slug": "globex", "name": "Globex", "owner_id": ada.id.0});
    let made = api.post(ORGANIZATIONS, &wish).await.is(201);
    assert_eq!(ada.get("/orgs/globex/settings").await.status, 200);
    let nobody = json!({"slug": "other", "name": "Other", "owner_id": 999});
    assert!(!api.post(ORGANIZATIONS, &nobody).await.is(400).problem("owner_id").is_empty());

    let path = made.location();
    for (suspended, status) in [(true, 404), (true, 404), (false, 200)] {
        let said = api.patch(path, &json!({"is_suspended": suspended})).await.is(200).json();
        assert_eq!(said["is_suspended"], suspended);
        assert_eq!(ada.get("/orgs/globex").await.status, status);
    }
    let told = console.audit_actions();
    let told: Vec<_> = told.iter().filter(|action| action.contains("suspended")).collect();
    assert_eq!(told.len(), 1, "what is so already is not done again");
}

#[actix_web::test]
async fn signing_keys_are_listed_rotated_and_withdrawn() {
    let (console, _root, api) = console_of_root().await;
    let keys = api.get(KEYS).await.is(200).json();
    assert_eq!((keys.as_array().unwrap().len(), &keys[0]["state"]), (1, &json!("signing")));
    assert!(keys[0].get("sealed").is_none() && keys[0].get("private").is_none());

    let next = api.post(KEYS, &json!({"algorithm": "RS256"})).await.is(201).json();
    assert_eq!((&next["algorithm"], &next["state"]), (&json!("RS256"), &json!("waiting")));
    api.post(KEYS, &json!({})).await.is(409);
    assert!(
        !api.post(KEYS, &json!({"algorithm": "HS256"}))
            .await
            .is(400)
            .problem("algorithm")
            .is_empty()
    );

    let first = format!("{KEYS}{}/", keys[0]["kid"].as_str().unwrap());
    api.delete(&first).await.is(204);
    assert_eq!(api.delete(&first).await.is(404).code(), "NOT_FOUND");
    let states = api.get(KEYS).await.is(200).json();
    let states: Vec<_> = states.as_array().unwrap().iter().map(|key| &key["state"]).collect();
    assert_eq!(states, ["signing", "gone"], "the one that waited took over");
    let actions = console.audit_actions();
    assert!(actions.contains(&"key.rotated".into()) && actions.contains(&"key.withdrawn".into()));

    let ada = console.owner("ada").await;
    let owner = console.api(&ada.full_pat("all").await.text);
    owner.get(KEYS).await.is(403);
    owner.post(KEYS, &json!({})).await.is(403);
}

#[actix_web::test]
async fn an_admin_reads_how_the_instance_is() {
    let (console, _root, api) = console_of_root().await;
    let health = api.get("/api/v2/admin/health/").await.is(200).json();
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["database"]["is_well"], true);
    assert_eq!((&health["waiting_deliveries"], &health["stale_keys"]), (&json!(0), &json!(0)));
    assert!(
        health["connections"]["most"].as_u64().unwrap()
            >= health["connections"]["open"].as_u64().unwrap()
    );
    let ada = console.owner("ada").await;
    console.api(&ada.full_pat("all").await.text).get("/api/v2/admin/health/").await.is(403);
}

#[actix_web::test]
async fn what_is_done_to_the_instance_stands_in_a_log_of_its_own() {
    let (console, root, api) = console_of_root().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let rule = json!({"max_lifetime_days": 90, "allow_non_expiring": true});
    api.put("/api/v2/admin/policy/", &rule).await.is(200);
    let log = api.get("/api/v2/admin/audit/?limit=1").await.is(200);
    let entry = &log.json()[0];
    assert_eq!(entry["actor"]["name"], root.name.as_str());
    assert_eq!(entry["action"], "policy.changed");
    assert!(log.header("link").contains("after="));
    let all = api.get("/api/v2/admin/audit/?limit=200").await.is(200).text;
    assert!(!all.contains("project.created"), "that is of an organization");
    let owner = console.api(&ada.full_pat("all").await.text);
    owner.get("/api/v2/admin/audit/").await.is(403);

    let page = root.get("/admin/audit").await.is(200);
    assert!(page.says("changed the policy of") && !page.says("prd-greenhouse"));
    let named = root.get("/admin/audit?action=policy.changed&who=root").await.is(200);
    assert!(named.says("changed the policy of"));
    assert!(root.get("/admin/audit?who=nobody").await.is(200).says("Nothing matches"));
    assert!(root.get("/admin/audit?from=soon").await.is(422).says("Choose a day"));
    for (kind, starts) in [("csv", "id,at"), ("ndjson", "{\"id\"")] {
        let file = root.get(&format!("/admin/audit/export.{kind}?action=policy.changed")).await;
        let file = file.is(200);
        assert!(file.text.starts_with(starts) && file.says("policy.changed"));
        assert!(file.header("content-disposition").contains("audit-instance-"));
    }
}
