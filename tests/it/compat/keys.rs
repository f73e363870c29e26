//! The keys that a token is handed: its account's, for what it reaches at that moment.
use jeton::access::{AccessConfig, Projects, Role};
use jeton::secret::{Ciphertext, EnvironmentKeys, KeyPair};
use serde_json::{Value, json};

use crate::account_keys::private_key;
use crate::support::{Answer, Console, TestToken, picked};

pub const TOKENS: &str = "/service/secrets/tokens/";

/// As a client asks.
pub async fn asks(console: &Console, token: &TestToken) -> Answer {
    console.api(token.rest.as_ref().unwrap()).get(TOKENS).await
}

/// Each environment that the answer has keys of, as `project/environment`, with its keys.
fn opened(token: &TestToken, said: &Value) -> Vec<(String, EnvironmentKeys)> {
    let share = said["wrapped_key_share"].as_str().unwrap();
    let private = private_key(token.personal.as_ref().unwrap(), share).unwrap();
    let pair = KeyPair::from_private(&private).unwrap();
    let part = |text: &Value| {
        let hex = Ciphertext::parse(text.as_str().unwrap()).unwrap().open(&pair).unwrap();
        let digits = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        (0..32).map(digits).collect::<Vec<_>>()
    };
    let apps = said["apps"].as_array().unwrap().iter();
    let opened = apps.flat_map(|app| {
        app["environment_keys"].as_array().unwrap().iter().map(move |key| {
            let name = format!("{}/{}", app["name"], key["environment"]["name"]).replace('"', "");
            let parts = (part(&key["wrapped_seed"]), part(&key["wrapped_salt"]));
            let keys = EnvironmentKeys::from_parts(&parts.0, &parts.1).unwrap();
            assert_eq!(keys.pair().public().to_string(), key["identity_key"]);
            (name, keys)
        })
    });
    opened.collect()
}

/// Seed and salt of each environment that the answer has keys of.
pub fn seeds(token: &TestToken, said: &Value) -> Vec<(String, [u8; 32], [u8; 32])> {
    let of = |(name, keys): (String, EnvironmentKeys)| (name, *keys.seed(), *keys.salt());
    opened(token, said).into_iter().map(of).collect()
}

fn names(token: &TestToken, said: &Value) -> Vec<String> {
    opened(token, said).into_iter().map(|(name, _)| name).collect()
}

#[actix_web::test]
async fn a_person_is_handed_the_keys_of_every_project_that_they_reach() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let token = ada.full_pat("all").await;
    let said = asks(&console, &token).await.is(200).json();
    assert_eq!(said["user_id"], ada.id.to_string());
    assert_eq!(
        (&said["offline_enabled"], &said["organisation"]["name"]),
        (&json!(false), &json!("Acme"))
    );
    assert!(said.get("account_id").is_none());
    let handed = opened(&token, &said);
    let names: Vec<_> = handed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..2], ["Coldroom/Development", "Coldroom/Staging"]);
    assert_eq!((names.len(), names[5]), (6, "Greenhouse/Production"));
    let app = &said["apps"][1];
    assert_eq!(app["encryption"], "E2E");
    let key = &app["environment_keys"][0];
    assert_eq!(
        (&key["environment"]["env_type"], &key["environment"]["index"]),
        (&json!("dev"), &json!(0))
    );
    assert_eq!((&key["user"], &key["service_account"]), (&said["user_id"], &Value::Null));
    assert_eq!((&key["paths"], &key["deleted_at"]), (&Value::Null, &Value::Null));

    console.encrypts_at_server("greenhouse");
    let again = asks(&console, &token).await.json();
    assert_eq!(again["apps"][1]["encryption"], "SSE");
    assert_eq!(again["apps"][1]["environment_keys"][0]["id"], key["id"]);
    assert_ne!(again["apps"][1]["environment_keys"][0]["wrapped_seed"], key["wrapped_seed"]);
    for ((_, one), (_, other)) in handed.iter().zip(opened(&token, &again)) {
        assert_eq!((one.seed(), one.salt()), (other.seed(), other.salt()));
    }
}

#[actix_web::test]
async fn power_that_is_gone_hands_out_no_key() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let projects = Projects::new(false, ["coldroom".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let account = ada.account_with("Deployer", access).await;
    let sat = ada.sat(&account, "cluster").await;
    let said = asks(&console, &sat).await.is(200).json();
    assert_eq!(said["account_id"], account.id.to_string());
    assert!(said.get("user_id").is_none());
    let first = ["Coldroom/Development", "Coldroom/Staging", "Coldroom/Production"];
    assert_eq!(names(&sat, &said), first);
    let key = &said["apps"][0]["environment_keys"][0];
    assert_eq!((&key["user"], &key["service_account"]), (&Value::Null, &said["account_id"]));

    console.texts("DELETE FROM service_account_projects RETURNING 'x' AS text");
    assert_eq!(asks(&console, &sat).await.is(200).json()["apps"], json!([]));

    let narrow = ada.pat("records only", &["records:read"]).await;
    assert_eq!(asks(&console, &narrow).await.is(200).json()["apps"], json!([]));
    let reads = ada.pat("reads", &["secrets:read"]).await;
    assert_eq!(names(&reads, &asks(&console, &reads).await.json()).len(), 6);
    let power = picked(&["records:read"]);
    console.texts(&format!(
        "UPDATE tokens SET permissions = '{}' WHERE name = 'reads' RETURNING 'x' AS text",
        json!(power)
    ));
    assert_eq!(asks(&console, &reads).await.is(200).json()["apps"], json!([]));
}

#[actix_web::test]
async fn whoever_has_no_keys_is_told_why() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (pat, other) = (ada.full_pat("one").await, ada.full_pat("other").await);
    let oat = ada.issues("ci").await;
    let hex = pat.rest.as_ref().unwrap().strip_prefix("User ").unwrap();
    let wrong = "Invalid token type";
    let dead = "Token expired or deleted";
    for (sent, said) in [
        (oat.text.clone(), wrong),
        (format!("Service {hex}"), wrong),
        (format!("Nobody {hex}"), wrong),
        (format!("user {hex}"), wrong),
        (format!("ServiceAccount {hex}"), dead),
        (format!("User {}", "0".repeat(64)), dead),
        (format!("User {}", &hex[1..]), dead),
    ] {
        let answer = console.api(&sent).get(TOKENS).await.is(403);
        assert_eq!(answer.json(), json!({ "error": said }), "{sent}");
    }
    console.anonymous().get(TOKENS).await.is(401);
    let jwt = crate::exchange::exchanged(&console, &pat.text, &[]).await;
    assert_eq!(console.api(&jwt).get(TOKENS).await.is(403).json()["error"], wrong);
    console.api(&pat.text).get(TOKENS.trim_end_matches('/')).await.is(404);
    asks(&console, &pat).await.is(200);

    let upper = format!("User {}", hex.to_uppercase());
    console.api(&upper).get(TOKENS).await.is(200);
    console.texts("UPDATE token_secrets SET key_share = NULL RETURNING 'x' AS text");
    assert!(asks(&console, &pat).await.is(403).says("rotate it"));
    for change in ["revoked_at = now()", "expires_at = now() - interval '1 day'"] {
        console
            .texts(&format!("UPDATE tokens SET {change} WHERE kind = 'pat' RETURNING 'x' AS text"));
        for token in [&pat, &other] {
            let refused = asks(&console, token).await.is(403).json();
            assert_eq!(refused["error"], dead);
            assert!(refused["reason"].as_str().unwrap().starts_with("the token "), "{refused}");
        }
        let read = console.api(pat.rest.as_ref().unwrap()).get("/service/secrets/").await;
        assert_eq!(read.is(401).json()["error"], dead);
        console.texts("UPDATE tokens SET revoked_at = NULL RETURNING 'x' AS text");
    }
}

#[actix_web::test]
async fn someone_in_several_organizations_is_handed_the_keys_of_all() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let eve = console.owner_of("eve", "globex").await;
    eve.project("quarry").await;
    let pat = ada.full_pat("all").await;
    console.texts(&format!(
        "INSERT INTO memberships (organization_id, user_id, role, all_projects, created_at)
         VALUES ({}, {}, 'readonly', true, now()) RETURNING 'x' AS text",
        eve.organization, ada.id
    ));
    let said = asks(&console, &pat).await.is(200).json();
    assert_eq!(names(&pat, &said).len(), 6);
    let apps: Vec<_> = said["apps"].as_array().unwrap().iter().map(|app| &app["name"]).collect();
    assert_eq!(apps, ["Greenhouse", "Quarry"]);
}
