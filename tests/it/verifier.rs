//! A verdict from memory is never wrong: not after a change here, not after one elsewhere, not while
//! the database is away.
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use jeton::access::{AccessConfig, Projects, Role};
use jeton::clock::Clock;
use jeton::db;
use jeton::policies::{Expiry, Wish};
use jeton::secret::PlainToken;
use serde_json::json;

use crate::support::{Api, Console, Person, TestToken, administer, private};

const GATE: &str = "/forward-auth/nginx?organization=acme&require=records:write&project=greenhouse";
const PATIENCE: Duration = Duration::from_secs(10);

/// What the instance says of a token that wants to write records of a project.
async fn asks(console: &Console, token: &TestToken) -> u16 {
    console.api(&token.text).get(GATE).await.status
}

/// Until the verdict comes from memory.
async fn warm(console: &Console, token: &TestToken) {
    let start = Instant::now();
    let kept = &console.app.verifier.meters.kept;
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
    let run = |tx: &mut db::Tx| Ok(sql_query(statement).execute(tx.conn())?);
    assert!(console.app.db.write_here(run).unwrap() > 0, "{statement} changed nothing");
}

/// An organization token for the one project.
async fn narrow(ada: &Person, name: &str) -> TestToken {
    let projects = Projects::new(false, ["greenhouse".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let expiry = Expiry::Longest;
    ada.issues_wish(Wish { name: name.into(), expiry, access, may_rotate_itself: false }).await
}

#[actix_web::test]
async fn a_change_over_the_api_is_heard_of_before_its_answer_here_and_soon_elsewhere() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let owner = here.api(&ada.full_pat("script").await.text);
    let less = json!({"access_config": {"role": "readonly", "all_projects": true}});
    let elsewhere = json!({"access_config": {"role": "operator", "projects": ["coldroom"]}});
    for (deed, method, change, status) in [
        ("disabling", "PATCH", json!({"is_active": false}), 401),
        ("a lesser role", "PATCH", less, 403),
        ("another project", "PATCH", elsewhere, 403),
        ("deleting", "DELETE", json!({}), 401),
    ] {
        let token = narrow(&ada, deed).await;
        warm(&here, &token).await;
        warm(&there, &token).await;
        let path = format!("/api/v2/organization/tokens/{}/", token.id);
        let answer = owner.request(method, &path).json(&change).send().await.unwrap();
        assert!(answer.status().is_success(), "{deed}: {}", answer.text().await.unwrap());

        assert_eq!(asks(&here, &token).await, status, "{deed}");
        hears(&there, &token, status, deed).await;
    }
}

#[actix_web::test]
async fn whatever_a_verdict_rests_on_may_change_by_hand() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    let bob = here.member("bob", Role::Operator).await;
    let organization = ada.organization;
    for (change, back, status) in [
        ("UPDATE tokens SET revoked_at = now()", "UPDATE tokens SET revoked_at = NULL", 401),
        ("UPDATE tokens SET expires_at = now()", "UPDATE tokens SET expires_at = NULL", 401),
        ("UPDATE tokens SET disabled_at = now()", "UPDATE tokens SET disabled_at = NULL", 401),
        (
            "UPDATE tokens SET permissions = '{\"records\": \"read\"}'",
            "UPDATE tokens SET permissions = NULL",
            403,
        ),
        (
            "UPDATE token_secrets SET retires_at = now()",
            "UPDATE token_secrets SET retires_at = NULL",
            401,
        ),
        (
            "UPDATE organizations SET suspended_at = now()",
            "UPDATE organizations SET suspended_at = NULL",
            401,
        ),
        (
            "UPDATE projects SET project_id = 'glasshouse'",
            "UPDATE projects SET project_id = 'greenhouse'",
            403,
        ),
    ] {
        let token = narrow(&ada, &change[..change.len().min(80)]).await;
        sql(&here, "UPDATE policies SET max_lifetime_days = NULL, allow_non_expiring = true");
        warm(&there, &token).await;
        sql(&here, change);
        hears(&there, &token, status, change).await;
        sql(&here, back);
        hears(&there, &token, 200, back).await;
    }
    let member = format!("organization_id = {organization} AND user_id = {}", bob.id);
    for (change, back, status) in [
        (
            format!("UPDATE users SET disabled_at = now() WHERE id = {}", bob.id),
            "UPDATE users SET disabled_at = NULL".to_owned(),
            401,
        ),
        (
            format!("UPDATE memberships SET role = 'readonly' WHERE {member}"),
            format!("UPDATE memberships SET role = 'manager' WHERE {member}"),
            403,
        ),
        (
            format!("UPDATE memberships SET all_projects = false WHERE {member}"),
            format!("UPDATE memberships SET all_projects = true WHERE {member}"),
            403,
        ),
        (
            format!("DELETE FROM memberships WHERE {member}"),
            format!(
                "INSERT INTO memberships (organization_id, user_id, role, created_at)
                 VALUES ({organization}, {}, 'operator', now())",
                bob.id
            ),
            403,
        ),
    ] {
        let token = bob.full_pat(&change[..change.len().min(80)]).await;
        warm(&there, &token).await;
        sql(&here, &change);
        hears(&there, &token, status, &change).await;
        sql(&here, &back);
        hears(&there, &token, 200, &back).await;
    }
}

#[actix_web::test]
async fn a_row_that_is_gone_takes_its_verdict_along() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    for change in [
        "DELETE FROM token_projects",
        "DELETE FROM token_secrets",
        "DELETE FROM tokens",
        "TRUNCATE tokens CASCADE",
        "UPDATE policies SET max_lifetime_days = 1",
    ] {
        let token = narrow(&ada, "ci").await;
        warm(&there, &token).await;
        here.app.db.write_here(|tx| Ok(sql_query(change).execute(tx.conn())?)).unwrap();
        let status = if change.contains("token_projects") { 403 } else { 401 };
        hears(&there, &token, status, change).await;
        sql(&here, "UPDATE policies SET max_lifetime_days = 180");
        let _ =
            here.app.db.write_here(|tx| Ok(sql_query("DELETE FROM tokens").execute(tx.conn())?));
    }
}

#[actix_web::test]
async fn a_new_token_and_its_use_forget_nothing() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    let token = narrow(&ada, "ci").await;
    warm(&there, &token).await;
    narrow(&ada, "another").await;
    here.note_uses();
    there.note_uses();
    let heard = &there.app.db.changes().stamp();
    tokio::time::sleep(Duration::from_millis(100)).await;

    let looked_up = there.app.verifier.meters.looked_up.get();
    assert_eq!(asks(&there, &token).await, 200);
    assert_eq!(there.app.verifier.meters.looked_up.get(), looked_up);
    assert_eq!(there.app.db.changes().stamp(), *heard, "nothing was told meanwhile");
}

#[actix_web::test]
async fn nothing_is_served_from_memory_while_the_listener_is_away() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    ada.project("greenhouse").await;
    let token = narrow(&ada, "ci").await;
    let other = narrow(&ada, "other").await;
    warm(&there, &token).await;
    warm(&there, &other).await;

    let database = here.texts("SELECT current_database()::text AS text").remove(0);
    let admit = |yes: bool| {
        administer(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS {yes}"));
    };
    admit(false);
    let killed = here.texts(
        "SELECT pg_terminate_backend(pid)::text AS text FROM pg_stat_activity
         WHERE datname = current_database() AND query IN ('LISTEN jeton_changes', 'SELECT 1')",
    );
    assert!(killed.len() >= 2, "both listen");
    let start = Instant::now();
    while there.app.db.changes().is_heard() {
        assert!(start.elapsed() < PATIENCE, "nobody noticed that the listener is gone");
    }
    let before = there.app.verifier.meters.kept.get();
    assert_eq!(asks(&there, &other).await, 200);
    sql(&here, &format!("UPDATE tokens SET disabled_at = now() WHERE id = {}", token.id));
    assert_eq!(asks(&there, &token).await, 401, "it is looked up, though nobody told");
    assert_eq!(there.app.verifier.meters.kept.get(), before);

    admit(true);
    warm(&there, &other).await;
    assert_eq!(asks(&there, &token).await, 401);
}

#[actix_web::test]
async fn a_warm_verdict_still_ends_when_the_token_does() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let access = AccessConfig { role: Role::Operator, projects: Projects::All, permissions: None };
    let expiry = Expiry::At(console.clock.now() + TimeDelta::hours(1));
    let wish = Wish { name: "ci".into(), expiry, access, may_rotate_itself: false };
    let token = ada.issues_wish(wish).await;
    warm(&console, &token).await;

    console.clock.advance(TimeDelta::minutes(59));
    assert_eq!(asks(&console, &token).await, 200);
    let looked_up = console.app.verifier.meters.looked_up.get();
    console.clock.advance(TimeDelta::minutes(1));
    assert_eq!(asks(&console, &token).await, 401);
    assert_eq!(console.app.verifier.meters.looked_up.get(), looked_up, "memory knew it");
}

#[actix_web::test]
async fn strangers_fill_no_memory_and_all_hear_the_same() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let token = narrow(&ada, "ci").await;
    warm(&console, &token).await;
    let kept = console.app.verifier.kept();
    let refusals = futures_util::future::join_all((0..10_000).map(|_| {
        let plain = PlainToken::generate(jeton::format::Kind::Oat);
        let (app, console) = (&console.app, &console);
        async move { (app.verifier.verify(&plain, &app.peppers).await, console) }
    }));
    // More than wait at a time are told to come again; nobody is told anything else.
    for (said, _) in refusals.await {
        assert!(matches!(said, Ok(None) | Err(jeton::error::Error::Unavailable(_))));
    }
    assert_eq!(console.app.verifier.kept(), kept);
    let mut heard = std::collections::BTreeSet::new();
    for kind in [jeton::format::Kind::Oat, jeton::format::Kind::Pat, jeton::format::Kind::Sat] {
        let stranger = PlainToken::generate(kind).reveal().to_string();
        for _ in 0..2 {
            let answer = console.api(&stranger).get(GATE).await.is(401);
            heard.insert((answer.text.clone(), answer.header("www-authenticate").to_owned()));
        }
    }
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(asks(&console, &token).await, 200);
}

#[actix_web::test]
async fn a_database_that_restarts_under_load_makes_no_verdict_wrong() {
    let dir = std::env::temp_dir().join(format!("jeton-restart-{}", std::process::id()));
    let running = private(dir.clone());
    db::create_database(&running.url("postgres").into(), "jeton").unwrap();
    let url = running.url("jeton");
    db::migrate(&url.clone().into()).unwrap();
    let console =
        Console::set_up(Clock::System, |config| config.database_url = Some(url.into())).await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let (good, dead) = (narrow(&ada, "good").await, narrow(&ada, "dead").await);
    warm(&console, &good).await;
    sql(&console, &format!("UPDATE tokens SET disabled_at = now() WHERE id = {}", dead.id));

    let over = AtomicBool::new(false);
    let asking = |token: &TestToken| {
        let (text, url) = (token.text.clone(), console.url.clone());
        let over = &over;
        async move {
            let api = Api::new(&url, Some(&text));
            let mut said = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let answer = api.get(GATE).await;
                if answer.status == 503 {
                    assert_eq!(answer.header("retry-after"), "1");
                }
                said.push(answer.status);
            }
            said
        }
    };
    let restart = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let away = dir.clone();
        let again = actix_web::rt::task::spawn_blocking(move || {
            running.stop().unwrap();
            std::thread::sleep(Duration::from_millis(500));
            private(away)
        });
        let running = again.await.unwrap();
        hears(&console, &good, 200, "the database's return").await;
        warm(&console, &good).await;
        over.store(true, Ordering::Relaxed);
        running
    };
    let (good, dead, running) =
        futures_util::future::join3(asking(&good), asking(&dead), restart).await;
    assert!(good.iter().all(|said| matches!(said, 200 | 503)), "{good:?}");
    assert!(dead.iter().all(|said| matches!(said, 401 | 503)), "{dead:?}");
    assert!(good.contains(&503) && dead.contains(&503), "it was not away");
    drop(console);
    running.stop().unwrap();
    std::fs::remove_dir_all(dir).unwrap();
}
