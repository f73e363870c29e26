//! A rotation of the instance key, and the keys that rest sealed under it.
use std::time::Duration;

use jeton::access::Role;

use super::keys::{asks, seeds};
use crate::support::{Console, PASSWORD};

#[actix_web::test]
async fn keys_outlive_the_instance_key_that_they_were_sealed_under() {
    let mut console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let tokens = [
        ada.full_pat("laptop").await,
        ada.sat(&ada.account("Deployer", Role::Operator, &[]).await, "cluster").await,
    ];
    let mut handed = Vec::new();
    for token in &tokens {
        handed.push(seeds(token, &asks(&console, token).await.is(200).json()));
    }
    for _ in 0..2 {
        let before = sealed(&console);
        console = console.rekeyed();
        moves(&console).await;
        let after = sealed(&console);
        assert!(before.len() == 8 && after.len() == 8);
        assert!(before.iter().zip(&after).all(|(before, after)| before != after));
        for (token, handed) in tokens.iter().zip(&handed) {
            let said = asks(&console, token).await.is(200).json();
            assert_eq!(seeds(token, &said), *handed);
        }
        // The token moved, too, when it was used; now the key before is of no use any more.
        console.note_uses();
        console = console.restarted(|config| config.previous_secret_key = None);
        for (token, handed) in tokens.iter().zip(&handed) {
            let said = asks(&console, token).await.is(200).json();
            assert_eq!(seeds(token, &said), *handed);
        }
    }
}

#[actix_web::test]
async fn a_key_that_was_left_behind_is_seen_until_the_one_before_is_named_again() {
    let console = Console::start().await;
    let ada = console.admin("ada").await;
    ada.full_pat("laptop").await;
    let rested = sealed(&console);
    let old = console.app.config.secret_key.clone();
    let console = console.rekeyed();
    moves(&console).await;
    assert!(says(&console).await.contains("no key needs the previous one any more"));
    // As if another instance had still sealed with the key before.
    let back = format!("UPDATE account_keys SET private_key = '{}'", rested[0]);
    console.texts(&format!("{back} RETURNING 'x' AS text"));
    let console = console.restarted(|config| config.previous_secret_key = None);
    assert!(says(&console).await.contains("1 key kept that only an earlier one opens"));
    let console = console.restarted(|config| config.previous_secret_key = old);
    moves(&console).await;
}

/// The page of whoever runs the instance, who signs in again after each start.
async fn says(console: &Console) -> String {
    let browser = console.stranger();
    let form = [("email", "ada@example.org"), ("password", PASSWORD)];
    browser.post("/login", &form).await.is(303);
    browser.get("/admin/health").await.is(200).text
}

/// As they rest: private keys, seeds and salts.
fn sealed(console: &Console) -> Vec<String> {
    console.texts(
        "SELECT sealed AS text FROM (
             SELECT 1 AS kind, id::text AS id, private_key::text AS sealed FROM account_keys
             UNION ALL SELECT 2, id::text, seed::text || salt::text FROM environments
         ) AS all_of_them ORDER BY kind, id",
    )
}

/// Waits until nothing rests under the instance key before.
async fn moves(console: &Console) {
    let app = &console.app;
    for _ in 0..200 {
        let left = |conn: &mut _| Ok(app.mint.stale(conn)? + app.vault.stale(conn)?);
        if app.db.read_here(left).unwrap() == 0 {
            return;
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("keys still rest under the instance key before");
}
