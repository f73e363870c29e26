//! Every query on the `signing_keys` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use serde_json::Value;

use super::algorithm::Algorithm;
use crate::db::Tx;
use crate::db::schema::signing_keys as keys;
use crate::error::Result;
use crate::secret::{Seal, Sealed};

/// A key that signs, is about to, or did.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = keys, check_for_backend(diesel::pg::Pg))]
pub struct SigningKey {
    pub id: i64,
    pub kid: String,
    algorithm: String,
    pub(super) public_key: Value,
    pub(super) sealed: Option<Sealed>,
    pub created_at: DateTime<Utc>,
    pub signs_from: DateTime<Utc>,
    pub signs_until: Option<DateTime<Utc>>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// In the order in which a key goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, derive_more::Display)]
pub enum KeyState {
    /// Published, so that everyone knows it by the time it signs.
    #[display("waiting")]
    Waiting,
    #[display("signing")]
    Signing,
    /// Published, for as long as something that it signed may live.
    #[display("retired")]
    Retired,
    /// Whatever it signed is refused.
    #[display("gone")]
    Gone,
}

impl SigningKey {
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::parse(&self.algorithm).unwrap_or_default()
    }

    /// Whether the private half, where it is kept, opens without the previous instance key.
    pub fn is_sealed_under(&self, seal: &Seal) -> bool {
        self.sealed.as_ref().is_none_or(|sealed| seal.is_current(sealed))
    }

    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        let past = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
        if past(self.gone_at) {
            KeyState::Gone
        } else if past(self.signs_until) {
            KeyState::Retired
        } else if self.signs_from > now {
            KeyState::Waiting
        } else {
            KeyState::Signing
        }
    }
}

/// The newest first.
pub fn list(conn: &mut PgConnection) -> Result<Vec<SigningKey>> {
    Ok(keys::table.order(keys::id.desc()).select(SigningKey::as_select()).load(conn)?)
}

/// What may sign or has signed something that lives, the newest first.
pub(super) fn published(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<SigningKey>> {
    Ok(keys::table
        .filter(keys::gone_at.is_null().or(keys::gone_at.gt(now)))
        .order(keys::id.desc())
        .select(SigningKey::as_select())
        .load(conn)?)
}

/// Until the end of the transaction nobody else changes a key; whoever reads does not wait.
pub(super) fn lock(tx: &mut Tx) -> Result<()> {
    sql_query("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(tx.conn())?;
    Ok(())
}

pub(super) struct NewKey<'k> {
    pub kid: &'k str,
    pub algorithm: Algorithm,
    pub public: &'k Value,
    pub sealed: &'k Sealed,
    pub signs_from: DateTime<Utc>,
}

pub(super) fn insert(tx: &mut Tx, new: &NewKey) -> Result<SigningKey> {
    let now = tx.now();
    Ok(diesel::insert_into(keys::table)
        .values((
            keys::kid.eq(new.kid),
            keys::algorithm.eq(new.algorithm.name()),
            keys::public_key.eq(new.public),
            keys::sealed.eq(new.sealed),
            keys::created_at.eq(now),
            keys::signs_from.eq(new.signs_from),
        ))
        .returning(SigningKey::as_returning())
        .get_result(tx.conn())?)
}

pub(super) fn begin_signing(tx: &mut Tx, id: i64, at: DateTime<Utc>) -> Result<()> {
    diesel::update(keys::table.find(id)).set(keys::signs_from.eq(at)).execute(tx.conn())?;
    Ok(())
}

/// It signs until the one instant and is known until the other; without them, on and on.
pub(super) fn end(
    tx: &mut Tx,
    id: i64,
    ends: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<()> {
    let (until, gone) = ends.unzip();
    diesel::update(keys::table.find(id))
        .set((keys::signs_until.eq(until), keys::gone_at.eq(gone)))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn seal(tx: &mut Tx, id: i64, sealed: &Sealed) -> Result<()> {
    diesel::update(keys::table.find(id)).set(keys::sealed.eq(sealed)).execute(tx.conn())?;
    Ok(())
}

/// Erases the private halves of what signs no more.
pub(super) fn erase(tx: &mut Tx) -> Result<usize> {
    let now = tx.now();
    Ok(diesel::update(keys::table)
        .filter(keys::signs_until.le(now))
        .filter(keys::sealed.is_not_null())
        .set(keys::sealed.eq(None::<Sealed>))
        .execute(tx.conn())?)
}

/// Deletes the keys that were gone by then.
pub(super) fn trim(tx: &mut Tx, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(keys::table.filter(keys::gone_at.lt(before))).execute(tx.conn())?)
}
