//! Adding and changing a webhook, and the one answer that shows its signing secret.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::ground::Ground;
use super::{Named, at};
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::id::WebhookId;
use crate::notices::{self, Created, Event, Webhook};
use crate::secret::Revealed;
use crate::web::form::{self, Problems};
use crate::web::{Form, Owner, Path, Result, page};

#[derive(Default, Clone, Deserialize)]
pub struct WebhookForm {
    #[serde(default)]
    url: String,
    #[serde(default)]
    events: Vec<String>,
}

impl WebhookForm {
    pub fn of(webhook: Webhook) -> Self {
        Self { url: webhook.url, events: webhook.events }
    }

    async fn clear(&self, app: &App) -> CoreResult<notices::Wish> {
        app.notices.clear(&self.url, &self.events).await
    }
}

#[derive(Template)]
#[template(path = "settings/webhooks/_form.html")]
pub struct FormDialog {
    action: String,
    back: String,
    is_new: bool,
    form: WebhookForm,
    problems: Problems,
}

impl FormDialog {
    /// For one that is there, or for a new one.
    pub fn new(
        owner: &Owner,
        id: Option<WebhookId>,
        form: WebhookForm,
        problems: Problems,
    ) -> Self {
        let at = at(owner.slug());
        let (action, back) = match id {
            Some(id) => (format!("{at}/{id}/edit"), format!("{at}/{id}")),
            None => (at.clone(), at),
        };
        Self { action, back, is_new: id.is_none(), form, problems }
    }

    fn picks(&self, event: Event) -> bool {
        self.form.events.iter().any(|name| name == event.name())
    }
}

/// Stands in one answer only.
#[derive(Template)]
#[template(path = "settings/webhooks/_reveal.html")]
struct Reveal {
    host: String,
    secret: Revealed,
    back: String,
}

pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<WebhookForm>,
) -> Result<HttpResponse> {
    let made = match form.0.clear(&app).await {
        Ok(wish) => {
            let (by, organization, keys) = (owner.actor(), owner.organization(), app.clone());
            let create =
                app.db.write(move |tx| notices::create(tx, &by, &keys.notices, organization, wish));
            create.await
        }
        Err(refused) => Err(refused),
    };
    match form::checked(made)? {
        Ok(created) => reveal(&owner, &app, &req, created, StatusCode::CREATED).await,
        Err(problems) => {
            let dialog = FormDialog::new(&owner, None, form.0, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ground::List.present(&owner, &app, &req, ("Add webhook", dialog), status).await
        }
    }
}

pub async fn edit(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<WebhookForm>,
) -> Result<HttpResponse> {
    let (id, ground) = (path.0.id, Ground::Webhook(path.0.id));
    let changed = match form.0.clear(&app).await {
        Ok(wish) => {
            let (by, organization) = (owner.actor(), owner.organization());
            app.db.write(move |tx| notices::change(tx, &by, organization, id, wish)).await
        }
        Err(refused) => Err(refused),
    };
    match form::checked(changed)? {
        Ok(webhook) => {
            let detail = format!("{} is told as you said.", webhook.host());
            owner.me().tell("Webhook changed", detail)?;
            Ok(page::see_other(&ground.url(owner.slug())))
        }
        Err(problems) => {
            let dialog = FormDialog::new(&owner, Some(id), form.0, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, ("Change webhook", dialog), status).await
        }
    }
}

pub async fn rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (by, organization, keys) = (owner.actor(), owner.organization(), app.clone());
    let id = path.0.id;
    let rotated =
        app.db.write(move |tx| notices::rotate(tx, &by, &keys.notices, organization, id)).await?;
    reveal(&owner, &app, &req, rotated, StatusCode::OK).await
}

async fn reveal(
    owner: &Owner,
    app: &App,
    req: &HttpRequest,
    created: Created,
    status: StatusCode,
) -> Result<HttpResponse> {
    let ground = Ground::Webhook(created.webhook.id);
    let dialog = Reveal {
        host: created.webhook.host(),
        secret: created.secret.reveal(),
        back: ground.url(owner.slug()),
    };
    ground.present(owner, app, req, ("Signing secret", dialog), status).await
}
