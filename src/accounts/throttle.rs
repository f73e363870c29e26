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
use diesel::upsert::excluded;

use super::fold;
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
        let account = pepper.digest(format!("account {}", fold(account)).as_bytes());
        let address =
            address.map(|at| pepper.digest(format!("address {}", network(at)).as_bytes()));
        Self { account, address }
    }

    /// With what each is forgiven. Always in one order, so that two attempts that share a row
    /// wait for one another, and not each for the other.
    fn subjects(&self) -> Vec<(Digest, i32)> {
        let mut subjects: Vec<_> = [(self.account, FREE)]
            .into_iter()
            .chain(self.address.map(|at| (at, FREE_FROM_ADDRESS)))
            .collect();
        subjects.sort_unstable();
        subjects
    }
}

/// Counts an attempt before its password is looked at, so that a thousand at once are a thousand.
///
/// # Errors
/// `TooMany`, saying how long to wait, where the failures so far ask for it.
pub fn begin(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let now = tx.now();
    let mut free_from = now;
    for (subject, free) in attempt.subjects() {
        let (count, last) = hold(tx, subject)?;
        let pause = pause(count - free);
        // While failures are free, one that was counted since this attempt came in is no reason to wait.
        if pause > TimeDelta::zero() {
            free_from = free_from.max(last + pause);
        }
    }
    match (free_from - now).to_std() {
        Ok(wait) if !wait.is_zero() => {
            Err(Error::TooMany { retry_after: Duration::from_secs(wait.as_secs() + 1) })
        }
        _ => count(tx, attempt),
    }
}

/// Locks a subject's row, made where there is none, for the rest of the transaction.
fn hold(tx: &mut Tx, subject: Digest) -> Result<(i32, DateTime<Utc>)> {
    let now = tx.now();
    Ok(diesel::insert_into(failures::table)
        .values((
            failures::subject.eq(subject),
            failures::failures.eq(0),
            failures::last_at.eq(now),
        ))
        .on_conflict(failures::subject)
        .do_update()
        .set(failures::subject.eq(excluded(failures::subject)))
        .returning((failures::failures, failures::last_at))
        .get_result(tx.conn())?)
}

fn count(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    let now = tx.now();
    let forgotten = failures::last_at.lt(now - MEMORY);
    let counted = case_when(forgotten, 1.into_sql::<Integer>()).otherwise(failures::failures + 1);
    let subjects = attempt.subjects().into_iter().map(|(subject, _)| subject);
    diesel::update(failures::table.filter(failures::subject.eq_any(subjects)))
        .set((failures::failures.eq(counted), failures::last_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// The password was right: the account starts anew, and the address has one failure less. Not
/// none, or one known password would open a way to guess others.
pub fn succeed(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    for (subject, _) in attempt.subjects() {
        hold(tx, subject)?;
    }
    diesel::delete(failures::table.find(attempt.account)).execute(tx.conn())?;
    if let Some(address) = attempt.address {
        diesel::update(failures::table.find(address).filter(failures::failures.gt(0)))
            .set(failures::failures.eq(failures::failures - 1))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Forgets what no longer counts.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(failures::table.filter(failures::last_at.lt(now - MEMORY))).execute(conn)?)
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
