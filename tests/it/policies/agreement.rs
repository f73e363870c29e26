//! What a list, a count and a verdict say of a token under any policy is the same.
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{RunQueryDsl, sql_query};
use jeton::policies::{Policy, Rule};
use jeton::secret::PlainToken;
use jeton::tokens::{self, Facet, Query, State, Trial};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Console, TestToken};

const TOKENS: usize = 40;

/// Lifetimes around every whole number of days, some without an end, some dead.
async fn tokens_of_all_ages(console: &Console) -> (jeton::id::OrganizationId, Vec<TestToken>) {
    let ada = console.owner("ada").await;
    let mut made = Vec::new();
    for number in 0..TOKENS {
        made.push(ada.issues(&format!("token {number}")).await);
    }
    let ages = "
        UPDATE tokens SET
            expiry_set_at = now() - id % 7 * interval '1 day',
            expires_at    = CASE WHEN id % 5 = 0 THEN NULL
                ELSE now() - id % 7 * interval '1 day' + id % 13 * interval '1 day'
                     + (id % 3 - 1) * interval '1 second' END,
            disabled_at   = CASE WHEN id % 11 = 0 THEN now() END,
            revoked_at    = CASE WHEN id % 17 = 0 THEN now() END";
    console.app.db.write_here(|tx| Ok(sql_query(ages).execute(tx.conn())?)).unwrap();
    (ada.organization, made)
}

fn rule() -> impl Strategy<Value = Rule> {
    (proptest::option::of(1..14), any::<bool>()).prop_map(
        |(max_lifetime_days, allow_non_expiring)| Rule { max_lifetime_days, allow_non_expiring },
    )
}

/// Also those that only a change by hand can make.
fn policy(now: DateTime<Utc>) -> impl Strategy<Value = Policy> {
    let from = proptest::option::of(-100i64..300);
    (rule(), rule(), from).prop_map(move |(rule, before, from)| Policy {
        rule,
        before,
        enforced_from: from.map(|hours| now + TimeDelta::hours(hours)),
    })
}

#[actix_web::test]
async fn the_database_and_the_verdict_agree_on_who_is_blocked() {
    let console = Console::start().await;
    let (organization, made) = tokens_of_all_ages(&console).await;
    let now = Utc::now();
    let app = &console.app;
    let of = |facet, policy: &Policy| -> BTreeSet<_> {
        let query = Query { facet, limit: 200, ..Query::default() };
        let list = |conn: &mut _| tokens::list(conn, organization, &query, policy, now);
        app.db.read_here(list).unwrap().0.into_iter().map(|listed| listed.token.id).collect()
    };
    let query = Query { facet: Facet::All, limit: 200, ..Query::default() };
    let all = |conn: &mut _| tokens::list(conn, organization, &query, &Policy::default(), now);
    let all: Vec<_> =
        app.db.read_here(all).unwrap().0.into_iter().map(|listed| listed.token).collect();
    let mut runner = TestRunner::new(Config { cases: 150, ..Config::default() });
    let law = |policy: Policy| {
        let (blocked, warned) =
            (of(Facet::State(State::Blocked), &policy), of(Facet::Warned, &policy));
        let attention = of(Facet::Attention, &policy);
        for token in &all {
            let state = token.state(&policy, now);
            prop_assert_eq!(blocked.contains(&token.id), state == State::Blocked);
            let warning = token.life().warning(&policy, now);
            prop_assert_eq!(warned.contains(&token.id), warning.is_some(), "{:?}", token);
            let soon = token.expires_at.is_some_and(|at| at <= now + tokens::SOON);
            let dead = matches!(state, State::Disabled | State::Revoked);
            let asks = state == State::Blocked || warning.is_some() || soon;
            prop_assert_eq!(attention.contains(&token.id), asks && !dead);
        }
        let read = |conn: &mut _| {
            let health = tokens::health(conn, organization, &policy, now)?;
            Ok((health, tokens::counts(conn, organization, &policy, now)?))
        };
        let (health, counts) = app.db.read_here(read).unwrap();
        let number = |set: &BTreeSet<_>| i64::try_from(set.len()).unwrap();
        prop_assert_eq!((health.blocked, health.warned), (number(&blocked), number(&warned)));
        prop_assert_eq!((counts.warned, counts.attention), (number(&warned), number(&attention)));
        Ok(())
    };
    runner.run(&policy(now), law).unwrap();
    drop(made);
}

#[actix_web::test]
async fn what_a_preview_names_is_what_is_blocked_then() {
    let console = Console::start().await;
    let (organization, made) = tokens_of_all_ages(&console).await;
    let app = &console.app;
    let now = Utc::now();
    // As they are looked up: what a verdict says of each.
    let blocked = |policy: &Policy, at: DateTime<Utc>| -> BTreeSet<_> {
        let verdict = |token: &TestToken| {
            let plain = PlainToken::parse(&token.text).unwrap();
            app.db.read_here(|conn| tokens::verify(conn, &app.peppers, &plain)).unwrap().unwrap()
        };
        let life = made.iter().map(|token| (token.id, verdict(token).life));
        life.filter(|(_, life)| life.state(policy, at) == State::Blocked)
            .map(|(id, _)| id)
            .collect()
    };
    let strategy = (rule(), rule(), 0i64..200);
    let mut runner = TestRunner::new(Config { cases: 40, ..Config::default() });
    let law = |(old, new, hours): (Rule, Rule, i64)| {
        let (policy, from) = (Policy::from(old), now + TimeDelta::hours(hours));
        let trial = Trial { organization: Some(organization), policy, rule: new, from };
        let read = |conn: &mut _| {
            let effect = tokens::effect(conn, &trial, now)?;
            Ok((effect, tokens::affected(conn, &trial, None, 200, now)?.0))
        };
        let (effect, affected) = app.db.read_here(read).unwrap();
        let named: BTreeSet<_> = affected.iter().map(|token| token.id).collect();
        let (before, after) = (blocked(&policy, now), blocked(&new.into(), from));
        let newly: BTreeSet<_> = after.difference(&before).copied().collect();
        prop_assert_eq!(&named, &newly);
        prop_assert_eq!(effect.blocks, i64::try_from(newly.len()).unwrap());
        prop_assert_eq!(effect.blocked_now, i64::try_from(before.len()).unwrap());
        let still = blocked(&new.into(), now);
        let freed = before.difference(&still).count();
        prop_assert_eq!(effect.frees, i64::try_from(freed).unwrap());
        Ok(())
    };
    runner.run(&strategy, law).unwrap();
}
