//! Service accounts and their tokens, as clients of Phase manage them.
use jeton::access::Role;
use serde_json::{Value, json};

use super::keys::TOKENS;
use crate::support::{Api, Console, Person};

const ACCOUNTS: &str = "/service/public/v1/service-accounts/";

async fn acme() -> (Console, Person, Api) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let api = console.api(&ada.full_pat("all").await.rest.unwrap());
    (console, ada, api)
}

fn path(account: &Value, rest: &str) -> String {
    format!("{ACCOUNTS}{}/{rest}", account["id"].as_str().unwrap())
}

#[actix_web::test]
async fn an_account_is_made_with_its_first_token_changed_and_deleted() {
    let (console, _ada, api) = acme().await;
    let wish = json!({ "name": " <b>Deployer</b> ", "role_id": "operator", "surprise": 1 });
    let made = api.post(ACCOUNTS, &wish).await.is(201).json();
    assert_eq!((&made["name"], &made["role"]["name"]), (&json!("Deployer"), &json!("Operator")));
    let token = &made["initialToken"];
    assert_eq!((&token["name"], token["expiresAt"].is_string()), (&json!("Default"), true));
    assert!(token["token"].as_str().unwrap().starts_with("pss_service:v2:"));
    let bearer = token["bearerToken"].as_str().unwrap();
    let handed = console.api(bearer).get(TOKENS).await.is(200).json();
    assert_eq!((&handed["account_id"], &handed["apps"]), (&made["id"], &json!([])));

    let listed = api.get(ACCOUNTS).await.is(200);
    assert_eq!(listed.json()["data"][0]["id"], made["id"]);
    assert!(!listed.says("bearerToken") && !listed.says("pss_"));
    let change = json!({ "name": "Builder", "role_id": "readonly" });
    let changed = api.put(&path(&made, ""), &change).await.is(200).json();
    assert_eq!((&changed["name"], &changed["role"]["id"]), (&json!("Builder"), &json!("readonly")));
    let shown = api.get(&path(&made, "")).await.is(200);
    assert_eq!(shown.json()["tokens"][0]["id"], token["id"]);
    assert!(!shown.says("bearerToken") && !shown.says("pss_"));

    assert!(api.delete(&path(&made, "")).await.is(204).text.is_empty());
    assert_eq!(
        api.delete(&path(&made, "")).await.is(404).json()["error"],
        "Service account not found."
    );
    console.api(bearer).get(TOKENS).await.is(403);
}

#[actix_web::test]
async fn access_is_said_as_a_whole_and_followed_at_once() {
    let (console, ada, api) = acme().await;
    ada.project("coldroom").await;
    let wish = json!({ "name": "Deployer", "role_id": "operator" });
    let made = api.post(ACCOUNTS, &wish).await.is(201).json();
    let sat = console.api(made["initialToken"]["bearerToken"].as_str().unwrap());
    let mine = api.get(TOKENS).await.json()["apps"].clone();
    let app = |at: usize, count: usize| {
        let keys = mine[at]["environment_keys"].as_array().unwrap();
        let ids: Vec<_> =
            keys[..count].iter().map(|key| key["environment"]["id"].clone()).collect();
        json!({ "id": mine[at]["id"], "environments": ids })
    };
    let access = path(&made, "access/");
    let said = api.put(&access, &json!({ "apps": [app(0, 3)] })).await.is(200).json();
    assert_eq!(said["apps"][0]["name"], "Coldroom");
    assert_eq!(said["apps"][0]["environments"][2]["envType"], "prod");
    assert_eq!(sat.get(TOKENS).await.json()["apps"][0]["name"], "Coldroom");
    api.put(&access, &json!({ "apps": [app(1, 3)] })).await.is(200);
    let handed = sat.get(TOKENS).await.json();
    assert_eq!(
        (handed["apps"].as_array().unwrap().len(), &handed["apps"][0]["name"]),
        (1, &json!("Greenhouse"))
    );

    let foreign = json!({ "id": mine[0]["id"], "environments": app(1, 1)["environments"] });
    let nobodys = json!({ "id": mine[1]["environment_keys"][0]["id"], "environments": ["x"] });
    let empty = json!({ "id": mine[0]["id"], "environments": [] });
    for (apps, status, why) in [
        (json!(null), 400, "Missing required field: apps"),
        (json!({}), 400, "'apps' must be a list."),
        (json!([1]), 400, "must be an object"),
        (json!([{}]), 400, "must have an 'id' field"),
        (json!([{ "id": mine[0]["id"] }]), 400, "'environments' list"),
        (json!([empty]), 400, "must not be empty"),
        (json!([app(0, 2)]), 400, "list all environments of 'Coldroom'"),
        (json!([foreign]), 404, "Environment(s) not found in app 'Coldroom'"),
        (json!([nobodys]), 404, "App not found"),
    ] {
        let refused = api.put(&access, &json!({ "apps": apps })).await.is(status);
        assert!(refused.says(why), "{}", refused.text);
    }
    assert_eq!(sat.get(TOKENS).await.json()["apps"][0]["name"], "Greenhouse");
    api.put(&access, &json!({ "apps": [] })).await.is(200);
    assert_eq!(sat.get(TOKENS).await.json()["apps"], json!([]));
}

#[actix_web::test]
async fn tokens_end_as_was_asked_and_never_by_a_slip() {
    let (console, _ada, api) = acme().await;
    let wish = json!({ "name": "Deployer", "role_id": "operator" });
    let made = api.post(ACCOUNTS, &wish).await.is(201).json();
    let tokens = path(&made, "tokens/");
    let wish = json!({ "name": "one", "expires_at": "2099-01-01T00:00:00Z" });
    assert!(api.post(&tokens, &wish).await.is(400).says("expires_at"), "the policy decides");
    let wish = json!({ "name": "one", "expires_in": 3600 });
    let one = api.post(&tokens, &wish).await.is(201).json();
    let bearer = one["bearerToken"].as_str().unwrap();
    let lives = chrono::DateTime::parse_from_rfc3339(one["expiresAt"].as_str().unwrap()).unwrap();
    let created = chrono::DateTime::parse_from_rfc3339(one["createdAt"].as_str().unwrap()).unwrap();
    assert!((3590..=3600).contains(&(lives - created).num_seconds()));
    console.api(bearer).get(TOKENS).await.is(200);
    for (wish, why) in [
        (json!({ "name": "two", "expiry": 3600 }), "Unknown field 'expiry'."),
        (json!({ "name": "two", "expires_in": true }), "positive integer"),
        (json!({ "name": "two", "expires_at": "2027-01-01T00:00:00" }), "timezone"),
        (json!({ "name": "two", "expires_at": "2020-01-01T00:00:00Z" }), "in the future"),
        (json!({ "name": "x".repeat(65) }), "cannot exceed 64 characters"),
        (json!({}), "Missing required field: name"),
        (json!([]), "must be a JSON object"),
        (json!({ "name": "one" }), "Another token is called"),
    ] {
        let refused = api.post(&tokens, &wish).await.is(400);
        assert!(refused.says(why), "{wish}: {}", refused.text);
    }
    let gone = format!("{tokens}{}/", one["id"].as_str().unwrap());
    api.delete(&gone).await.is(204);
    console.api(bearer).get(TOKENS).await.is(403);
    assert_eq!(api.delete(&gone).await.is(404).json()["error"], "Token not found.");
    api.post(&format!("{ACCOUNTS}999/tokens/"), &json!({ "name": "x" })).await.is(404);
    api.patch(&tokens, &json!({})).await.is(405);
    api.get(tokens.trim_end_matches('/')).await.is(404);
}

#[actix_web::test]
async fn only_whoever_may_in_our_own_api_may_here() {
    let (console, ada, api) = acme().await;
    let wish = json!({ "name": "Deployer", "role_id": "manager" });
    let made = api.post(ACCOUNTS, &wish).await.is(201).json();
    let sat = made["initialToken"]["bearerToken"].as_str().unwrap().to_owned();
    let bob = console.member("bob", Role::Manager).await.full_pat("all").await.rest.unwrap();
    let narrow = ada.pat("reads", &["service_accounts:read"]).await.rest.unwrap();
    let oat = ada.issues_as("ci", Role::Manager, &[]).await.text;
    let before = console.audit_actions();
    for sent in [&sat, &bob, &oat] {
        let refused = console.api(sent).get(ACCOUNTS).await.is(403);
        assert_eq!(refused.json()["error"], "You don't have permission to read service accounts.");
    }
    console.api(&narrow).get(ACCOUNTS).await.is(200);
    for sent in [&sat, &bob, &oat, &narrow] {
        let caller = console.api(sent);
        let wish = json!({ "name": "More", "role_id": "readonly" });
        caller.post(ACCOUNTS, &wish).await.is(403);
        caller.put(&path(&made, ""), &wish).await.is(403);
        caller.put(&path(&made, "access/"), &json!({ "apps": [] })).await.is(403);
        caller.post(&path(&made, "tokens/"), &wish).await.is(403);
        caller.delete(&path(&made, "tokens/1/")).await.is(403);
        caller.delete(&path(&made, "")).await.is(403);
    }
    assert_eq!(console.audit_actions(), before);
    for (wish, status, why) in [
        (json!({ "name": "More" }), 400, "Missing required field: role_id"),
        (json!({ "name": "More", "role_id": "boss" }), 404, "Role not found."),
        (json!({ "name": "More", "role_id": "owner" }), 400, "cannot be assigned the 'Owner' role"),
        (json!({ "name": "More", "role_id": "manager", "team_id": "x" }), 404, "Team not found."),
        (json!({ "name": "Deployer", "role_id": "manager" }), 400, "Another service account"),
    ] {
        let refused = api.post(ACCOUNTS, &wish).await.is(status);
        assert!(refused.says(why), "{}", refused.text);
    }
    let eve = console.owner_of("eve", "globex").await.full_pat("all").await.rest.unwrap();
    console.api(&eve).get(&path(&made, "")).await.is(404);
    console.api(&eve).delete(&path(&made, "")).await.is(404);
}
