//! What a webhook was told: `/api/v2/organization/webhooks/{id}/deliveries/`.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::permission::ManageOrganization;
use super::read::Part;
use super::refusals::{Always, Conflicting, Forbidden, Missing};
use super::{May, Path, Query, Result, page};
use crate::error::Error;
use crate::http::App;
use crate::id::{DeliveryId, WebhookId};
use crate::notices::{self, Delivery, Outcome};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryJson {
    id: i64,
    /// The `webhook-id` header: the same when it is sent again.
    #[schema(example = "msg_01987c0ef4f17f8d8d4b4f8cf4f3b6a1")]
    message_id: String,
    #[schema(example = "token.created")]
    event: String,
    state: Outcome,
    attempts: i32,
    created_at: DateTime<Utc>,
    attempted_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    /// Where it is to be tried again.
    next_attempt_at: Option<DateTime<Utc>>,
    /// What the last attempt was answered with, where it was.
    status_code: Option<i32>,
    duration_ms: Option<i32>,
    /// Why the last attempt failed.
    failure: Option<String>,
    /// The beginning of the last answer.
    excerpt: Option<String>,
}

impl DeliveryJson {
    pub fn of(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.0,
            message_id: delivery.message(),
            state: delivery.outcome(),
            event: delivery.event,
            attempts: delivery.attempts,
            created_at: delivery.created_at,
            attempted_at: delivery.attempted_at,
            delivered_at: delivery.delivered_at,
            next_attempt_at: delivery.due_at,
            status_code: delivery.status,
            duration_ms: delivery.duration_ms,
            failure: delivery.failure,
            excerpt: delivery.excerpt,
        }
    }
}

impl Part for DeliveryId {
    const NAME: &'static str = "delivery";
    const NOUN: &'static str = "delivery";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// List a webhook's deliveries
///
/// Those of the last 30 days, the newest first.
#[utoipa::path(get, path = "/api/v2/organization/webhooks/{id}/deliveries/", tag = "Webhooks",
    operation_id = "list_deliveries",
    params(("id" = i64, Path, description = "The webhook's id"), DeliveryQuery),
    responses(
        (status = 200, description = "A page of deliveries", body = [DeliveryJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
    req: HttpRequest,
    query: Query<DeliveryQuery>,
) -> Result<HttpResponse> {
    let (organization, id, limit) =
        (owner.organization(), id.0, page::limit(query.0.limit.as_deref())?);
    let not_a_place = |_| Error::field("after", "This is not a place in this list.");
    let before: Option<DeliveryId> =
        query.0.after.map(|after| after.parse().map_err(not_a_place)).transpose()?;
    let read = app.db.read(move |conn| {
        notices::find(conn, organization, id)?.ok_or(Error::NotFound("webhook"))?;
        notices::deliveries(conn, organization, id, before, limit + 1)
    });
    let mut deliveries = read.await?;
    let more = deliveries.len() > usize::try_from(limit).unwrap_or_default();
    if more {
        deliveries.pop();
    }
    let after = deliveries.last().filter(|_| more).map(|last| last.id.to_string());
    let deliveries: Vec<_> = deliveries.into_iter().map(DeliveryJson::of).collect();
    Ok(page::answer(&req, &deliveries, after))
}

/// Send a delivery again
///
/// As another delivery with the same `webhook-id` and the same body.
#[utoipa::path(post, path = "/api/v2/organization/webhooks/{id}/deliveries/{delivery}/resend/",
    tag = "Webhooks", operation_id = "resend_delivery",
    params(("id" = i64, Path, description = "The webhook's id"),
        ("delivery" = i64, Path, description = "The delivery's id")),
    responses((status = 202, description = "The delivery, which is on its way", body = DeliveryJson),
        Always, Forbidden, Missing, Conflicting))]
pub async fn resend(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
    delivery: Path<DeliveryId>,
) -> Result<HttpResponse> {
    let again = app
        .db
        .write(move |tx| {
            let (by, organization) = (owner.actor(), owner.organization());
            notices::resend(tx, by, organization, id.0, delivery.0)
        })
        .await?;
    Ok(HttpResponse::Accepted().json(DeliveryJson::of(again)))
}
