//! Members and invitations over the API.
use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::{Api, Console, PASSWORD, Person};

const MEMBERS: &str = "/api/v2/organization/members/";
const INVITATIONS: &str = "/api/v2/organization/invitations/";

async fn console_of_ada() -> (Console, Person, Api) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    (console, ada, api)
}

fn one(person: &Person) -> String {
    format!("{MEMBERS}{}/", person.id)
}

#[actix_web::test]
async fn a_member_is_given_another_role_and_other_projects_and_removed() {
    let (console, ada, api) = console_of_ada().await;
    ada.project("prd-greenhouse").await;
    let bob = console.member("bob", Role::Readonly).await;
    let path = one(&bob);
    let was = api.get(&path).await.is(200).json();
    assert_eq!((&was["role"], &was["all_projects"]), (&json!("readonly"), &json!(true)));

    let now = api.patch(&path, &json!({"role": "operator"})).await.is(200).json();
    assert_eq!((&now["role"], &now["all_projects"]), (&json!("operator"), &json!(true)));
    let listed = json!({"projects": ["prd-greenhouse"]});
    let now = api.patch(&path, &listed).await.is(200).json();
    assert_eq!((&now["all_projects"], &now["projects"]), (&json!(false), &listed["projects"]));
    let now = api.put(&path, &json!({"role": "owner"})).await.is(200).json();
    assert_eq!((&now["role"], &now["all_projects"]), (&json!("owner"), &json!(true)));
    let changes = console.audit_actions().iter().filter(|a| *a == "member.changed").count();
    assert_eq!(changes, 3);
    api.put(&path, &json!({"role": "owner"})).await.is(200);
    assert_eq!(console.audit_actions().iter().filter(|a| *a == "member.changed").count(), 3);

    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "NOT_FOUND");
    assert_eq!(api.get(&path).await.is(404).code(), "NOT_FOUND");
    assert_eq!(console.audit_actions().last().unwrap(), "member.removed");
    assert_eq!(bob.get("/orgs/acme").await.status, 404);
}

#[actix_web::test]
async fn what_is_wrong_with_a_member_is_named_and_changes_nothing() {
    let (console, ada, api) = console_of_ada().await;
    ada.project("prd-greenhouse").await;
    let bob = console.member("bob", Role::Readonly).await;
    let eve = console.owner_of("eve", "globex").await;
    let entries = console.rows("audit_events");
    for (field, body) in [
        ("role", json!({"role": "king"})),
        ("role", json!({"role": null})),
        ("projects", json!({"projects": ["prd-nope"]})),
        ("projects", json!({"all_projects": true, "projects": ["prd-greenhouse"]})),
        ("colour", json!({"colour": 1})),
    ] {
        let refused = api.patch(&one(&bob), &body).await.is(400);
        assert!(!refused.problem(field).is_empty(), "{body}: {}", refused.text);
    }
    assert!(!api.put(&one(&bob), &json!({})).await.is(400).problem("role").is_empty());
    for path in [one(&eve), format!("{MEMBERS}x/")] {
        api.get(&path).await.is(404);
        api.patch(&path, &json!({"role": "owner"})).await.is(404);
        api.delete(&path).await.is(404);
    }
    assert_eq!(console.rows("audit_events"), entries);
}

#[actix_web::test]
async fn the_last_owner_stays_one() {
    let (console, ada, api) = console_of_ada().await;
    let bob = console.member("bob", Role::Manager).await;
    let before = console.rows("audit_events");
    for refused in [
        api.patch(&one(&ada), &json!({"role": "manager"})).await,
        api.put(&one(&ada), &json!({"role": "readonly"})).await,
        api.delete(&one(&ada)).await,
    ] {
        assert_eq!(refused.code(), "CONFLICT");
        assert!(refused.is(409).says("ada is the last owner of Acme"));
    }
    assert_eq!(console.rows("audit_events"), before);

    api.patch(&one(&bob), &json!({"role": "owner"})).await.is(200);
    console.texts(&format!(
        "UPDATE users SET disabled_at = now() WHERE id = {} RETURNING name AS text",
        bob.id
    ));
    assert_eq!(api.delete(&one(&ada)).await.is(409).code(), "CONFLICT", "bob cannot act");
    console.texts(&format!(
        "UPDATE users SET disabled_at = NULL WHERE id = {} RETURNING name AS text",
        bob.id
    ));
    api.delete(&one(&ada)).await.is(204);
    assert_eq!(api.get(MEMBERS).await.status, 403, "ada is in no organization any more");
}

#[actix_web::test]
async fn of_two_owners_who_remove_each_other_at_once_one_stays() {
    use jeton::organizations;
    let console = Console::start().await;
    for round in 0..8 {
        let slug = format!("round-{round}");
        let ada = console.owner_of("ada", &slug).await;
        let bob = console.owner_of("bob", &slug).await;
        let remove = |by: &Person, whom: &Person| {
            let (by, organization, whom) = (by.actor(), by.organization, whom.id);
            console
                .app
                .db
                .write(move |tx| organizations::remove_member(tx, &by, organization, whom))
        };
        let demote = |by: &Person, whom: &Person| {
            let (by, organization, whom) = (by.actor(), by.organization, whom.id);
            console.app.db.write(move |tx| {
                let wish = organizations::Seat::of(jeton::access::Standing::Role(Role::Readonly));
                let giver = jeton::access::Grant::of_owner();
                organizations::change_member(tx, &by, organization, whom, |_| Ok(wish), &giver)
            })
        };
        let outcomes = if round % 2 == 0 {
            let (one, other) = tokio::join!(remove(&ada, &bob), remove(&bob, &ada));
            [one.is_ok(), other.is_ok()]
        } else {
            let (one, other) = tokio::join!(demote(&ada, &ada), demote(&bob, &bob));
            [one.is_ok(), other.is_ok()]
        };
        assert_eq!(outcomes.iter().filter(|done| **done).count(), 1, "round {round}");
    }
    let owners = "SELECT count(*)::text AS text FROM memberships WHERE role = 'owner'";
    assert_eq!(console.texts(owners), ["8"]);
}

#[actix_web::test]
async fn an_owner_who_was_demoted_meanwhile_changes_nothing_any_more() {
    use jeton::organizations;
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    let cleo = console.member("cleo", Role::Readonly).await;
    console.texts(&format!(
        "UPDATE memberships SET role = 'manager' WHERE user_id = {} RETURNING role AS text",
        ada.id
    ));
    // What her request does once it gets there.
    let (by, organization, whom) = (ada.actor(), ada.organization, cleo.id);
    let late =
        console.app.db.write(move |tx| organizations::remove_member(tx, &by, organization, whom));
    let refused = late.await.unwrap_err().to_string();
    assert!(refused.contains("no owner of this organization any more"), "{refused}");
    assert_eq!(bob.get("/orgs/acme/access/members").await.status, 200);
    assert_eq!(console.rows("memberships"), 3);
}

#[actix_web::test]
async fn an_invitation_shows_its_link_once_and_is_withdrawn() {
    let (console, ada, api) = console_of_ada().await;
    ada.project("prd-greenhouse").await;
    let wish = json!({"email": "bob@example.org", "role": "operator", "projects": ["prd-greenhouse"], "days": 3});
    let made = api.post(INVITATIONS, &wish).await.is(201);
    let mut invitation = made.json();
    let link = invitation.as_object_mut().unwrap().remove("link").unwrap();
    let (start, code) = link.as_str().unwrap().split_once('#').unwrap();
    assert_eq!((start, code.len()), (format!("{}/invitations", console.url).as_str(), 64));
    let listed = api.get(INVITATIONS).await.is(200);
    assert_eq!(listed.json(), json!([invitation]));
    assert!(!listed.says(code));
    assert_eq!(
        (&invitation["created_by"], &invitation["role"]),
        (&json!("ada"), &json!("operator"))
    );

    let path = made.location().to_owned();
    api.delete(&path).await.is(204);
    assert_eq!(api.delete(&path).await.is(404).code(), "NOT_FOUND");
    assert_eq!(api.get(INVITATIONS).await.is(200).json(), json!([]));
    let actions = console.audit_actions();
    assert!(actions.ends_with(&["invitation.created", "invitation.withdrawn"].map(String::from)));
    for (field, body) in [
        ("role", json!({})),
        ("role", json!({"role": "king"})),
        ("email", json!({"role": "owner", "email": "bob"})),
        ("email", json!({"role": "owner", "email": "ada@example.org"})),
        ("days", json!({"role": "owner", "days": 31})),
        ("days", json!({"role": "owner", "days": 0})),
        ("projects", json!({"role": "readonly", "projects": ["nope"]})),
    ] {
        let refused = api.post(INVITATIONS, &body).await.is(400);
        assert!(!refused.problem(field).is_empty(), "{body}: {}", refused.text);
    }
    let eve = console.owner_of("eve", "globex").await;
    let made = api.post(INVITATIONS, &json!({"role": "readonly"})).await.is(201);
    let elsewhere = console.api(&eve.full_pat("all").await.text);
    elsewhere.delete(made.location()).await.is(404);
}

#[actix_web::test]
async fn power_is_only_passed_down_to_members_too() {
    let (console, ada, _) = console_of_ada().await;
    let bob = console.member("bob", Role::Manager).await;
    let narrow = console.api(&ada.pat("members", &["members:manage"]).await.text);
    for refused in [
        narrow.post(INVITATIONS, &json!({"role": "readonly"})).await,
        narrow.patch(&one(&bob), &json!({"role": "owner"})).await,
    ] {
        assert!(refused.is(403).says("power is only passed down"));
    }
    narrow.patch(&one(&bob), &json!({"role": "readonly"})).await.is(200);
    narrow.delete(&one(&bob)).await.is(204);
    let reader = console.api(&ada.pat("reader", &["members:read"]).await.text);
    reader.get(MEMBERS).await.is(200);
    reader.get(INVITATIONS).await.is(200);
    let refused = reader.delete(&one(&ada)).await.is(403);
    assert!(refused.header("www-authenticate").contains("scope=\"members:manage\""));
}

#[actix_web::test]
async fn members_are_found_and_listed_by_pages() {
    let (console, _ada, api) = console_of_ada().await;
    for name in ["dora", "cleo", "bob"] {
        console.member(name, Role::Readonly).await;
    }
    let names = |listed: &Value| -> Vec<String> {
        let listed = listed.as_array().unwrap();
        listed.iter().map(|member| member["name"].as_str().unwrap().to_owned()).collect()
    };
    let first = api.get(&format!("{MEMBERS}?limit=3")).await.is(200);
    assert_eq!(names(&first.json()), ["ada", "bob", "cleo"]);
    let next = first.header("link").strip_suffix(">; rel=\"next\"").unwrap();
    let next = next.strip_prefix('<').unwrap().strip_prefix(&console.url).unwrap();
    let rest = api.get(next).await.is(200);
    assert_eq!((names(&rest.json()), rest.header("link")), (vec!["dora".to_owned()], ""));
    let found = api.get(&format!("{MEMBERS}?search=CLEO%40")).await.is(200);
    assert_eq!(names(&found.json()), ["cleo"]);
    assert!(!api.get(&format!("{MEMBERS}?after=x")).await.is(400).problem("after").is_empty());
}

#[actix_web::test]
async fn a_member_is_created_with_a_link_that_sets_their_password() {
    let (console, ada, api) = console_of_ada().await;
    ada.project("prd-greenhouse").await;
    let wish = json!({"name": "Cleo", "email": "cleo@example.org", "role": "operator", "projects": ["prd-greenhouse"]});
    let made = api.post(MEMBERS, &wish).await.is(201);
    let said = made.json();
    assert_eq!(said["member"]["projects"], json!(["prd-greenhouse"]));
    assert_eq!(api.get(made.location()).await.is(200).json(), said["member"]);
    let url = said["password_link"]["url"].as_str().unwrap();
    let code = url.strip_prefix(&format!("{}/password#", console.url)).unwrap();
    let set = [("code", code), ("password", PASSWORD)];
    assert_eq!(console.stranger().post("/password", &set).await.status, 303);

    let reader = ada.pat("people", &["members:manage"]).await;
    let (people, entries) = (console.rows("users"), console.rows("audit_events"));
    assert!(!api.post(MEMBERS, &wish).await.is(400).problem("email").is_empty());
    let wrong = json!({"name": "", "email": "x", "role": "operator", "projects": ["prd-nope"]});
    let refused = api.post(MEMBERS, &wrong).await.is(400);
    for field in ["name", "email", "projects"] {
        assert!(!refused.problem(field).is_empty(), "{field}");
    }
    // Power is only passed down, and nobody is made for a seat that is refused.
    let other = json!({"name": "Dan", "email": "dan@example.org", "role": "owner"});
    console.api(&reader.text).post(MEMBERS, &other).await.is(403);
    assert_eq!((console.rows("users"), console.rows("audit_events")), (people, entries));
}
