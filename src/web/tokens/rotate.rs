//! A new secret for a token; the old one works on for as long as is chosen here.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::TimeDelta;
use serde::Deserialize;

use super::create::reveal;
use super::ground::{Ground, Origin};
use super::{Named, at, find_live, holder};
use crate::error::Error;
use crate::http::App;
use crate::tokens::{self, Grace, Token};
use crate::web::form::{self, Problems};
use crate::web::reveal::Reveal;
use crate::web::when::When;
use crate::web::{Form, Owner, Path, Query, Result};

#[derive(Template)]
#[template(path = "tokens/_rotate.html")]
struct RotateDialog {
    name: String,
    action: String,
    back: String,
    from: Option<String>,
    graces: Vec<(i64, &'static str, bool)>,
    problems: Problems,
}

impl RotateDialog {
    fn new(
        owner: &Owner,
        ground: &Ground,
        token: &Token,
        chosen: &str,
        problems: Problems,
    ) -> Self {
        let graces =
            Grace::CHOICES.map(|(seconds, words)| (seconds, words, seconds.to_string() == chosen));
        Self {
            name: token.name.clone(),
            action: format!("{}/{}/rotate", at(owner.slug()), token.id),
            back: ground.url(owner.slug()),
            from: ground.from(),
            graces: graces.into(),
            problems,
        }
    }

    fn titled(self) -> (String, Self) {
        (format!("Rotate “{}”", self.name), self)
    }
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
    let usual = Grace::default().seconds().to_string();
    let dialog = RotateDialog::new(&owner, &ground, &token, &usual, Problems::default());
    ground.present(&owner, &app, &req, dialog.titled(), StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct RotateForm {
    #[serde(default)]
    grace: String,
    from: Option<String>,
}

impl RotateForm {
    fn grace(&self) -> Result<Grace, Error> {
        let seconds = self.grace.parse().ok();
        seconds
            .and_then(|seconds| Grace::from_seconds(seconds).ok())
            .ok_or_else(|| Error::field("grace", "Choose how long the old secret works on."))
    }
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
            let rotation = app.db.write(move |tx| {
                tokens::rotate(tx, &by, holder, id, grace, &keys.peppers.current, None)
            });
            let issued = rotation.await?;
            let until = app.clock.now() + TimeDelta::seconds(grace.seconds());
            let works_on = (grace.seconds() > 0).then(|| When::moment(until, app.clock.now()));
            let title = format!("“{}” has a new secret", issued.token.name);
            let dialog = Reveal { title, grace: works_on, ..reveal(&owner, &app, &ground, issued) };
            ground.present(&owner, &app, &req, (dialog.title.clone(), dialog), StatusCode::OK).await
        }
        Err(problems) => {
            let token = find_live(&app.db, &owner, id).await?;
            let dialog = RotateDialog::new(&owner, &ground, &token, &form.0.grace, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, dialog.titled(), status).await
        }
    }
}
