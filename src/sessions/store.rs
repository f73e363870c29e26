//! Every query on the `sessions` table.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::auto_type;
use diesel::prelude::*;
use ipnetwork::IpNetwork;
use serde_json::Value;

use super::{IDLE, LONGEST, NewSession, Which};
use crate::db::schema::{sessions, users};
use crate::error::Result;
use crate::id::{SessionId, UserId};
use crate::secret::Digest;

/// `last_seen_at` is moved no more often than this.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
pub struct Session {
    pub id: SessionId,
    pub address: Option<IpNetwork>,
    pub agent: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

/// Neither idle for too long nor too old.
#[auto_type]
fn live(idle: DateTime<Utc>, oldest: DateTime<Utc>) -> _ {
    sessions::last_seen_at.gt(idle).and(sessions::created_at.gt(oldest))
}

/// The state of a live session of someone who is not disabled.
pub(super) fn load(
    conn: &mut PgConnection,
    key: &Digest,
    now: DateTime<Utc>,
) -> Result<Option<(SessionId, Value)>> {
    let found: Option<(SessionId, Value, DateTime<Utc>)> = sessions::table
        .inner_join(users::table)
        .filter(sessions::key_digest.eq(key))
        .filter(live(now - IDLE, now - LONGEST))
        .filter(users::disabled_at.is_null())
        .select((sessions::id, sessions::state, sessions::last_seen_at))
        .first(conn)
        .optional()?;
    let Some((id, state, seen)) = found else { return Ok(None) };
    if now - seen > GRAIN {
        diesel::update(sessions::table.find(id))
            .set(sessions::last_seen_at.eq(now))
            .execute(conn)?;
    }
    Ok(Some((id, state)))
}

pub(super) fn insert(
    conn: &mut PgConnection,
    key: &Digest,
    new: &NewSession,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::key_digest.eq(key),
            sessions::user_id.eq(new.user),
            sessions::state.eq(&new.state),
            sessions::address.eq(new.address),
            sessions::agent.eq(&new.agent),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Changes nothing where the session has ended.
pub(super) fn update(conn: &mut PgConnection, key: &Digest, state: &Value) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::key_digest.eq(key)))
        .set(sessions::state.eq(state))
        .execute(conn)?;
    Ok(())
}

pub(super) fn delete(conn: &mut PgConnection, key: &Digest) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::key_digest.eq(key))).execute(conn)?;
    Ok(())
}

/// Live sessions of a person, the last used first.
pub fn list(conn: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(live(now - IDLE, now - LONGEST))
        .order((sessions::last_seen_at.desc(), sessions::id))
        .select(Session::as_select())
        .load(conn)?)
}

pub(super) fn end(conn: &mut PgConnection, user: UserId, which: Which) -> Result<usize> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user));
    Ok(match which {
        Which::One(id) => diesel::delete(theirs.filter(sessions::id.eq(id))).execute(conn)?,
        Which::Others(id) => diesel::delete(theirs.filter(sessions::id.ne(id))).execute(conn)?,
        Which::All => diesel::delete(theirs).execute(conn)?,
    })
}

pub(super) fn name_of(conn: &mut PgConnection, user: UserId) -> Result<Option<String>> {
    Ok(users::table.find(user).select(users::name).first(conn).optional()?)
}

/// Removes what is over.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let over = diesel::dsl::not(live(now - IDLE, now - LONGEST));
    Ok(diesel::delete(sessions::table.filter(over)).execute(conn)?)
}
