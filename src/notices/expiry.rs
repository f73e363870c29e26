//! Announcing that a token ends: which notices are due, each written down once.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Timestamptz};

use crate::db::schema::{expiry_notices, users};
use crate::error::Result;
use crate::id::TokenId;

/// Before the end, when it is told.
pub const DAYS: [i32; 5] = [30, 14, 7, 3, 1];
/// Rows that one statement writes or deletes.
const SLICE: i64 = 1_000;
/// How long after a token's end its notices are kept.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Writes a slice of what is due down, for whoever sends it; returns how much that was. What
/// goes to webhooks goes into their outbox here; what goes to people waits for the mail.
///
/// Of several that would be due only the nearest is told. None is due that lay before the end was
/// set, or before the owner became one: who makes a token for a week knows that it ends in a week.
pub fn announce(conn: &mut PgConnection, by_mail: bool, now: DateTime<Utc>) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Made {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let made: Made = diesel::sql_query(ANNOUNCE)
        .bind::<Timestamptz, _>(now)
        .bind::<Bool, _>(by_mail)
        .bind::<BigInt, _>(SLICE)
        .get_result(conn)?;
    Ok(usize::try_from(made.rows).unwrap_or_default())
}

/// A day is 24 hours, whatever the database's time zone makes of it.
const ANNOUNCE: &str = r"
WITH near AS (
    SELECT t.id, t.organization_id, t.user_id, t.expires_at, b.days,
           t.expires_at - b.days * interval '24 hours' AS crossed
    FROM (VALUES (30, 14), (14, 7), (7, 3), (3, 1), (1, 0)) AS b (days, next)
    JOIN tokens t ON t.expires_at > $1 + b.next * interval '24 hours'
                 AND t.expires_at <= $1 + b.days * interval '24 hours'
    LEFT JOIN service_accounts a ON a.id = t.service_account_id
    LEFT JOIN organizations o ON o.id = t.organization_id
    WHERE t.revoked_at IS NULL AND t.disabled_at IS NULL
      AND a.disabled_at IS NULL AND a.deleted_at IS NULL AND o.suspended_at IS NULL
      AND t.expiry_set_at < t.expires_at - b.days * interval '24 hours'
), due AS (
    SELECT near.id, near.expires_at, near.days, whom.id AS user_id
    FROM near CROSS JOIN LATERAL (
        SELECT NULL::bigint AS id WHERE EXISTS (
            SELECT FROM webhooks w WHERE w.organization_id = near.organization_id
              AND w.paused_at IS NULL AND 'token.expiring' = ANY (w.events))
        UNION ALL
        SELECT u.id FROM users u WHERE $2 AND u.id = near.user_id AND u.disabled_at IS NULL
        UNION ALL
        SELECT u.id FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE $2 AND m.organization_id = near.organization_id AND m.role = 'owner'
          AND m.created_at < near.crossed AND u.disabled_at IS NULL
    ) whom
    WHERE NOT EXISTS (
        SELECT FROM expiry_notices n
        WHERE n.token_id = near.id AND n.expires_at = near.expires_at AND n.days = near.days
          AND coalesce(n.user_id, 0) = coalesce(whom.id, 0))
    LIMIT $3
), made AS (
    INSERT INTO expiry_notices (token_id, expires_at, days, user_id, created_at, due_at, sent_at)
    SELECT id, expires_at, days, user_id, $1,
           CASE WHEN user_id IS NOT NULL THEN $1 END, CASE WHEN user_id IS NULL THEN $1 END
    FROM due
    ON CONFLICT DO NOTHING
    RETURNING token_id, days, user_id
), told AS (
    SELECT tell_webhooks('token.expiring', $1, token_id, jsonb_build_object('days', days))
    FROM made WHERE user_id IS NULL
)
SELECT (SELECT count(*) FROM made) + 0 * (SELECT count(told) FROM told) AS rows
";

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Sent(DateTime<Utc>),
    Waiting,
    /// It is tried again.
    Failing,
    GivenUp,
}

/// That someone was told, or is to be told, of a token's end.
#[derive(Debug, Clone)]
pub struct Notice {
    pub days: i32,
    /// By name; the organization's webhooks have none.
    pub person: Option<String>,
    pub standing: Standing,
    pub failure: Option<String>,
}

/// Those about the token's end as it is set now, the latest first.
pub fn of_token(
    conn: &mut PgConnection,
    token: TokenId,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Vec<Notice>> {
    type Row =
        (i32, Option<String>, Option<DateTime<Utc>>, Option<DateTime<Utc>>, i32, Option<String>);
    let rows: Vec<Row> = expiry_notices::table
        .left_join(users::table)
        .filter(expiry_notices::token_id.eq(token))
        .filter(expiry_notices::expires_at.nullable().eq(expires_at))
        .order((expiry_notices::days, users::name))
        .limit(50)
        .select((
            expiry_notices::days,
            users::name.nullable(),
            expiry_notices::sent_at,
            expiry_notices::due_at,
            expiry_notices::attempts,
            expiry_notices::failure,
        ))
        .load(conn)?;
    let notices = rows.into_iter().map(|(days, person, sent, due, attempts, failure)| {
        let standing = match (sent, due, attempts) {
            (Some(at), ..) => Standing::Sent(at),
            (None, Some(_), 0) => Standing::Waiting,
            (None, Some(_), _) => Standing::Failing,
            (None, None, _) => Standing::GivenUp,
        };
        Notice { days, person, standing, failure }
    });
    Ok(notices.collect())
}

/// Mails that wait to be sent, or to be tried again.
pub fn waiting(conn: &mut PgConnection) -> Result<i64> {
    let due = expiry_notices::table.filter(expiry_notices::due_at.is_not_null());
    Ok(due.count().get_result(conn)?)
}

/// Forgets a slice of those about tokens that ended a while ago.
pub fn trim(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let past: Vec<i64> = expiry_notices::table
        .filter(expiry_notices::expires_at.lt(now - KEPT))
        .select(expiry_notices::id)
        .limit(SLICE)
        .load(conn)?;
    Ok(diesel::delete(expiry_notices::table.filter(expiry_notices::id.eq_any(past)))
        .execute(conn)?)
}
