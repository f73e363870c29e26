//! Making an account for someone who has none, and a member of them. The link with which they set
//! their password is shown once.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::members::{at, present, present_once};
use super::seat_form::{SeatFields, SeatForm};
use crate::accounts::PasswordLink;
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::organizations::{self, Newcomer};
use crate::projects;
use crate::web::admin::LinkDialog;
use crate::web::form::{self, Problems};
use crate::web::{Form, Owner, Result};

#[derive(Template)]
#[template(path = "access/_create_member.html")]
struct CreateDialog {
    at: String,
    name: String,
    email: String,
    fields: SeatFields,
}

async fn dialog(
    owner: &Owner,
    app: &App,
    form: SeatForm,
    problems: Problems,
) -> Result<CreateDialog> {
    let organization = owner.organization();
    let projects = app.db.read(move |conn| projects::list(conn, organization)).await?;
    let fields = SeatFields::new(&form, projects, problems);
    Ok(CreateDialog { at: at(owner), name: form.name, email: form.email, fields })
}

pub async fn new(owner: Owner, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let dialog = dialog(&owner, &app, SeatForm::least(), Problems::default()).await?;
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<SeatForm>,
) -> Result<HttpResponse> {
    match form::checked(make(&owner, &app, &form.0).await)? {
        Ok(link) => {
            let dialog = LinkDialog::of(&app, link, at(&owner));
            present_once(&owner, &app, &req, dialog).await
        }
        Err(problems) => {
            let dialog = dialog(&owner, &app, form.0, problems).await?;
            present(&owner, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn make(owner: &Owner, app: &Data<App>, form: &SeatForm) -> CoreResult<PasswordLink> {
    let newcomer =
        Newcomer { name: form.name.clone(), email: form.email.clone(), seat: form.seat()? };
    let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
    let shared = app.clone();
    let made = app.db.write(move |tx| {
        organizations::create_member(tx, &by, organization, newcomer, &giver, &shared.pepper)
    });
    Ok(made.await?.1)
}
