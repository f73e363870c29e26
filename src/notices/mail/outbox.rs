//! Mail that waits: taken by one instance at a time, and what became of it. Every query on
//! `expiry_notices` that is about sending.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz};

use crate::db::schema::expiry_notices;
use crate::error::Result;
use crate::id::TokenId;

/// How long whoever took it has to send it before another may.
const HELD: TimeDelta = TimeDelta::minutes(10);
/// After each attempt that failed; after the last of them it is given up.
const PAUSES: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(6),
    TimeDelta::hours(12),
    TimeDelta::hours(24),
];

/// A mail that is to be sent now, and what it is about.
#[derive(Debug, QueryableByName)]
pub struct Due {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Integer)]
    pub days: i32,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    pub expires_at: DateTime<Utc>,
    /// Nothing happened meanwhile that makes it pointless.
    #[diesel(sql_type = Bool)]
    pub stands: bool,
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub user_name: String,
    #[diesel(sql_type = BigInt)]
    pub token: TokenId,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Text)]
    pub hint: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub last_used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub service_account: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub slug: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub organization: Option<String>,
}

/// The next one that is due, for whoever asks and nobody else for a while.
pub fn take(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Option<Due>> {
    Ok(diesel::sql_query(TAKE)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + HELD)
        .get_result(conn)
        .optional()?)
}

const TAKE: &str = r"
WITH next AS (
    SELECT id FROM expiry_notices WHERE due_at <= $1 AND user_id IS NOT NULL
    ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE expiry_notices n SET due_at = $2, attempts = n.attempts + 1
FROM next, users u, tokens t
    LEFT JOIN organizations o ON o.id = t.organization_id
    LEFT JOIN service_accounts a ON a.id = t.service_account_id
WHERE n.id = next.id AND u.id = n.user_id AND t.id = n.token_id
RETURNING n.id, n.days, n.attempts, n.expires_at, u.email, u.name AS user_name,
    t.id AS token, t.kind, t.name, t.hint,
    (SELECT u.last_used_at FROM token_uses u WHERE u.token_id = t.id) AS last_used_at,
    a.name AS service_account, o.slug, o.name AS organization,
    (t.expires_at IS NOT DISTINCT FROM n.expires_at AND t.expires_at > $1
        AND t.revoked_at IS NULL AND t.disabled_at IS NULL AND u.disabled_at IS NULL
        AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND o.suspended_at IS NULL
        AND (t.user_id = u.id OR EXISTS (
            SELECT FROM memberships m
            WHERE m.organization_id = t.organization_id AND m.user_id = u.id AND m.role = 'owner'))
        AND NOT EXISTS (
            SELECT FROM expiry_notices nearer
            WHERE nearer.token_id = n.token_id AND nearer.expires_at = n.expires_at
              AND nearer.user_id = n.user_id AND nearer.days < n.days)) AS stands
";

pub fn sent(conn: &mut PgConnection, due: &Due, now: DateTime<Utc>) -> Result<()> {
    diesel::update(expiry_notices::table.find(due.id))
        .set((
            expiry_notices::sent_at.eq(now),
            expiry_notices::due_at.eq(None::<DateTime<Utc>>),
            expiry_notices::failure.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Another attempt, unless there were enough or it would come too late.
pub fn failed(conn: &mut PgConnection, due: &Due, why: &str, now: DateTime<Utc>) -> Result<()> {
    let tried = usize::try_from(due.attempts).unwrap_or_default();
    let pause = tried.checked_sub(1).and_then(|tried| PAUSES.get(tried));
    let next = pause.map(|&pause| now + pause).filter(|&next| next < due.expires_at);
    diesel::update(expiry_notices::table.find(due.id))
        .set((expiry_notices::due_at.eq(next), expiry_notices::failure.eq(why)))
        .execute(conn)?;
    Ok(())
}

/// It is not needed any more.
pub fn drop(conn: &mut PgConnection, due: &Due) -> Result<()> {
    let why = "the token, its end or whom it concerns changed before it could be sent";
    diesel::update(expiry_notices::table.find(due.id))
        .set((expiry_notices::due_at.eq(None::<DateTime<Utc>>), expiry_notices::failure.eq(why)))
        .execute(conn)?;
    Ok(())
}
