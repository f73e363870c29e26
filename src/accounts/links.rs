//! Links with which someone sets a password, once: for a new account, or where it was lost. Every
//! query on `password_links`.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::json;

use super::{PasswordHash, User, by_id, set_password};
use crate::audit::{self, Action, Actor, Who};
use crate::db::Tx;
use crate::db::schema::password_links as links;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::secret::{Digest, LinkCode, Pepper};

/// How long a link is good for.
const GOOD_FOR: TimeDelta = TimeDelta::hours(24);
/// How long it is known that there was one.
const REMEMBERED: TimeDelta = TimeDelta::days(30);

/// A link, with the code that is shown once.
#[derive(Debug)]
pub struct PasswordLink {
    pub user: User,
    pub code: LinkCode,
    pub expires_at: DateTime<Utc>,
}

/// Makes a link for someone; those that were made for them before are good no more.
///
/// # Errors
/// `NotFound`; `Conflict` for someone who is disabled.
pub fn offer_password_link(
    tx: &mut Tx,
    by: &Actor,
    id: UserId,
    pepper: &Pepper,
) -> Result<PasswordLink> {
    let user = by_id(tx.conn(), id)?.ok_or(Error::NotFound("user"))?;
    if user.disabled_at.is_some() {
        return Err(Error::conflict("the user is disabled; enable them first"));
    }
    let (code, now) = (LinkCode::generate(), tx.now());
    let expires_at = now + GOOD_FOR;
    diesel::delete(links::table.filter(links::user_id.eq(id))).execute(tx.conn())?;
    diesel::insert_into(links::table)
        .values((
            links::digest.eq(code.digest(pepper)),
            links::user_id.eq(id),
            links::created_at.eq(now),
            links::expires_at.eq(expires_at),
        ))
        .execute(tx.conn())?;
    let detail = json!({ "expires_at": expires_at });
    audit::record(tx, by, Action::PasswordLinkMade, user.subject(), detail)?;
    Ok(PasswordLink { user, code, expires_at })
}

/// Whose password the code sets.
///
/// # Errors
/// `Invalid` naming `code` for one that is not good, saying why.
pub fn open_password_link(
    conn: &mut PgConnection,
    digest: Option<Digest>,
    now: DateTime<Utc>,
) -> Result<User> {
    let row = links::table.filter(links::digest.nullable().eq(digest)).select(Row::as_select());
    let row = row.first(conn).optional()?;
    good(conn, row, now)
}

/// Sets the password. Whoever was signed in as them is signed out.
///
/// # Errors
/// As [`open_password_link`]; of two at once, one hears that it was used.
pub fn use_password_link(
    tx: &mut Tx,
    digest: Option<Digest>,
    password: &PasswordHash,
    by: &Actor,
) -> Result<User> {
    let now = tx.now();
    let row = links::table
        .filter(links::digest.nullable().eq(digest))
        .select(Row::as_select())
        .for_update();
    let row = row.first(tx.conn()).optional()?;
    let user = good(tx.conn(), row, now)?;
    diesel::update(links::table.filter(links::digest.nullable().eq(digest)))
        .set(links::used_at.eq(now))
        .execute(tx.conn())?;
    let by = Actor { who: Who::User(user.id), name: user.name.clone(), ..by.clone() };
    set_password(tx, &by, user.id, password, None)?;
    by_id(tx.conn(), user.id)?.ok_or(Error::NotFound("user"))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = links, check_for_backend(diesel::pg::Pg))]
struct Row {
    user_id: UserId,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

fn good(conn: &mut PgConnection, row: Option<Row>, now: DateTime<Utc>) -> Result<User> {
    let another = "Ask a platform admin for another.";
    let wrong = |why: &str| Error::field("code", format!("{why} {another}"));
    let row = row.ok_or_else(|| {
        wrong("No link has this code: see that all of it was copied, and that it is the last you got.")
    })?;
    if row.used_at.is_some() {
        return Err(wrong("This link was used already."));
    }
    if row.expires_at <= now {
        let at = row.expires_at.format("%-d %b %Y, %H:%M UTC");
        return Err(wrong(&format!("This link expired on {at}.")));
    }
    let user = by_id(conn, row.user_id)?.filter(|user| user.disabled_at.is_none());
    user.ok_or_else(|| wrong("The account that this link is for is disabled."))
}

/// Forgets links of long ago.
pub fn sweep_password_links(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let over = links::expires_at.lt(now - REMEMBERED);
    Ok(diesel::delete(links::table.filter(over)).execute(conn)?)
}
