//! The record of use: what is written down every second, beside everything else that goes on.
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Utc;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationVersion;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use jeton::db::Db;
use jeton::id::TokenId;
use jeton::tokens::{Agent, Outcome, Use, Uses};

use crate::support::Console;

const RECORD: &str = "SELECT concat_ws(' ', 'token', token_id, organization_id, last_used_at, last_used_address,
        last_used_agent, aside) AS text FROM token_uses
    UNION ALL SELECT concat_ws(' ', 'secret', token_id, generation, last_used_at, last_used_address, last_used_agent,
        late_calls, tried_at, tried_address, tried_agent) FROM secret_uses
    UNION ALL SELECT concat_ws(' ', 'day', token_id, day, generation, accepted, refused, dead) FROM token_use_days
    UNION ALL SELECT concat_ws(' ', 'address', token_id, address, agent, calls) FROM token_addresses ORDER BY 1";

fn used(token: TokenId, generation: i32, outcome: Outcome) -> Use<'static> {
    let address: IpAddr = [10, 0, 0, 1].into();
    let (address, agent) = (Some(address), Agent::Program("ci/1.0"));
    Use { token, generation, outcome, address, agent, at: Utc::now() }
}

#[actix_web::test]
async fn a_database_of_before_keeps_its_record() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (busy, revoked) = (ada.issues("busy").await.id, ada.issues("revoked").await.id);
    ada.issues("never used").await;
    for (token, generation, outcome) in [
        (busy, 1, Outcome::Accepted),
        (busy, 2, Outcome::Refused),
        (revoked, 1, Outcome::Accepted),
        (revoked, 1, Outcome::Dead),
    ] {
        console.app.uses.note(used(token, generation, outcome));
    }
    console.note_uses();
    let revoke = format!("UPDATE tokens SET revoked_at = now() WHERE id = {revoked}");
    let rotate = format!(
        "INSERT INTO token_secrets (token_id, generation, digest, hint, created_at)
         VALUES ({busy}, 2, sha256('2'), 'xxxxxxxx', now())"
    );
    let written = console
        .app
        .db
        .write_here(|tx| Ok(tx.conn().batch_execute(&format!("{revoke}; {rotate}"))?));
    written.unwrap();
    let before = console.texts(RECORD);
    assert_eq!(before.iter().filter(|row| row.starts_with("token")).count(), 3);
    assert_eq!(before.iter().filter(|row| row.starts_with("secret")).count(), 3);
    assert_eq!(before.iter().filter(|row| row.ends_with("revoked")).count(), 1, "{before:?}");

    let migrations = FileBasedMigrations::find_migrations_directory().unwrap();
    let moved = MigrationVersion::from("20261122190000");
    let there = console.app.db.write_here(|tx| {
        while tx.conn().applied_migrations().unwrap().contains(&moved) {
            tx.conn().revert_last_migration(migrations.clone()).unwrap();
        }
        let counted = "SELECT 1 FROM tokens WHERE last_used_at IS NOT NULL";
        let there = diesel::RunQueryDsl::execute(diesel::sql_query(counted), tx.conn())?;
        tx.conn().run_pending_migrations(migrations).unwrap();
        Ok(there)
    });
    assert_eq!(there.unwrap(), 2);
    assert_eq!(console.texts(RECORD), before);
}

#[actix_web::test]
async fn whoever_changes_or_deletes_tokens_and_whoever_records_them_never_lock_each_other_out() {
    const TOKENS: i64 = 40;
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for number in 0..TOKENS {
        ada.issues(&format!("token {number}")).await;
    }
    let db = &console.app.db;
    let done = Arc::new(AtomicBool::new(false));
    // Two that write, as two instances would: each its own batches, of the same tokens.
    let writers = [1, -1].map(|step| {
        let (db, done): (Db, _) = (db.clone(), done.clone());
        std::thread::spawn(move || {
            let uses = Uses::default();
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) {
                for at in 1..=TOKENS {
                    let token = TokenId(if step > 0 { at } else { TOKENS + 1 - at });
                    uses.note(used(token, 1, Outcome::Accepted));
                    uses.note(used(token, 1, Outcome::Dead));
                }
                uses.flush(&db).unwrap();
                rounds += 1;
            }
            rounds
        })
    });
    let run = |statement: &str| {
        db.write_here(|tx| Ok(tx.conn().batch_execute(statement)?)).unwrap();
    };
    for round in 0..TOKENS / 2 {
        let (one, other) = (2 * round + 1, 2 * round + 2);
        run(&format!("UPDATE tokens SET disabled_at = now() WHERE id IN ({one}, {other})"));
        run(&format!("DELETE FROM tokens WHERE id IN ({one}, {other})"));
    }
    done.store(true, Ordering::Relaxed);
    let rounds: Vec<u32> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    assert!(rounds.iter().all(|&rounds| rounds > 0), "{rounds:?}");
    for table in ["token_uses", "secret_uses", "token_use_days", "token_addresses"] {
        assert_eq!(console.rows(table), 0, "{table}");
    }
}
