//! Deleting a token of an account; its name is typed where it is in use.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::ground::Ground;
use super::{NamedToken, find_token, holder};
use crate::error::Problem;
use crate::http::App;
use crate::tokens::{self, Token};
use crate::web::form::Problems;
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Result, page};

#[derive(Template)]
#[template(path = "access/_delete_token.html")]
struct DeleteDialog {
    name: String,
    action: String,
    back: String,
    /// The last use, where it asks for the name to be typed.
    used: Option<When>,
    typed: String,
    problems: Problems,
}

impl DeleteDialog {
    fn of(owner: &Owner, ground: Ground, token: &Token, now: DateTime<Utc>) -> Self {
        let back = ground.url(owner.slug());
        let used = token.last_used_at.filter(|_| token.in_use(now));
        Self {
            name: token.name.clone(),
            action: format!("{back}/tokens/{}/delete", token.id),
            back,
            used: used.map(|at| When::distance(at, now)),
            typed: String::new(),
            problems: Problems::default(),
        }
    }

    fn titled(self) -> (String, Self) {
        (format!("Delete “{}”", self.name), self)
    }
}

pub async fn ask_to_delete_token(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_token(&app.db, &owner, &path.0).await?;
    let ground = Ground::Account(path.0.account);
    let dialog = DeleteDialog::of(&owner, ground, &token, app.clock.now()).titled();
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

pub async fn delete_token(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
    req: HttpRequest,
    form: Form<DeleteForm>,
) -> Result<HttpResponse> {
    let token = find_token(&app.db, &owner, &path.0).await?;
    let (ground, now) = (Ground::Account(path.0.account), app.clock.now());
    if token.in_use(now) && form.0.confirm.trim() != token.name {
        let wrong = Problem::new("confirm", "Type the name as it stands above.");
        let dialog = DeleteDialog {
            typed: form.0.confirm,
            problems: Problems::new(vec![wrong]),
            ..DeleteDialog::of(&owner, ground, &token, now)
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return ground.present(&owner, &app, &req, dialog.titled(), status).await;
    }
    let (by, holder, id) = (owner.actor(), holder(&owner, path.0.account), token.id);
    let gone = app.db.write(move |tx| tokens::revoke(tx, &by, holder, id)).await?;
    let title = format!("“{}” is deleted", gone.name);
    owner.me().tell(title, "Its secret stopped working at once.")?;
    Ok(page::see_other(&ground.url(owner.slug())))
}
