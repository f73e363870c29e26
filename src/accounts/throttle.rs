//! Sign-in grows slower with each failure, per account and per address. Every query on
//! `sign_in_failures`.
//!
//! Kept in the database, so that it holds over restarts and for every instance. What it keeps are
//! digests: a table of who mistyped a password is nobody's business.
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::db::Tx;
use crate::db::schema::sign_in_failures as failures;
use crate::error::{Error, Result};
use crate::secret::{Digest, Pepper};

/// Failures that cost nothing: people mistype.
const FREE: i32 = 5;
/// An address may stand for many people.
const FREE_FROM_ADDRESS: i32 = 20;
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// After this long without a failure, all is forgotten.
const MEMORY: TimeDelta = TimeDelta::hours(24);

/// One attempt to sign in: the account it names and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    account: Digest,
    address: Option<Digest>,
}

impl Attempt {
    pub fn new(pepper: &Pepper, account: &str, address: Option<IpAddr>) -> Self {
        let account =
            pepper.digest(format!("account {}", account.trim().to_lowercase()).as_bytes());
        let address =
            address.map(|at| pepper.digest(format!("address {}", network(at)).as_bytes()));
        Self { account, address }
    }

    fn subjects(&self) -> impl Iterator<Item = (Digest, i32)> {
        [(self.account, FREE)].into_iter().chain(self.address.map(|at| (at, FREE_FROM_ADDRESS)))
    }
}

/// Counts an attempt before its password is looked at, so that a thousand at once are a thousand.
///
/// # Errors
/// `TooMany`, saying how long to wait, where the failures so far ask for it.
pub fn begin(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let now = tx.now();
    let known: Vec<(Digest, i32, DateTime<Utc>)> = failures::table
        .filter(failures::subject.eq_any(attempt.subjects().map(|(subject, _)| subject)))
        .order(failures::subject)
        .select((failures::subject, failures::failures, failures::last_at))
        .for_update()
        .load(tx.conn())?;
    let wait = attempt
        .subjects()
        .filter_map(|(subject, free)| {
            let (_, count, last) = known.iter().find(|(known, ..)| *known == subject)?;
            Some(*last + pause(*count - free) - now)
        })
        .max()
        .and_then(|wait| wait.to_std().ok())
        .filter(|wait| !wait.is_zero());
    if let Some(wait) = wait {
        return Err(Error::TooMany { retry_after: Duration::from_secs(wait.as_secs() + 1) });
    }
    count(tx, attempt)
}

fn count(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let now = tx.now();
    let forgotten = now - MEMORY;
    for (subject, _) in attempt.subjects() {
        diesel::insert_into(failures::table)
            .values((
                failures::subject.eq(subject),
                failures::failures.eq(1),
                failures::last_at.eq(now),
            ))
            .on_conflict(failures::subject)
            .do_update()
            .set((
                failures::failures.eq(case_when(
                    failures::last_at.lt(forgotten),
                    1.into_sql::<Integer>(),
                )
                .otherwise(failures::failures + 1)),
                failures::last_at.eq(now),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// The password was right: the account starts anew, and the address has one failure less. Not
/// none, or one known password would open a way to guess others.
pub fn succeed(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    diesel::delete(failures::table.find(attempt.account)).execute(tx.conn())?;
    if let Some(address) = attempt.address {
        diesel::update(failures::table.find(address))
            .set(failures::failures.eq(failures::failures - 1))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// 1 s, 2 s, 4 s ... up to a quarter of an hour.
fn pause(beyond: i32) -> TimeDelta {
    match u32::try_from(beyond) {
        Err(_) | Ok(0) => TimeDelta::zero(),
        Ok(beyond) => TimeDelta::seconds(1 << (beyond - 1).min(20)).min(LONGEST),
    }
}

/// One household has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6((u128::from(six) & !u128::from(u64::MAX)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<_> = (-1..5).map(|n| pause(n).num_seconds()).collect();
        assert_eq!(seconds, [0, 0, 1, 2, 4, 8]);
        assert_eq!(pause(1000), LONGEST);
    }

    #[test]
    fn a_household_of_ipv6_is_one_address() {
        let a: IpAddr = "2001:db8:1:2:aaaa::1".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:bbbb::2".parse().unwrap();
        assert_eq!(network(a), network(b));
        assert_ne!(network(a), network("2001:db8:1:3::1".parse().unwrap()));
    }
}
