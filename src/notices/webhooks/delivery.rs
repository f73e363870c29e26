//! The record of deliveries: what was to be sent, and what came of it.
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use derive_more::Display;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Webhook;
use crate::db::schema::{webhook_deliveries as deliveries, webhooks};
use crate::error::Result;
use crate::id::{DeliveryId, OrganizationId, WebhookId};

/// What a test delivery is called.
const TEST: &str = "webhook.test";
/// How long a delivery is remembered.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Rows that one statement deletes.
const SLICE: i64 = 1_000;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(Pg))]
pub struct Delivery {
    pub id: DeliveryId,
    message_id: Uuid,
    pub event: String,
    pub created_at: DateTime<Utc>,
    /// The next attempt. While one is under way, when another may be made in its place.
    pub due_at: Option<DateTime<Utc>>,
    pub attempts: i32,
    pub attempted_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    /// Of the last answer.
    pub status: Option<i32>,
    pub duration_ms: Option<i32>,
    pub failure: Option<String>,
    pub excerpt: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, Serialize, ToSchema)]
#[schema(as = DeliveryState)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Not tried yet.
    #[display("waiting")]
    Waiting,
    /// Tried in vain, and tried again.
    #[display("retrying")]
    Retrying,
    #[display("delivered")]
    Delivered,
    /// Given up.
    #[display("failed")]
    Failed,
}

impl Delivery {
    pub fn outcome(&self) -> Outcome {
        match (self.delivered_at, self.due_at, &self.failure) {
            (Some(_), ..) => Outcome::Delivered,
            (None, Some(_), None) => Outcome::Waiting,
            (None, Some(_), Some(_)) => Outcome::Retrying,
            (None, None, _) => Outcome::Failed,
        }
    }

    /// The id that the receiver sees.
    pub fn message(&self) -> String {
        message(self.message_id)
    }
}

pub(super) fn message(id: Uuid) -> String {
    format!("msg_{}", id.simple())
}

/// The newest first; `before` is the last one that was seen.
pub fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    webhook: WebhookId,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let mut query = deliveries::table
        .inner_join(webhooks::table)
        .filter(webhooks::organization_id.eq(organization))
        .filter(deliveries::webhook_id.eq(webhook))
        .order(deliveries::id.desc())
        .limit(limit)
        .select(Delivery::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(deliveries::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// The last one of each of the organization's webhooks that has any.
pub fn latest(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<BTreeMap<WebhookId, Delivery>> {
    let last: Vec<(WebhookId, Delivery)> = deliveries::table
        .inner_join(webhooks::table)
        .filter(webhooks::organization_id.eq(organization))
        .distinct_on(deliveries::webhook_id)
        .order((deliveries::webhook_id, deliveries::id.desc()))
        .select((deliveries::webhook_id, Delivery::as_select()))
        .load(conn)?;
    Ok(last.into_iter().collect())
}

pub(super) fn insert_test(
    conn: &mut PgConnection,
    webhook: &Webhook,
    now: DateTime<Utc>,
) -> Result<Delivery> {
    let body = json!({
        "type": TEST,
        "timestamp": now,
        "data": { "organization": { "id": webhook.organization_id }, "webhook": { "id": webhook.id } },
    });
    Ok(diesel::insert_into(deliveries::table)
        .values((
            deliveries::webhook_id.eq(webhook.id),
            deliveries::message_id.eq(Uuid::now_v7()),
            deliveries::event.eq(TEST),
            deliveries::body.eq(body.to_string()),
            deliveries::created_at.eq(now),
            deliveries::due_at.eq(now),
        ))
        .returning(Delivery::as_returning())
        .get_result(conn)?)
}

/// `None` where the webhook has no such delivery.
pub(super) fn insert_again(
    conn: &mut PgConnection,
    webhook: WebhookId,
    id: DeliveryId,
    now: DateTime<Utc>,
) -> Result<Option<Delivery>> {
    let same = deliveries::table
        .filter(deliveries::webhook_id.eq(webhook))
        .filter(deliveries::id.eq(id))
        .select((
            deliveries::webhook_id,
            deliveries::message_id,
            deliveries::event,
            deliveries::body,
            now.into_sql::<Timestamptz>(),
            Some(now).into_sql::<Nullable<Timestamptz>>(),
        ));
    Ok(diesel::insert_into(deliveries::table)
        .values(same)
        .into_columns((
            deliveries::webhook_id,
            deliveries::message_id,
            deliveries::event,
            deliveries::body,
            deliveries::created_at,
            deliveries::due_at,
        ))
        .returning(Delivery::as_returning())
        .get_result(conn)
        .optional()?)
}

/// Deliveries that wait to be made, or to be tried again.
pub fn waiting(conn: &mut PgConnection) -> Result<i64> {
    let due = deliveries::table.filter(deliveries::due_at.is_not_null());
    Ok(due.count().get_result(conn)?)
}

/// Forgets a slice of what is past its time, whatever came of it.
pub fn trim(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let past: Vec<DeliveryId> = deliveries::table
        .filter(deliveries::created_at.lt(now - KEPT))
        .select(deliveries::id)
        .limit(SLICE)
        .load(conn)?;
    Ok(diesel::delete(deliveries::table.filter(deliveries::id.eq_any(past))).execute(conn)?)
}
