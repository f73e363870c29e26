//! A new secret for a token of an account; the old one works on for as long as is chosen here.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;

use super::ground::Ground;
use super::tokens::reveal;
use super::{NamedToken, find, find_token, holder};
use crate::http::App;
use crate::tokens::{self, Token};
use crate::web::form::{self, Problems};
use crate::web::reveal::Reveal;
use crate::web::rotate::{RotateDialog, RotateForm};
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Result};

fn dialog(
    owner: &Owner,
    ground: Ground,
    token: &Token,
    form: RotateForm,
    problems: Problems,
) -> (String, RotateDialog) {
    let back = ground.url(owner.slug());
    let ways = (format!("{back}/tokens/{}/rotate", token.id), back);
    let dialog = RotateDialog::new(&token.name, ways, "on the account’s page", form, problems);
    (dialog.title(), dialog)
}

pub async fn ask_to_rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_token(&app.db, &owner, &path.0).await?;
    let ground = Ground::Account(path.0.account);
    let dialog = dialog(&owner, ground, &token, RotateForm::usual(), Problems::default());
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
    req: HttpRequest,
    form: Form<RotateForm>,
) -> Result<HttpResponse> {
    let token = find_token(&app.db, &owner, &path.0).await?;
    let account = find(&app.db, &owner, path.0.account).await?;
    let ground = Ground::Account(account.id);
    let grace = match form::checked(form.0.grace())? {
        Ok(grace) => grace,
        Err(problems) => {
            let dialog = dialog(&owner, ground, &token, form.0, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return ground.present(&owner, &app, &req, dialog, status).await;
        }
    };
    let (by, holder, id, keys) = (owner.actor(), holder(&owner, account.id), token.id, app.clone());
    let rotation =
        app.db.write(move |tx| tokens::rotate(tx, &by, holder, id, grace, &keys.mint, None));
    let issued = rotation.await?;
    let now = app.clock.now();
    let until = now + TimeDelta::seconds(grace.seconds());
    let works_on = (grace.seconds() > 0).then(|| When::moment(until, now));
    let title = format!("“{}” has a new secret", issued.token.name);
    let dialog = Reveal { title, grace: works_on, ..reveal(&owner, &app, &account, issued) };
    ground.present(&owner, &app, &req, (dialog.title.clone(), dialog), StatusCode::OK).await
}
