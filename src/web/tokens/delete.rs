//! Deleting a token: for good, so it is asked for twice, and by name while the token is in use.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::ground::{Ground, Origin};
use super::{Named, at, find_live, holder};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::tokens::{self, Token};
use crate::web::chart::grouped;
use crate::web::form::{self, Problems};
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Query, Result, page};

#[derive(Template)]
#[template(path = "tokens/_delete.html")]
struct DeleteDialog {
    name: String,
    action: String,
    disable: String,
    back: String,
    from: Option<String>,
    in_use: bool,
    is_active: bool,
    used: Option<(When, String)>,
    /// Calls of today, in words.
    today: String,
    typed: String,
    problems: Problems,
}

impl DeleteDialog {
    async fn read(owner: &Owner, app: &App, ground: &Ground, token: &Token) -> Result<Self> {
        let (id, now) = (token.id, app.clock.now());
        let days = app.db.read(move |conn| tokens::days(conn, id, now.date_naive())).await?;
        let calls: i64 = days.iter().map(|day| day.accepted + day.refused).sum();
        let page = format!("{}/{id}", at(owner.slug()));
        let address = token.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default();
        Ok(Self {
            name: token.name.clone(),
            action: format!("{page}/delete"),
            disable: format!("{page}/disable"),
            back: ground.url(owner.slug()),
            from: ground.from(),
            in_use: token.in_use(now),
            is_active: token.is_active(),
            used: token.last_used_at.map(|at| (When::distance(at, now), address)),
            today: match calls {
                0 => String::new(),
                1 => "1 call today".to_owned(),
                calls => format!("{} calls today", grouped(calls.unsigned_abs())),
            },
            typed: String::new(),
            problems: Problems::default(),
        })
    }

    fn titled(self) -> (String, Self) {
        (format!("Delete “{}”", self.name), self)
    }
}

pub async fn ask_to_delete(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    origin: Query<Origin>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let ground = origin.0.of(token.id);
    let dialog = DeleteDialog::read(&owner, &app, &ground, &token).await?;
    ground.present(&owner, &app, &req, dialog.titled(), StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
    from: Option<String>,
}

impl DeleteForm {
    fn confirms(&self, token: &Token, now: DateTime<Utc>) -> CoreResult<()> {
        if token.in_use(now) && self.confirm.trim() != token.name {
            let message = format!(
                "Type “{}” as it stands here: it was used in the last 24 hours.",
                token.name
            );
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
    let (by, holder, now) = (owner.actor(), holder(&owner), app.clock.now());
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let ground = Origin::from(form.0.from.clone()).of(token.id);
    if let Err(problems) = form::checked(form.0.confirms(&token, now))? {
        let dialog = DeleteDialog::read(&owner, &app, &ground, &token).await?;
        let dialog = DeleteDialog { typed: form.0.confirm, problems, ..dialog };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return ground.present(&owner, &app, &req, dialog.titled(), status).await;
    }
    let id = token.id;
    let token = app.db.write(move |tx| tokens::revoke(tx, &by, holder, id)).await?;
    owner
        .me()
        .tell(format!("“{}” is deleted", token.name), "Its secret stopped working at once.")?;
    Ok(page::see_other(&ground.url(owner.slug())))
}
