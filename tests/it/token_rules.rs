//! Rules of tokens that no single face shows: what the list and the verifier must agree on, the
//! instance key's rotation, and the record of use.
use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use jeton::access::AccessConfig;
use jeton::error::Error;
use jeton::format::Kind;
use jeton::policies::{Expiry, Policy, Rule, Wish};
use jeton::secret::{InstanceKey, PlainToken};
use jeton::tokens::{
    self, Agent, Dead, Facet, Grace, Holder, Outcome, Page, Peppers, Query, Sort, State, Use,
};

use crate::support::Console;

/// Tokens in every combination of revoked, disabled, expired, blocked and soon to end.
async fn every_state(console: &Console) -> jeton::id::OrganizationId {
    let ada = console.owner("ada").await;
    for number in 0..48 {
        ada.issues(&format!("token {number}")).await;
    }
    let changes = "
        UPDATE tokens SET
            revoked_at  = CASE WHEN id % 2 = 1 AND id % 3 = 0 THEN now() END,
            disabled_at = CASE WHEN id % 3 = 1 THEN now() END,
            expires_at  = CASE id % 8
                WHEN 0 THEN now() - interval '1 day'
                WHEN 1 THEN now() + interval '3 days'
                WHEN 2 THEN NULL
                WHEN 3 THEN now() + interval '400 days'
                ELSE now() + interval '90 days' END";
    let uses = "UPDATE token_uses SET last_used_at = now() - token_id * interval '1 hour'
                WHERE token_id % 5 > 0";
    for statement in [changes, uses] {
        console.app.db.write_here(|tx| Ok(sql_query(statement).execute(tx.conn())?)).unwrap();
    }
    ada.organization
}

#[actix_web::test]
async fn the_list_filters_by_the_state_that_a_token_has() {
    let console = Console::start().await;
    let organization = every_state(&console).await;
    for policy in [
        Policy::default(),
        Rule { max_lifetime_days: None, allow_non_expiring: true }.into(),
        Rule { max_lifetime_days: Some(30), allow_non_expiring: true }.into(),
    ] {
        let now = Utc::now();
        let ids = |facet| {
            let query = Query { facet, limit: 200, ..Query::default() };
            let read = |conn: &mut _| tokens::list(conn, organization, &query, &policy, now);
            console.app.db.read_here(read).unwrap().0
        };
        let all = ids(Facet::All);
        assert_eq!(all.len(), 48);
        for state in State::ALL {
            let found: BTreeSet<_> = ids(Facet::State(state)).iter().map(|l| l.token.id).collect();
            let meant: BTreeSet<_> = all
                .iter()
                .filter(|listed| listed.token.state(&policy, now) == state)
                .map(|listed| listed.token.id)
                .collect();
            assert_eq!(found, meant, "{state} under {policy:?}");
        }
        let attention = ids(Facet::Attention);
        assert!(!attention.is_empty());
        for listed in attention {
            let state = listed.token.state(&policy, now);
            let soon = listed.token.expires_at.is_some_and(|at| at <= now + tokens::SOON);
            assert!(
                matches!(state, State::Expired | State::Blocked)
                    || (state == State::Active && soon),
                "{state}"
            );
        }
    }
}

#[actix_web::test]
async fn pages_by_key_show_each_token_once_in_every_order() {
    let console = Console::start().await;
    let organization = every_state(&console).await;
    for sort in Sort::ALL {
        let read = |page: Page| {
            let query = Query { sort, page, limit: 7, ..Query::default() };
            let now = Utc::now();
            let list =
                |conn: &mut _| tokens::list(conn, organization, &query, &Policy::default(), now);
            console.app.db.read_here(list).unwrap()
        };
        let (mut pages, mut page) = (Vec::new(), Page::First);
        loop {
            let (rows, more) = read(page.clone());
            page = Page::After(rows.last().unwrap().cursor.clone());
            pages.push(rows.iter().map(|listed| listed.token.id).collect::<Vec<_>>());
            if !more {
                break;
            }
        }
        let seen: BTreeSet<_> = pages.iter().flatten().collect();
        assert_eq!((pages.concat().len(), seen.len()), (48, 48), "{sort:?}");

        let (third, _) = read(Page::After(read(Page::First).0.last().unwrap().cursor.clone()));
        let (first, more) = read(Page::Before(third[0].cursor.clone()));
        assert_eq!(first.iter().map(|l| l.token.id).collect::<Vec<_>>(), pages[0], "{sort:?}");
        assert!(!more, "nothing stands before the first page");
    }
}

#[actix_web::test]
async fn a_token_of_the_previous_instance_key_works_and_moves_to_the_new_one() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let text = ada.issues("old").await.text;
    let old = InstanceKey::parse(console.app.config.secret_key.as_ref().unwrap()).unwrap();
    let new = InstanceKey::generate();
    let verify = |peppers: Peppers| {
        let plain = PlainToken::parse(&text).unwrap();
        console.app.db.read_here(|conn| tokens::verify(conn, &peppers, &plain)).unwrap()
    };

    assert!(verify(Peppers::new(&new, None)).is_none(), "the new key alone does not know it");
    assert!(verify(Peppers::new(&new, Some(&old))).is_some());

    assert!(verify(Peppers::new(&new, None)).is_some(), "it has moved");
}

#[actix_web::test]
async fn a_secret_speaks_only_as_the_kind_that_it_is() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let laptop = ada.full_pat("laptop").await;
    let hex = laptop.rest.unwrap().strip_prefix("User ").unwrap().to_owned();
    let plain = PlainToken::from_hex(Kind::Sat, &hex).unwrap();
    let known = console.app.db.read_here(|conn| tokens::verify(conn, &console.app.peppers, &plain));
    assert!(known.unwrap().is_none());
}

#[actix_web::test]
async fn uses_are_counted_by_day_secret_outcome_and_address() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let id = ada.issues("ci").await.id;
    let now = Utc::now();
    let used = |outcome, address: &str, ago| Use {
        token: id,
        generation: 1,
        outcome,
        address: Some(address.parse().unwrap()),
        agent: Agent::Program("ci/1.0\u{7} (test)"),
        at: now - TimeDelta::milliseconds(ago),
    };
    console.app.uses.note(used(Outcome::Accepted, "10.0.0.1", 30));
    console.app.uses.note(used(Outcome::Refused, "10.0.0.2", 20));
    console.app.uses.note(used(Outcome::Dead, "10.0.0.3", 10));
    console.note_uses();
    console.app.uses.note(used(Outcome::Accepted, "10.0.0.1", 5));
    console.note_uses();

    let (days, addresses, seen) = console
        .app
        .db
        .read_here(|conn| {
            let since = (now - TimeDelta::days(1)).date_naive();
            let holder = tokens::Holder::Organization(ada.organization);
            let token = tokens::find(conn, holder, id)?.unwrap();
            Ok((tokens::days(conn, id, since)?, tokens::addresses(conn, id)?, token))
        })
        .unwrap();
    let sums = days
        .iter()
        .fold((0, 0, 0), |(a, r, d), day| (a + day.accepted, r + day.refused, d + day.dead));
    assert_eq!(sums, (2, 1, 1));
    assert_eq!(addresses.len(), 3);
    assert_eq!(addresses[0].address.ip().to_string(), "10.0.0.1");
    assert_eq!((addresses[0].calls, addresses[0].agent.as_str()), (2, "ci/1.0 (test)"));
    assert_eq!(seen.last_used_address.unwrap().ip().to_string(), "10.0.0.1");
    assert_eq!(
        seen.last_used_at.unwrap().timestamp_millis(),
        (now - TimeDelta::milliseconds(5)).timestamp_millis()
    );
}

#[actix_web::test]
async fn uses_that_could_not_be_written_are_kept() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let id = ada.issues("ci").await.id;
    let nowhere = jeton::db::Db::new(
        &"postgres:///nowhere?host=/nonexistent".into(),
        1,
        jeton::clock::Clock::System,
    )
    .unwrap();
    let at = Utc::now();
    let used = Use {
        token: id,
        generation: 1,
        outcome: Outcome::Accepted,
        address: None,
        agent: Agent::Program(""),
        at,
    };
    let uses = jeton::tokens::Uses::default();
    uses.note(used);
    assert!(uses.flush(&nowhere).is_err());
    uses.note(used);

    assert_eq!(uses.flush(&console.app.db).unwrap(), 1);

    let since = (at - TimeDelta::days(1)).date_naive();
    let days = console.app.db.read_here(|conn| tokens::days(conn, id, since)).unwrap();
    assert_eq!(days.iter().map(|day| day.accepted).sum::<i64>(), 2);
}

#[actix_web::test]
async fn a_disabled_holder_means_a_dead_token() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let text = ada.full_pat("laptop").await.text;
    let (by, id) = (ada.actor(), ada.id);
    let disabled = console.app.db.write(move |tx| jeton::accounts::set_disabled(tx, &by, id, true));
    disabled.await.unwrap();

    let plain = PlainToken::parse(&text).unwrap();
    let peppers = &console.app.peppers;
    let verdict = console.app.db.read_here(|conn| tokens::verify(conn, peppers, &plain));
    assert_eq!(verdict.unwrap().unwrap().dead(Utc::now()), Some(Dead::HolderDisabled));
}

#[actix_web::test]
async fn the_counts_are_those_of_the_list() {
    let console = Console::start().await;
    let organization = every_state(&console).await;
    for policy in [
        Policy::default(),
        Rule { max_lifetime_days: None, allow_non_expiring: true }.into(),
        Rule { max_lifetime_days: Some(30), allow_non_expiring: true }.into(),
    ] {
        let now = Utc::now();
        let listed = |facet| {
            let query = Query { facet, limit: 200, ..Query::default() };
            let read = |conn: &mut _| tokens::list(conn, organization, &query, &policy, now);
            i64::try_from(console.app.db.read_here(read).unwrap().0.len()).unwrap()
        };
        let read = |conn: &mut _| tokens::counts(conn, organization, &policy, now);
        let counts = console.app.db.read_here(read).unwrap();
        assert_eq!(counts.all, listed(Facet::All));
        assert_eq!(counts.active, listed(Facet::State(State::Active)));
        assert_eq!(counts.attention, listed(Facet::Attention));
        assert_eq!(counts.disabled, listed(Facet::State(State::Disabled)));
        assert_eq!(counts.revoked, listed(Facet::State(State::Revoked)));
    }
}

#[actix_web::test]
async fn another_instance_key_than_the_one_the_database_was_begun_with_is_noticed() {
    let console = Console::start().await;
    let old = InstanceKey::parse(console.app.config.secret_key.as_ref().unwrap()).unwrap();
    let (new, other) = (InstanceKey::generate(), InstanceKey::generate());

    let refused = Peppers::new(&other, None).recognise(&console.app.db);
    assert!(std::error::Error::source(&refused.unwrap_err()).unwrap().to_string().contains("key"));

    Peppers::new(&new, Some(&old)).recognise(&console.app.db).unwrap();
    Peppers::new(&new, None).recognise(&console.app.db).unwrap();
    assert!(Peppers::new(&old, None).recognise(&console.app.db).is_err(), "it was rotated out");
}

#[actix_web::test]
async fn an_old_secret_in_its_grace_period_cannot_take_the_token_over() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let old = ada
        .issues_wish(Wish {
            name: "ci".into(),
            expiry: Expiry::Longest,
            access: AccessConfig::default(),
            may_rotate_itself: true,
        })
        .await;
    let holder = Holder::Organization(ada.organization);
    let rotate = |text: &str, key: Option<&str>| {
        let (plain, app) = (PlainToken::parse(text).unwrap(), &console.app);
        let key = key.map(|key| app.pepper.digest(key.as_bytes()));
        let grace = Grace::from_seconds(0).unwrap();
        app.db.write_here(|tx| {
            let verdict = tokens::verify(tx.conn(), &app.peppers, &plain)?.unwrap();
            let mint = &app.mint;
            tokens::rotate_itself(tx, &ada.actor(), holder, &verdict, grace, mint, key)
        })
    };
    let by = ada.actor();
    let rotated = console.app.db.write_here(|tx| {
        let mint = &console.app.mint;
        tokens::rotate(tx, &by, holder, old.id, Grace::default(), mint, None)
    });
    let current = rotated.unwrap().plain.reveal().to_string();

    assert!(matches!(rotate(&old.text, None), Err(Error::Forbidden(_))));

    let first = rotate(&current, Some("key")).unwrap();
    let again = rotate(&current, Some("key")).unwrap();
    let third = rotate(&current, Some("key")).unwrap();
    assert_eq!((first.generation, again.generation, third.generation), (3, 4, 5));
    assert!(matches!(rotate(&current, Some("other")), Err(Error::Forbidden(_))));
}

#[actix_web::test]
async fn flushing_uses_and_rotating_do_not_wait_for_each_other_for_ever() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let mut ids = Vec::new();
    for number in 0..12 {
        ids.push(ada.issues(&format!("token {number}")).await.id);
    }
    let holder = Holder::Organization(ada.organization);
    let note = |id, generation| {
        let at = Utc::now();
        let outcome = Outcome::Accepted;
        let address = Some("10.0.0.1".parse().unwrap());
        console.app.uses.note(Use {
            token: id,
            generation,
            outcome,
            address,
            agent: Agent::Program(""),
            at,
        });
    };
    let app = &console.app;
    std::thread::scope(|scope| {
        let flushes = scope.spawn(|| {
            for _ in 0..40 {
                for &id in &ids {
                    note(id, 1);
                }
                app.uses.flush(&app.db).unwrap();
            }
        });
        let rotations = scope.spawn(|| {
            for &id in ids.iter().cycle().take(60) {
                let mint = &app.mint;
                let by = ada.actor();
                app.db
                    .write_here(|tx| {
                        tokens::rotate(tx, &by, holder, id, Grace::default(), mint, None)
                    })
                    .unwrap();
            }
        });
        flushes.join().unwrap();
        rotations.join().unwrap();
    });
}
