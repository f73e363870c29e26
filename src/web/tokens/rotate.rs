//! A new secret for a token; the old one works on for as long as is chosen here.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::TimeDelta;

use super::create::reveal;
use super::ground::{Ground, Origin};
use super::{Named, at, find_live, holder};
use crate::http::App;
use crate::tokens::{self, Token};
use crate::web::form::{self, Problems};
use crate::web::reveal::Reveal;
use crate::web::rotate::{RotateDialog, RotateForm};
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Query, Result};

fn dialog(
    owner: &Owner,
    ground: &Ground,
    token: &Token,
    mut form: RotateForm,
    problems: Problems,
) -> (String, RotateDialog) {
    let ways = (format!("{}/{}/rotate", at(owner.slug()), token.id), ground.url(owner.slug()));
    form.from = ground.from();
    let dialog = RotateDialog::new(&token.name, ways, "on the token’s page", form, problems);
    (dialog.title(), dialog)
}

pub async fn ask_to_rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    origin: Query<Origin>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let token = find_live(&app.db, &owner, path.0.id).await?;
    let ground = origin.0.of(token.id);
    let dialog = dialog(&owner, &ground, &token, RotateForm::usual(), Problems::default());
    ground.present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn rotate(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<RotateForm>,
) -> Result<HttpResponse> {
    let id = path.0.id;
    let ground = Origin::from(form.0.from.clone()).of(id);
    match form::checked(form.0.grace())? {
        Ok(grace) => {
            let (by, holder, keys) = (owner.actor(), holder(&owner), app.clone());
            let rotation = app
                .db
                .write(move |tx| tokens::rotate(tx, &by, holder, id, grace, &keys.mint, None));
            let issued = rotation.await?;
            let until = app.clock.now() + TimeDelta::seconds(grace.seconds());
            let works_on = (grace.seconds() > 0).then(|| When::moment(until, app.clock.now()));
            let title = format!("“{}” has a new secret", issued.token.name);
            let dialog = Reveal { title, grace: works_on, ..reveal(&owner, &app, &ground, issued) };
            ground.present(&owner, &app, &req, (dialog.title.clone(), dialog), StatusCode::OK).await
        }
        Err(problems) => {
            let token = find_live(&app.db, &owner, id).await?;
            let dialog = dialog(&owner, &ground, &token, form.0, problems);
            ground.present(&owner, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
