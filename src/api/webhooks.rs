//! Where the organization is told of things: `/api/v2/organization/webhooks/`.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deliveries::DeliveryJson;
use super::permission::ManageOrganization;
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::{Json, May, Path, Result};
use crate::error::Error;
use crate::http::App;
use crate::id::WebhookId;
use crate::notices::{self, Created, Event, Webhook};

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookJson {
    id: i64,
    #[schema(example = "https://hooks.example.org/jeton")]
    url: String,
    events: Vec<Event>,
    is_active: bool,
    created_at: DateTime<Utc>,
    /// What signs its deliveries: in the answer that made it, and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_...")]
    secret: Option<String>,
}

impl WebhookJson {
    fn of(webhook: Webhook) -> Self {
        Self {
            id: webhook.id.0,
            events: webhook.events(),
            is_active: webhook.paused_at.is_none(),
            created_at: webhook.created_at,
            url: webhook.url,
            secret: None,
        }
    }

    fn revealed(created: Created) -> Self {
        let secret = Some(created.secret.reveal().to_string());
        Self { secret, ..Self::of(created.webhook) }
    }
}

/// A webhook that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct WebhookFields {
    /// `https://` or `http://`. An address that is not public is refused, unless whoever runs the
    /// instance allows its network.
    #[serde(default)]
    #[schema(required, max_length = 2000, example = "https://hooks.example.org/jeton")]
    url: String,
    /// What to tell of.
    #[serde(default)]
    #[schema(required, value_type = Vec<Event>, example = json!(["token.created", "token.expiring"]))]
    events: Vec<String>,
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct WebhookChange {
    #[schema(max_length = 2000, example = "https://hooks.example.org/jeton/2")]
    url: Option<String>,
    #[schema(value_type = Option<Vec<Event>>)]
    events: Option<Vec<String>>,
    /// `false` pauses it: what happens meanwhile is not told.
    #[schema(example = true)]
    is_active: Option<bool>,
}

/// List webhooks
#[utoipa::path(get, path = "/api/v2/organization/webhooks/", tag = "Webhooks",
    operation_id = "list_webhooks",
    responses((status = 200, description = "Webhooks, the first one first", body = [WebhookJson]),
        Always, Forbidden, Missing))]
pub async fn list(owner: May<ManageOrganization>, app: Data<App>) -> Result<HttpResponse> {
    let webhooks =
        app.db.read(move |conn| notices::list(conn, owner.organization())).await?.into_iter();
    Ok(HttpResponse::Ok().json(webhooks.map(WebhookJson::of).collect::<Vec<_>>()))
}

/// Create a webhook
///
/// The answer holds the signing secret, this once: store it securely.
#[utoipa::path(post, path = "/api/v2/organization/webhooks/", tag = "Webhooks",
    operation_id = "create_webhook",
    request_body = WebhookFields,
    responses(
        (status = 201, description = "The webhook, with its signing secret", body = WebhookJson,
            headers(("Location" = String, description = "Where the webhook is from now on."))),
        Always, Forbidden, Missing, Conflicting, TooLarge
    ))]
pub async fn create(
    owner: May<ManageOrganization>,
    app: Data<App>,
    fields: Json<WebhookFields>,
) -> Result<HttpResponse> {
    let wish = app.notices.clear(&fields.0.url, &fields.0.events).await?;
    let notices = app.notices.clone();
    let created = app
        .db
        .write(move |tx| notices::create(tx, owner.actor(), &notices, owner.organization(), wish))
        .await?;
    let path = format!("/api/v2/organization/webhooks/{}/", created.webhook.id);
    let json = WebhookJson::revealed(created);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(json))
}

/// Get a webhook
#[utoipa::path(get, path = "/api/v2/organization/webhooks/{id}/", tag = "Webhooks",
    operation_id = "get_webhook",
    params(("id" = i64, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = WebhookJson),
        Always, Forbidden, Missing))]
pub async fn show(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
) -> Result<HttpResponse> {
    let webhook = app.db.read(move |conn| notices::find(conn, owner.organization(), id.0)).await?;
    let webhook = webhook.ok_or(Error::NotFound("webhook"))?;
    Ok(HttpResponse::Ok().json(WebhookJson::of(webhook)))
}

/// Change a webhook
///
/// Its address, its events, or whether it is told at all.
#[utoipa::path(patch, path = "/api/v2/organization/webhooks/{id}/", tag = "Webhooks",
    operation_id = "change_webhook",
    params(("id" = i64, Path, description = "The webhook's id")),
    request_body = WebhookChange,
    responses((status = 200, description = "The webhook as it is now", body = WebhookJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn change(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
    fields: Json<WebhookChange>,
) -> Result<HttpResponse> {
    let (organization, id) = (owner.organization(), id.0);
    let WebhookChange { url, events, is_active } = fields.0;
    let before = app.db.read(move |conn| notices::find(conn, organization, id)).await?;
    let before = before.ok_or(Error::NotFound("webhook"))?;
    let is_other = url.is_some() || events.is_some();
    let (url, events) = (url.unwrap_or(before.url), events.unwrap_or(before.events));
    let wish = if is_other { Some(app.notices.clear(&url, &events).await?) } else { None };
    let changed =
        app.db
            .write(move |tx| {
                let by = owner.actor();
                if let Some(wish) = wish {
                    notices::change(tx, by, organization, id, wish)?;
                }
                match is_active {
                    Some(true) => notices::resume(tx, by, organization, id),
                    Some(false) => notices::pause(tx, by, organization, id),
                    None => notices::find(tx.conn(), organization, id)?
                        .ok_or(Error::NotFound("webhook")),
                }
            })
            .await?;
    Ok(HttpResponse::Ok().json(WebhookJson::of(changed)))
}

/// Delete a webhook
///
/// With its deliveries, also those that wait.
#[utoipa::path(delete, path = "/api/v2/organization/webhooks/{id}/", tag = "Webhooks",
    operation_id = "delete_webhook",
    params(("id" = i64, Path, description = "The webhook's id")),
    responses((status = 204, description = "It is gone"), Always, Forbidden, Missing))]
pub async fn delete(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
) -> Result<HttpResponse> {
    app.db.write(move |tx| notices::delete(tx, owner.actor(), owner.organization(), id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give a webhook another signing secret
///
/// The answer holds it, this once. The one before signs nothing any more.
#[utoipa::path(post, path = "/api/v2/organization/webhooks/{id}/secret/", tag = "Webhooks",
    operation_id = "rotate_webhook_secret",
    params(("id" = i64, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook, with its new signing secret", body = WebhookJson),
        Always, Forbidden, Missing))]
pub async fn rotate(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
) -> Result<HttpResponse> {
    let notices = app.notices.clone();
    let rotated = app
        .db
        .write(move |tx| notices::rotate(tx, owner.actor(), &notices, owner.organization(), id.0))
        .await?;
    Ok(HttpResponse::Ok().json(WebhookJson::revealed(rotated)))
}

/// Send a test delivery
///
/// An event `webhook.test`, whatever the webhook is told of.
#[utoipa::path(post, path = "/api/v2/organization/webhooks/{id}/test/", tag = "Webhooks",
    operation_id = "test_webhook",
    params(("id" = i64, Path, description = "The webhook's id")),
    responses((status = 202, description = "The delivery, which is on its way", body = DeliveryJson),
        Always, Forbidden, Missing, Conflicting))]
pub async fn test(
    owner: May<ManageOrganization>,
    app: Data<App>,
    id: Path<WebhookId>,
) -> Result<HttpResponse> {
    let delivery = app
        .db
        .write(move |tx| notices::test(tx, owner.actor(), owner.organization(), id.0))
        .await?;
    Ok(HttpResponse::Accepted().json(DeliveryJson::of(delivery)))
}
