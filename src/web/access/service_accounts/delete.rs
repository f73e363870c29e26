//! Deleting an account with all its tokens; its name is typed where one of them is in use.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::ground::Ground;
use super::{Named, at, page_of};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::ServiceAccountId;
use crate::service_accounts::{self, Listed};
use crate::tokens::IN_USE;
use crate::web::form::{self, Problems};
use crate::web::when::{When, counted};
use crate::web::{Form, Owner, Path, Result, page};

#[derive(Template)]
#[template(path = "access/_delete_account.html")]
struct DeleteDialog {
    name: String,
    page: String,
    /// How many tokens go with it, in words; nothing where it has none.
    tokens: String,
    is_active: bool,
    /// The last use, where it asks for the name to be typed.
    used: Option<When>,
    typed: String,
    problems: Problems,
}

impl DeleteDialog {
    fn of(owner: &Owner, listed: &Listed, now: DateTime<Utc>) -> Self {
        let used = listed.last_used_at.filter(|_| in_use(listed, now));
        Self {
            name: listed.account.name.clone(),
            page: page_of(owner.slug(), listed.account.id),
            tokens: match listed.tokens {
                0 => String::new(),
                1 => "Its token stops".to_owned(),
                many => format!("Its {} stop", counted(many, "token")),
            },
            is_active: listed.account.is_active(),
            used: used.map(|at| When::distance(at, now)),
            typed: String::new(),
            problems: Problems::default(),
        }
    }

    fn titled(self) -> (String, Self) {
        (format!("Delete “{}”", self.name), self)
    }
}

fn in_use(listed: &Listed, now: DateTime<Utc>) -> bool {
    listed.last_used_at.is_some_and(|at| at > now - IN_USE)
}

async fn listed(owner: &Owner, app: &App, id: ServiceAccountId) -> Result<Listed> {
    let organization = owner.organization();
    let found =
        app.db.read(move |conn| service_accounts::find_listed(conn, organization, id)).await?;
    Ok(found.ok_or(Error::NotFound("service account"))?)
}

pub async fn ask_to_delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let listed = listed(&owner, &app, path.0.account).await?;
    let dialog = DeleteDialog::of(&owner, &listed, app.clock.now()).titled();
    let ground = Ground::Account(listed.account.id);
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

impl DeleteForm {
    fn confirms(&self, listed: &Listed, now: DateTime<Utc>) -> CoreResult<()> {
        let name = &listed.account.name;
        if in_use(listed, now) && self.confirm.trim() != name {
            let message =
                format!("Type “{name}” as it stands here: it was used in the last 24 hours.");
            return Err(Error::field("confirm", message));
        }
        Ok(())
    }
}

pub async fn delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<DeleteForm>,
) -> Result<HttpResponse> {
    let listed = listed(&owner, &app, path.0.account).await?;
    let (id, now) = (listed.account.id, app.clock.now());
    if let Err(problems) = form::checked(form.0.confirms(&listed, now))? {
        let dialog = DeleteDialog::of(&owner, &listed, now);
        let dialog = DeleteDialog { typed: form.0.confirm, problems, ..dialog };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ground::Account(id).present(&owner, &app, &req, dialog.titled(), status).await;
    }
    let (by, organization) = (owner.actor(), owner.organization());
    let gone = app.db.write(move |tx| service_accounts::delete(tx, &by, organization, id)).await?;
    let title = format!("“{}” is deleted", gone.name);
    owner.me().tell(title, "Its tokens stopped working at once.")?;
    Ok(page::see_other(&at(owner.slug())))
}
