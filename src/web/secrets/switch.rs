//! The switch of a project, with what it means in plain words.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::InProject;
use super::ground::Grounds;
use crate::access::Level;
use crate::http::App;
use crate::secrets;
use crate::web::{Form, Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_switch.html")]
struct SwitchDialog {
    action: String,
    back: String,
    project: String,
    is_on: bool,
}

pub async fn ask(
    member: Member,
    app: Data<App>,
    path: Path<InProject>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let grounds = Grounds::of(member, &app, &path.0.project, Level::Manage).await?;
    let action = format!("{}/secrets/switch", grounds.at);
    let ground = grounds.first()?;
    let dialog = SwitchDialog {
        action,
        back: ground.here.clone(),
        project: ground.project.name.clone(),
        is_on: ground.project.server_side_encryption,
    };
    let title = "Server-side encryption".to_owned();
    ground.present(&app, &req, None, (title, dialog), StatusCode::OK).await
}

#[derive(Deserialize)]
pub struct SwitchForm {
    on: bool,
}

pub async fn switch(
    member: Member,
    app: Data<App>,
    path: Path<InProject>,
    form: Form<SwitchForm>,
) -> Result<HttpResponse> {
    let grounds = Grounds::of(member, &app, &path.0.project, Level::Manage).await?;
    let (by, project, on) = (grounds.member.actor(), grounds.project.clone(), form.0.on);
    app.db.write(move |tx| secrets::switch(tx, &by, &project, on)).await?;
    let (title, detail) = if on {
        ("Server-side encryption is on", "Tokens without keys read and write values from now on.")
    } else {
        ("Server-side encryption is off", "Only clients with keys read and write values now.")
    };
    grounds.member.me().tell(title, detail)?;
    Ok(page::see_other(&format!("{}/secrets", grounds.at)))
}
