//! Projects, resources, the policy, members and the audit log over the API.
use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::{Api, Console, Person};

const ORGANIZATION: &str = "/api/v2/organization";

async fn console_of_ada() -> (Console, Person, Api) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    (console, ada, api)
}

fn at(rest: &str) -> String {
    format!("{ORGANIZATION}{rest}")
}

#[actix_web::test]
async fn projects_are_created_renamed_and_deleted() {
    let (console, _ada, api) = console_of_ada().await;
    let wish = json!({"project_id": "prd-greenhouse", "name": "Greenhouse"});
    let made = api.post(&at("/projects/"), &wish).await.is(201);
    assert_eq!(made.location(), at("/projects/prd-greenhouse/"));
    let path = made.location().to_owned();
    assert_eq!(api.get(&path).await.is(200).json()["name"], "Greenhouse");
    let renamed = api.patch(&path, &json!({"name": "Glasshouse"})).await.is(200).json();
    assert_eq!(renamed["name"], "Glasshouse");
    assert_eq!(api.get(&at("/projects/")).await.is(200).json(), json!([renamed]));

    let body = json!({"name": "relay", "access_config": {"projects": ["prd-greenhouse"]}});
    let token = api.post(&at("/tokens/"), &body).await.is(201).json();
    let refused = api.delete(&path).await.is(409);
    assert_eq!(refused.code(), "CONFLICT");
    assert!(refused.says("still named by “relay”"), "{}", refused.text);
    api.delete(&at(&format!("/tokens/{}/", token["id"]))).await.is(204);
    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "PROJECT_NOT_FOUND");
    assert_eq!(console.rows("projects"), 0);
}

#[actix_web::test]
async fn a_bad_project_is_refused_and_one_of_others_is_not_there() {
    let (console, ada, api) = console_of_ada().await;
    ada.project("mine").await;
    console.owner_of("eve", "globex").await.project("theirs").await;
    let entries = console.rows("audit_events");
    for (field, body) in [
        ("project_id", json!({"project_id": "Not A Slug", "name": "X"})),
        ("project_id", json!({"name": "X"})),
        ("project_id", json!({"project_id": "mine", "name": "X"})),
        ("name", json!({"project_id": "x", "name": ""})),
        ("colour", json!({"project_id": "x", "name": "X", "colour": 1})),
    ] {
        assert!(
            !api.post(&at("/projects/"), &body).await.is(400).problem(field).is_empty(),
            "{body}"
        );
    }
    for id in ["theirs", "nope", "a%2Fb"] {
        let path = at(&format!("/projects/{id}/"));
        for answer in [
            api.get(&path).await,
            api.patch(&path, &json!({"name": "X"})).await,
            api.delete(&path).await,
        ] {
            assert_eq!(answer.is(404).code(), "PROJECT_NOT_FOUND", "{id}");
        }
    }
    assert_eq!(console.rows("audit_events"), entries);
}

#[actix_web::test]
async fn an_organization_adds_resources_of_its_own() {
    let (_console, _ada, api) = console_of_ada().await;
    let made = api.post(&at("/resources/"), &json!({"name": "harvests"})).await.is(201);
    assert_eq!(made.json(), json!({"name": "harvests", "kind": "own"}));
    let listed = api.get(&at("/resources/")).await.is(200).json();
    let kind = |name: &str| -> Value {
        let listed = listed.as_array().unwrap();
        listed.iter().find(|resource| resource["name"] == name).unwrap()["kind"].clone()
    };
    assert_eq!((kind("tokens"), kind("records")), (json!("control"), json!("data")));
    assert_eq!(kind("harvests"), "own");
    for name in ["harvests", "records", "Not Good", ""] {
        api.post(&at("/resources/"), &json!({"name": name})).await.is(400).problem("name");
    }
    let body = json!({"name": "ci", "access_config": {"permissions": {"harvests": "read"}}});
    let token = api.post(&at("/tokens/"), &body).await.is(201).json();
    let path = made.location().to_owned();
    assert!(api.delete(&path).await.is(409).says("still listed by “ci”"));
    api.patch(&at(&format!("/tokens/{}/", token["id"])), &json!({"access_config": {}}))
        .await
        .is(200);
    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "RESOURCE_NOT_FOUND");
}

#[actix_web::test]
async fn the_policy_is_read_and_replaced() {
    let (console, _ada, api) = console_of_ada().await;
    let usual = json!({"max_lifetime_days": 180, "allow_non_expiring": false});
    assert_eq!(api.get(&at("/policy/")).await.is(200).json(), usual);
    let entries = console.rows("audit_events");
    for (field, body) in [
        ("max_lifetime_days", json!({"max_lifetime_days": 0, "allow_non_expiring": false})),
        ("max_lifetime_days", json!({"max_lifetime_days": 36501, "allow_non_expiring": false})),
        ("max_lifetime_days", json!({"max_lifetime_days": "90", "allow_non_expiring": false})),
        ("max_lifetime_days", json!({"allow_non_expiring": false})),
        ("allow_non_expiring", json!({"max_lifetime_days": 90})),
        ("allow_non_expiring", json!({"max_lifetime_days": 90, "allow_non_expiring": null})),
    ] {
        assert!(!api.put(&at("/policy/"), &body).await.is(400).problem(field).is_empty(), "{body}");
    }
    assert_eq!(console.rows("audit_events"), entries);
    let stricter = json!({"max_lifetime_days": 90, "allow_non_expiring": false});
    assert_eq!(api.put(&at("/policy/"), &stricter).await.is(200).json(), stricter);
    let body = json!({"name": "x", "expires_at": null});
    api.post(&at("/tokens/"), &body).await.is(400);
    assert_eq!(console.audit_actions().last().unwrap(), "policy.changed");
}

#[actix_web::test]
async fn members_are_listed_with_what_they_are() {
    let (console, _ada, api) = console_of_ada().await;
    console.member("bob", Role::Operator).await;
    console.owner_of("eve", "globex").await;
    let members = api.get(&at("/members/")).await.is(200).json();
    assert_eq!(members.as_array().unwrap().len(), 2);
    assert_eq!((&members[0]["name"], &members[0]["role"]), (&json!("ada"), &json!("owner")));
    assert_eq!(
        (&members[1]["email"], &members[1]["role"]),
        (&json!("bob@example.org"), &json!("operator"))
    );
}

#[actix_web::test]
async fn the_audit_log_is_filtered_and_paged_and_of_the_organization_alone() {
    let (console, _ada, api) = console_of_ada().await;
    console.owner_of("eve", "globex").await.issues("elsewhere").await;
    for name in ["a", "b", "c"] {
        api.post(&at("/tokens/"), &json!({"name": name})).await.is(201);
    }
    let created = api.get(&at("/audit/?action=token.created&limit=2")).await.is(200);
    let entries = created.json();
    assert_eq!(
        (&entries[0]["subject"]["name"], &entries[1]["subject"]["name"]),
        (&json!("c"), &json!("b"))
    );
    assert_eq!(entries[0]["actor"]["kind"], "token");
    assert_eq!(entries[0]["actor"]["name"], "ada");
    assert!(entries[0]["request_id"].is_string() && entries[0]["address"] == "127.0.0.1");
    let next = created.header("link").strip_suffix(">; rel=\"next\"").unwrap();
    let next = next.strip_prefix('<').unwrap().strip_prefix(&console.url).unwrap();
    let rest = api.get(next).await.is(200);
    assert_eq!(rest.json().as_array().unwrap().len(), 1);
    assert_eq!((&rest.json()[0]["subject"]["name"], rest.header("link")), (&json!("a"), ""));

    let id = &entries[1]["subject"]["id"];
    let about = api.get(&at(&format!("/audit/?token={id}"))).await.is(200).json();
    assert_eq!(about.as_array().unwrap().len(), 1);
    assert_eq!(api.get(&at("/audit/?actor=eve")).await.is(200).json(), json!([]));
    assert_eq!(api.get(&at("/audit/?until=2020-01-01T00:00:00Z")).await.is(200).json(), json!([]));
}
