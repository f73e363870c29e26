//! Making a token. The answer is the one page that shows it.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::fields::{FormDialog, begin};
use super::form::TokenForm;
use super::ground::{Ground, Origin};
use super::{at, holder};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::policies::Cleared;
use crate::tokens::{self, Issued};
use crate::web::form::{self, Problems};
use crate::web::power::Choices;
use crate::web::reveal::Reveal;
use crate::web::twice::Twin;
use crate::web::{Form, Owner, Query, Result};

pub async fn new(
    owner: Owner,
    app: Data<App>,
    origin: Query<Origin>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let ground = origin.0.list();
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let form = begin(&choices, ground.from());
    let dialog = FormDialog::new(&owner, &ground, &choices, form, Problems::default(), None);
    ground.present(&owner, &app, &req, (dialog.title(), dialog), StatusCode::OK).await
}

pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<TokenForm>,
) -> Result<HttpResponse> {
    let form = TokenForm { token: None, ..form.0 };
    let ground = Origin::from(form.from.clone()).list();
    let choices = Choices::read(&owner, &app.db, app.clock.now()).await?;
    let issued = match clear(&choices, &form) {
        Ok(cleared) => issue(&owner, &app, cleared).await,
        Err(refused) => Err(refused),
    };
    match form::checked(issued)? {
        Ok(issued) => {
            let dialog = reveal(&owner, &app, &ground, issued);
            ground
                .present(&owner, &app, &req, (dialog.title.clone(), dialog), StatusCode::CREATED)
                .await
        }
        Err(problems) => {
            let (now, named) = (choices.now, (form.name.as_str(), &problems));
            let twin = Twin::of(&app.db, holder(&owner), named, &at(owner.slug()), now).await?;
            let dialog = FormDialog::new(&owner, &ground, &choices, form, problems, None);
            let dialog = dialog.with_twin(twin);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&owner, &app, &req, (dialog.title(), dialog), status).await
        }
    }
}

fn clear(choices: &Choices, form: &TokenForm) -> CoreResult<Cleared> {
    let (wish, problems) = form.wish(choices.now);
    form::joined(choices.bounds.clear(wish, choices.now), problems)
}

async fn issue(owner: &Owner, app: &Data<App>, cleared: Cleared) -> Result<Issued, Error> {
    let (by, holder, keys) = (owner.actor(), holder(owner), app.clone());
    app.db.write(move |tx| tokens::issue(tx, &by, holder, &keys.mint, cleared)).await
}

/// The dialog that shows a new secret.
pub fn reveal(owner: &Owner, app: &App, ground: &Ground, issued: Issued) -> Reveal {
    let page = format!("{}/{}", at(owner.slug()), issued.token.id);
    let poll = format!("{page}/first-use/{}", issued.generation);
    Reveal::new(issued, &app.config.public_url, poll, page, ground.url(owner.slug()))
}
