//! The dialogs that ask before something is done.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::{FormDialog, WebhookForm};
use super::ground::Ground;
use super::{Named, at};
use crate::error::Error;
use crate::http::App;
use crate::id::WebhookId;
use crate::notices::{self, Webhook};
use crate::web::form::Problems;
use crate::web::{Owner, Path, Result};

/// What is asked of a webhook.
#[derive(Template)]
#[template(ext = "html")]
enum Question {
    #[template(path = "settings/webhooks/_rotate.html")]
    Rotate { page: String, host: String },
    #[template(path = "settings/webhooks/_delete.html")]
    Delete { page: String, host: String },
}

pub async fn new(owner: Owner, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let (form, problems) = (WebhookForm::default(), Problems::default());
    let dialog = FormDialog::new(&owner, None, form, problems);
    Ground::List.present(&owner, &app, &req, ("Add webhook", dialog), StatusCode::OK).await
}

pub async fn ask_to_edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let webhook = find(&owner, &app, path.0.id).await?;
    let (id, form) = (webhook.id, WebhookForm::of(webhook));
    let dialog = FormDialog::new(&owner, Some(id), form, Problems::default());
    let ground = Ground::Webhook(id);
    ground.present(&owner, &app, &req, ("Change webhook", dialog), StatusCode::OK).await
}

pub async fn ask_to_rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (ground, webhook) = (Ground::Webhook(path.0.id), find(&owner, &app, path.0.id).await?);
    let (page, host) = (ground.url(owner.slug()), webhook.host());
    let dialog = ("Rotate the signing secret", Question::Rotate { page, host });
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn ask_to_delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let webhook = find(&owner, &app, path.0.id).await?;
    let page = format!("{}/{}", at(owner.slug()), webhook.id);
    let dialog = ("Delete webhook", Question::Delete { page, host: webhook.host() });
    Ground::Webhook(webhook.id).present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn find(owner: &Owner, app: &App, id: WebhookId) -> Result<Webhook> {
    let organization = owner.organization();
    let webhook = app.db.read(move |conn| notices::find(conn, organization, id)).await?;
    Ok(webhook.ok_or(Error::NotFound("webhook"))?)
}
