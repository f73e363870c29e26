//! Deliveries that wait: taken by one instance at a time, and what came of each attempt.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text, Timestamptz};
use uuid::Uuid;

use super::delivery::message;
use super::post::Attempt;
use crate::db::schema::webhook_deliveries as deliveries;
use crate::error::Result;
use crate::id::{DeliveryId, OrganizationId, WebhookId};
use crate::secret::Sealed;

/// How long whoever took one has before another may: an attempt takes ten seconds at most.
const HELD: TimeDelta = TimeDelta::minutes(2);
/// After each attempt that failed; after the last of them it is given up.
const PAUSES: [TimeDelta; 6] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(1),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(6),
    TimeDelta::hours(24),
];

/// A delivery that is to be sent now, and what that takes.
#[derive(QueryableByName)]
pub struct Parcel {
    #[diesel(sql_type = BigInt)]
    id: DeliveryId,
    #[diesel(sql_type = BigInt)]
    pub webhook: WebhookId,
    #[diesel(sql_type = BigInt)]
    pub organization: OrganizationId,
    #[diesel(sql_type = Text)]
    pub url: String,
    #[diesel(sql_type = Binary)]
    pub secret: Sealed,
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    message_id: Uuid,
    #[diesel(sql_type = Text)]
    pub body: String,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl Parcel {
    pub fn message(&self) -> String {
        message(self.message_id)
    }
}

/// The next one of each webhook that is not busy, for whoever asks and nobody else for a while.
pub fn take(
    conn: &mut PgConnection,
    busy: &[WebhookId],
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Parcel>> {
    taken(conn, None, busy, i64::try_from(limit).unwrap_or_default(), now)
}

/// The next one of this webhook.
pub fn take_of(
    conn: &mut PgConnection,
    webhook: WebhookId,
    now: DateTime<Utc>,
) -> Result<Option<Parcel>> {
    Ok(taken(conn, Some(webhook), &[], 1, now)?.pop())
}

fn taken(
    conn: &mut PgConnection,
    only: Option<WebhookId>,
    busy: &[WebhookId],
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Parcel>> {
    Ok(diesel::sql_query(TAKE)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now + HELD)
        .bind::<Nullable<BigInt>, _>(only)
        .bind::<Array<BigInt>, _>(busy)
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}

/// Whoever waited for a lock sees again whether it is due still.
const TAKE: &str = r"
WITH next AS (
    SELECT d.id
    FROM webhooks w
    JOIN organizations o ON o.id = w.organization_id AND o.suspended_at IS NULL
    CROSS JOIN LATERAL (
        SELECT id, due_at FROM webhook_deliveries d
        WHERE d.webhook_id = w.id AND d.due_at <= $1 ORDER BY due_at, id LIMIT 1) d
    WHERE w.paused_at IS NULL AND ($3 IS NULL OR w.id = $3) AND w.id <> ALL ($4)
      AND w.id IN (SELECT webhook_id FROM webhook_deliveries WHERE due_at <= $1)
    ORDER BY d.due_at LIMIT $5
), mine AS (
    SELECT d.id FROM webhook_deliveries d JOIN next USING (id)
    WHERE d.due_at <= $1 FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhook_deliveries d SET due_at = $2, attempts = d.attempts + 1, attempted_at = $1
FROM mine, webhooks w
WHERE d.id = mine.id AND w.id = d.webhook_id
RETURNING d.id, w.id AS webhook, w.organization_id AS organization, w.url, w.secret, d.message_id,
    d.body, d.attempts
";

/// Writes down what came of it, and when it is tried again, if it is.
pub fn settle(
    conn: &mut PgConnection,
    parcel: &Parcel,
    attempt: &Attempt,
    now: DateTime<Utc>,
) -> Result<()> {
    let failed = attempt.failure.is_some();
    let tried = usize::try_from(parcel.attempts).unwrap_or_default();
    let pause = tried.checked_sub(1).and_then(|tried| PAUSES.get(tried)).filter(|_| failed);
    let took = i32::try_from(attempt.took.as_millis()).unwrap_or(i32::MAX);
    diesel::update(deliveries::table.find(parcel.id))
        .set((
            deliveries::due_at.eq(pause.map(|&pause| now + pause)),
            deliveries::delivered_at.eq((!failed).then_some(now)),
            deliveries::status.eq(attempt.status.map(i32::from)),
            deliveries::duration_ms.eq(took),
            deliveries::failure.eq(&attempt.failure),
            deliveries::excerpt.eq(&attempt.excerpt),
        ))
        .execute(conn)?;
    Ok(())
}
