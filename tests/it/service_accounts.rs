//! Service accounts and what their tokens may do: what the account may, at this moment.
use std::time::{Duration, Instant};

use diesel::{RunQueryDsl, sql_query};
use jeton::access::{AccessConfig, Projects, Role};
use jeton::db::Tx;
use serde_json::json;

use crate::support::{Answer, Console, TestToken};

const GATE: &str = "/forward-auth/nginx?organization=acme&require=records:write&project=greenhouse";
const PATIENCE: Duration = Duration::from_secs(10);

/// What the instance says of a token that wants to write records of a project.
async fn asks(console: &Console, token: &TestToken) -> u16 {
    console.api(&token.text).get(GATE).await.status
}

/// Until the verdict comes from memory.
async fn warm(console: &Console, token: &TestToken) {
    let (start, kept) = (Instant::now(), &console.app.verifier.meters.kept);
    let before = kept.get();
    while kept.get() == before {
        assert_eq!(asks(console, token).await, 200);
        assert!(start.elapsed() < PATIENCE, "memory is never used");
    }
}

/// Until the instance says so.
async fn hears(console: &Console, token: &TestToken, status: u16, of: &str) {
    let start = Instant::now();
    while asks(console, token).await != status {
        assert!(start.elapsed() < PATIENCE, "{of} was never heard of");
    }
}

fn sql(console: &Console, statement: &str) {
    let run = |tx: &mut Tx| Ok(sql_query(statement).execute(tx.conn())?);
    assert!(console.app.db.write_here(run).unwrap() > 0, "{statement} changed nothing");
}

#[actix_web::test]
async fn a_token_speaks_for_its_account() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let account = ada.account("Deployer", Role::Operator, &["records:write"]).await;
    let sat = ada.sat(&account, "cluster").await;
    assert!(sat.text.starts_with("jtn_sat_"));
    let rest = sat.rest.clone().unwrap();
    assert!(rest.starts_with("ServiceAccount ") && rest.len() == "ServiceAccount ".len() + 64);

    let itself = console.api(&sat.text).get("/api/v2/token/").await.is(200).json();
    assert_eq!(itself["kind"], "sat");
    assert_eq!(itself["service_account"], json!({"id": account.id.0, "name": "Deployer"}));
    assert_eq!(itself["organizations"][0]["permissions"], json!({"records": "write"}));
    assert_eq!(itself["user"], json!(null));

    for authorization in [format!("Bearer {}", sat.text), format!("Bearer {rest}")] {
        let path = format!("{GATE}&names=true");
        let request = console.anonymous().request("GET", &path);
        let answer = Answer::to(request.header("Authorization", authorization)).await.is(200);
        assert_eq!(answer.header("remote-user"), format!("sa:{}", account.id));
        assert_eq!(answer.header("remote-groups"), "acme,acme:operator");
        assert_eq!(answer.header("remote-name"), "Deployer");
        assert_eq!(answer.header("remote-email"), "");
        assert_eq!(answer.header("x-token-kind"), "sat");
    }
    let foreign = format!("OAT#acme#{}", sat.text);
    let request = console.anonymous().request("GET", GATE).header("Authorization", foreign);
    Answer::to(request).await.is(401);
}

#[actix_web::test]
async fn introspection_tells_of_the_account_and_lets_it_ask() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let worker = ada.account("Worker", Role::Operator, &["records:write"]).await;
    let gateway = ada.account("Gateway", Role::Readonly, &["introspection:read"]).await;
    let (sat, asking) = (ada.sat(&worker, "one").await, ada.sat(&gateway, "one").await);

    let form = [("token", sat.text.as_str())];
    let request = console.api(&asking.text).request("POST", "/oauth2/introspect").form(&form);
    let said = Answer::to(request).await.is(200).json();
    assert_eq!(said["active"], true);
    assert_eq!(said["sub"], format!("sa:{}", worker.id));
    assert_eq!(said["token_kind"], "sat");
    assert_eq!(said["permissions"], json!({"records": "write"}));
    assert!(said.get("username").is_none(), "it is no user's");

    let request = console.api(&sat.text).request("POST", "/oauth2/introspect").form(&form);
    Answer::to(request).await.is(401);
}

#[actix_web::test]
async fn whatever_becomes_of_an_account_by_hand_is_seen_by_every_instance() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    let projects = Projects::new(false, ["greenhouse".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let account = ada.account_with("Deployer", access).await;
    let sat = ada.sat(&account, "cluster").await;
    for (change, back, status, why) in [
        ("disabled_at = now()", "disabled_at = NULL", 401, "service account is disabled"),
        ("deleted_at = now()", "deleted_at = NULL", 401, "service account was deleted"),
        ("role = 'readonly'", "role = 'operator'", 403, "needs records:write"),
        (
            "permissions = '{\"records\": \"read\"}'",
            "permissions = NULL",
            403,
            "needs records:write",
        ),
    ] {
        warm(&here, &sat).await;
        warm(&there, &sat).await;
        sql(&here, &format!("UPDATE service_accounts SET {change}"));
        let answer = here.api(&sat.text).get(GATE).await.is(status);
        assert!(answer.says(why), "{}", answer.text);
        hears(&there, &sat, status, change).await;
        sql(&here, &format!("UPDATE service_accounts SET {back}"));
        hears(&there, &sat, 200, back).await;
    }
    warm(&there, &sat).await;
    sql(&here, "DELETE FROM service_account_projects");
    assert_eq!(asks(&here, &sat).await, 403);
    hears(&there, &sat, 403, "a project taken away").await;
    sql(&here, "DELETE FROM service_accounts");
    assert_eq!(asks(&here, &sat).await, 401);
    hears(&there, &sat, 401, "an account deleted").await;
}
