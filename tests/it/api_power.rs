//! Who may do what over the API, and that power is only passed down.
use chrono::TimeDelta;
use jeton::access::{AccessConfig, Projects, Role};
use jeton::policies::{Expiry, PersonalWish, Wish};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Console, Person, TestToken, picked};

const TOKENS: &str = "/api/v2/organization/tokens/";

fn path(id: impl std::fmt::Display) -> String {
    format!("{TOKENS}{id}/")
}

/// Every call that is for owners.
async fn owner_calls(api: &Api, token: &TestToken) -> Vec<Answer> {
    vec![
        api.get(TOKENS).await,
        api.post(TOKENS, &json!({"name": "escalated"})).await,
        api.get(&path(token.id)).await,
        api.put(&path(token.id), &json!({"name": "escalated"})).await,
        api.patch(&path(token.id), &json!({"access_config": {"role": "manager"}})).await,
        api.delete(&path(token.id)).await,
        api.post(&format!("{}rotate/", path(token.id)), &json!({})).await,
        api.post("/api/v2/organization/projects/", &json!({"project_id": "x", "name": "X"})).await,
        api.patch("/api/v2/organization/projects/prd/", &json!({"name": "X"})).await,
        api.delete("/api/v2/organization/projects/prd/").await,
        api.post("/api/v2/organization/resources/", &json!({"name": "x"})).await,
        api.delete("/api/v2/organization/resources/x/").await,
        api.get("/api/v2/organization/policy/").await,
        api.put(
            "/api/v2/organization/policy/",
            &json!({"max_lifetime_days": null, "allow_non_expiring": true}),
        )
        .await,
        api.get("/api/v2/organization/members/").await,
        api.get("/api/v2/organization/audit/").await,
    ]
}

#[actix_web::test]
async fn an_organization_token_cannot_manage_tokens() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let victim = ada.issues("victim").await;
    for (role, permissions) in [
        (Role::Readonly, &[][..]),
        (Role::Operator, &[]),
        (Role::Manager, &[]),
        (Role::Manager, &["organization:read", "introspection:read", "secrets:manage"]),
    ] {
        let name = format!("{role} {}", permissions.len());
        let token = ada.issues_as(&name, role, permissions).await;
        let (rows, entries) = (console.rows("tokens"), console.rows("audit_events"));
        for answer in owner_calls(&console.api(&token.text), &victim).await {
            let answer = answer.is(403);
            assert_eq!(answer.code(), "FORBIDDEN");
            assert!(answer.says("an organization token cannot do this"), "{}", answer.text);
            let challenge = answer.header("www-authenticate").to_owned();
            assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
            assert!(challenge.contains("scope=\""), "{challenge}");
        }
        for path in ["/api/v2/user/tokens/", "/api/v2/user/tokens/1/"] {
            console.api(&token.text).get(path).await.is(403);
        }
        assert_eq!((console.rows("tokens"), console.rows("audit_events")), (rows, entries));
    }
}

#[actix_web::test]
async fn a_permission_written_into_the_table_by_hand_still_gives_a_token_no_control() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues_as("ci", Role::Manager, &["records:read"]).await;
    console.texts(
        "UPDATE tokens SET permissions = '{\"tokens\": \"manage\", \"members\": \"read\"}'
         RETURNING name AS text",
    );
    for answer in owner_calls(&console.api(&token.text), &token).await {
        answer.is(403);
    }
}

#[actix_web::test]
async fn a_member_who_is_no_owner_is_told_whom_to_ask() {
    let console = Console::start().await;
    let victim = console.owner("ada").await.issues("victim").await;
    for role in Role::ALL {
        let bob = console.member(&format!("bob-{role}"), role).await;
        for pat in [bob.full_pat("all").await, bob.pat("tokens", &["tokens:manage"]).await] {
            for answer in owner_calls(&console.api(&pat.text), &victim).await {
                let answer = answer.is(403);
                assert!(answer.says("only owners of acme can do this"), "{}", answer.text);
            }
        }
    }
}

#[actix_web::test]
async fn a_narrow_token_of_an_owner_does_what_it_holds_and_no_more() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("ci").await;
    let reader = console.api(&ada.pat("reader", &["tokens:read"]).await.text);
    reader.get(TOKENS).await.is(200);
    reader.get(&path(token.id)).await.is(200);
    let refused = reader.post(TOKENS, &json!({"name": "x"})).await.is(403);
    assert!(refused.header("www-authenticate").ends_with("scope=\"tokens:manage\""));
    assert!(refused.says("does not hold tokens:manage"), "{}", refused.text);
    reader.delete(&path(token.id)).await.is(403);
    reader.get("/api/v2/organization/acme").await.is(403);
    reader.get("/api/v2/organization/audit/").await.is(403);
    let auditor = console.api(&ada.pat("auditor", &["audit:read"]).await.text);
    auditor.get("/api/v2/organization/audit/").await.is(200);
    auditor.get(TOKENS).await.is(403);
}

fn wish(name: &str, role: Role, projects: Projects, permissions: &[&str]) -> Wish {
    let permissions = (!permissions.is_empty()).then(|| picked(permissions));
    let access = AccessConfig { role, projects, permissions };
    Wish { name: name.into(), expiry: Expiry::Longest, access, may_rotate_itself: false }
}

#[actix_web::test]
async fn a_token_gives_away_no_permission_that_it_does_not_hold() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let narrow = ada.pat("narrow", &["tokens:manage", "records:write"]).await;
    let api = console.api(&narrow.text);
    let config = |role, permissions: Value| json!({"name": "x", "access_config": {"role": role, "permissions": permissions}});

    let refused = api.post(TOKENS, &config("operator", json!(null))).await.is(403);
    assert!(refused.says("power is only passed down"), "{}", refused.text);
    api.post(TOKENS, &config("manager", json!({"records": "manage"}))).await.is(403);
    api.post(TOKENS, &config("operator", json!({"metrics": "read"}))).await.is(403);
    api.post(TOKENS, &config("readonly", json!({"introspection": "read"}))).await.is(403);
    assert_eq!(console.rows("tokens"), 1);
    let made = api.post(TOKENS, &config("operator", json!({"records": "write"}))).await.is(201);
    let made = path(&made.json()["id"]);
    api.patch(&made, &config("manager", json!({"records": "manage"}))).await.is(403);
    api.put(&made, &config("manager", json!({"records": "manage"}))).await.is(403);

    let full = console.api(&ada.full_pat("full").await.text);
    let reading = json!({"name": "y", "access_config": {"permissions": {"introspection": "read"}}});
    full.post(TOKENS, &reading).await.is(201);
}

#[actix_web::test]
async fn a_token_hands_over_no_secret_with_more_power_than_its_own() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let narrow = ada.pat("narrow", &["tokens:manage", "records:write"]).await;
    let api = console.api(&narrow.text);
    let strong = ada.issues_as("strong", Role::Manager, &[]).await;
    let weak = ada.issues_as("weak", Role::Operator, &["records:read"]).await;
    let (strong, weak) = (path(strong.id), path(weak.id));

    let refused = api.post(&format!("{strong}rotate/"), &json!({})).await.is(403);
    assert!(refused.says("power is only passed down"), "{}", refused.text);
    api.post(&format!("{weak}rotate/"), &json!({})).await.is(200);

    api.patch(&strong, &json!({"name": "renamed", "is_active": false})).await.is(200);
    api.patch(&strong, &json!({"is_active": true})).await.is(403);
    api.patch(&strong, &json!({"may_rotate_itself": true})).await.is(403);
    let narrower =
        json!({"access_config": {"role": "operator", "permissions": {"records": "read"}}});
    api.patch(&strong, &narrower).await.is(200);
    api.patch(&strong, &json!({"is_active": true})).await.is(200);
    api.delete(&strong).await.is(204);
}

/// A token of everything that ends in 30 days.
async fn ending(console: &Console, ada: &Person) -> TestToken {
    let expiry = Expiry::At(console.clock.now() + TimeDelta::days(30));
    let name = "ending".to_owned();
    ada.pat_wish(PersonalWish { name, expiry, picked: None, may_rotate_itself: false }).await
}

#[actix_web::test]
async fn no_token_gives_away_a_longer_life_than_its_own() {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let api = console.api(&ending(&console, &ada).await.text);
    let long = path(ada.issues("long").await.id);

    let token = api.post(TOKENS, &json!({"name": "x"})).await.is(201).json();
    assert_eq!(token["expires_at"], "2026-12-22T12:00:00Z", "as long as whoever asks");
    let longer = json!({"name": "y", "expires_at": "2026-12-22T12:00:01Z"});
    let refused = api.post(TOKENS, &longer).await.is(400);
    assert!(refused.problem("expires_at").contains("no token outlives"), "{}", refused.text);
    api.patch(&path(&token["id"]), &json!({"expires_at": "2027-01-01T00:00:00Z"})).await.is(400);

    api.post(&format!("{long}rotate/"), &json!({})).await.is(403);
    api.post(&format!("{}rotate/", path(&token["id"])), &json!({})).await.is(200);
    api.patch(&long, &json!({"access_config": {"role": "readonly"}})).await.is(200);
    let wider = json!({"access_config": {"role": "manager", "all_projects": true}});
    api.patch(&long, &wider).await.is(403);
    api.patch(&long, &json!({"is_active": false})).await.is(200);
    api.patch(&long, &json!({"is_active": true})).await.is(403);
    let shorter = json!({"is_active": true, "expires_at": "2026-12-01T00:00:00Z"});
    api.patch(&long, &shorter).await.is(200);
}

#[actix_web::test]
async fn a_person_s_token_makes_none_with_more_than_it_has() {
    let console = Console::at("2026-11-22T12:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let full = ada.full_pat("full").await;
    let narrow = console.api(&ada.pat("narrow", &["tokens:manage", "records:read"]).await.text);
    let mine = "/api/v2/user/tokens/";
    let config = |permissions: Value| json!({"name": "x", "permissions": permissions});
    narrow.post(mine, &config(json!(null))).await.is(403);
    narrow.post(mine, &json!({"name": "x"})).await.is(403);
    narrow.post(mine, &config(json!({"records": "write"}))).await.is(403);
    narrow.post(mine, &config(json!({"audit": "read"}))).await.is(403);
    narrow.post(&format!("{mine}{}/rotate/", full.id), &json!({})).await.is(403);
    narrow.post(mine, &config(json!({"records": "read"}))).await.is(201);

    let ending = console.api(&ending(&console, &ada).await.text);
    ending.post(&format!("{mine}{}/rotate/", full.id), &json!({})).await.is(403);
    ending.post(mine, &json!({"name": "y", "expires_at": null})).await.is(400);
    let made = ending.post(mine, &json!({"name": "y"})).await.is(201).json();
    assert_eq!(made["expires_at"], "2026-12-22T12:00:00Z");
}

#[actix_web::test]
async fn a_token_sees_the_projects_that_it_reaches() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    ada.project("prd-coldroom").await;
    let one = Projects::new(false, ["prd-coldroom".to_owned()]);
    let one = ada.issues_wish(wish("one", Role::Readonly, one, &[])).await;
    let none =
        ada.issues_wish(wish("none", Role::Readonly, Projects::All, &["records:read"])).await;
    let list = "/api/v2/organization/projects/";

    let seen = console.api(&one.text).get(list).await.is(200).json();
    assert_eq!(seen.as_array().unwrap().len(), 1);
    assert_eq!(seen[0]["project_id"], "prd-coldroom");
    console.api(&one.text).get(&format!("{list}prd-coldroom/")).await.is(200);
    let hidden = console.api(&one.text).get(&format!("{list}prd-greenhouse/")).await.is(404);
    assert_eq!(hidden.code(), "PROJECT_NOT_FOUND");
    console.api(&none.text).get(list).await.is(403);
}

#[actix_web::test]
async fn someone_in_several_organizations_names_one() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let pat = console.api(&ada.full_pat("all").await.text);
    pat.get(TOKENS).await.is(200);

    let globex = console.owner_of("ada", "globex").await;
    console.owner_of("eve", "initech").await;
    let answer = pat.get(TOKENS).await.is(400);
    assert!(answer.problem("X-Organization").contains("several organizations"), "{}", answer.text);

    let named = async |name: &str| {
        Answer::to(pat.request("GET", TOKENS).header("X-Organization", name)).await
    };
    globex.issues("theirs").await;
    assert_eq!(named("globex").await.is(200).json()[0]["name"], "theirs");
    assert_eq!(named(&ada.organization.to_string()).await.is(200).json(), json!([]));
    for name in ["initech", "3", "nobody", "", "ACME"] {
        assert_eq!(named(name).await.is(404).code(), "ORGANIZATION_NOT_FOUND", "{name}");
    }
    let twice = pat.request("GET", TOKENS).header("X-Organization", "acme");
    Answer::to(twice.header("X-Organization", "globex")).await.is(400);
    pat.get("/api/v2/organization/globex").await.is(200);

    let oat = console.api(&globex.issues("own").await.text);
    oat.get("/api/v2/organization/projects/").await.is(200);
    let other = oat.request("GET", "/api/v2/organization/projects/");
    Answer::to(other.header("X-Organization", "acme")).await.is(404);
}
