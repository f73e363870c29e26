//! Giving a member another role or other projects.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::members::{at, present};
use super::seat_form::{SeatFields, SeatForm};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::UserId;
use crate::organizations::{self, Membership};
use crate::projects::{self, Project};
use crate::web::failure::sentence;
use crate::web::form::{self, Problems};
use crate::web::{Form, Owner, Path, Result, page};

#[derive(Template)]
#[template(path = "access/_change.html")]
struct ChangeDialog {
    at: String,
    id: UserId,
    name: String,
    fields: SeatFields,
    /// Why it cannot be so, as a whole.
    refused: Option<String>,
}

#[derive(Deserialize)]
pub struct One {
    pub user: UserId,
}

async fn read(owner: &Owner, app: &App, user: UserId) -> Result<(Membership, Vec<Project>)> {
    let organization = owner.organization();
    let read = app.db.read(move |conn| {
        let member = organizations::member(conn, organization, user)?;
        CoreResult::Ok((
            member.ok_or(Error::NotFound("member"))?,
            projects::list(conn, organization)?,
        ))
    });
    Ok(read.await?)
}

pub async fn ask(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (member, projects) = read(&owner, &app, path.0.user).await?;
    let form = SeatForm::of(&member.seat());
    let fields = SeatFields::new(&form, projects, Problems::default());
    let (id, name) = (member.user, member.user_name);
    let dialog = ChangeDialog { at: at(&owner), id, name, fields, refused: None };
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn change(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
    form: Form<SeatForm>,
) -> Result<HttpResponse> {
    let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
    let (user, typed) = (path.0.user, form.0.clone());
    let changed = app.db.write(move |tx| {
        organizations::change_member(tx, &by, organization, user, |_| typed.seat(), &giver)
    });
    let (problems, refused, status) = match changed.await {
        Err(Error::Conflict(why)) => {
            (Problems::default(), Some(sentence(&why)), StatusCode::CONFLICT)
        }
        other => match form::checked(other)? {
            Ok(member) => {
                let now = format!("{} is {} from now on.", member.user_name, said(&member));
                owner.me().tell("Member changed", now)?;
                return Ok(page::see_other(&at(&owner)));
            }
            Err(problems) => (problems, None, StatusCode::UNPROCESSABLE_ENTITY),
        },
    };
    let (member, projects) = read(&owner, &app, user).await?;
    let fields = SeatFields::new(&form.0, projects, problems);
    let (id, name) = (member.user, member.user_name);
    let dialog = ChangeDialog { at: at(&owner), id, name, fields, refused };
    present(&owner, &app, &req, dialog, status).await
}

/// `an operator`, `readonly`.
fn said(member: &Membership) -> String {
    match member.power.standing.name() {
        role @ ("owner" | "operator") => format!("an {role}"),
        "manager" => "a manager".into(),
        role => role.into(),
    }
}
