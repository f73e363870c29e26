//! Environments of a project, made, renamed and deleted.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::ground::{Ground, Grounds};
use super::{InEnvironment, InProject};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::secrets;
use crate::web::form::{self, Problems};
use crate::web::{Form, Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_environment.html")]
struct NameDialog {
    action: String,
    back: String,
    /// What it is called before; nothing for a new one.
    before: Option<String>,
    name: String,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "secrets/_delete_environment.html")]
struct DeleteDialog {
    action: String,
    back: String,
    name: String,
    /// How many secrets go with it.
    secrets: i64,
    typed: String,
    problems: Problems,
}

#[derive(Deserialize)]
pub struct NameForm {
    #[serde(default)]
    name: String,
}

pub async fn new(
    member: Member,
    app: Data<App>,
    path: Path<InProject>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let grounds = Grounds::of(member, &app, &path.0.project, Level::Manage).await?;
    present_new(grounds, &app, &req, String::new(), Problems::default()).await
}

async fn present_new(
    grounds: Grounds,
    app: &App,
    req: &HttpRequest,
    name: String,
    problems: Problems,
) -> Result<HttpResponse> {
    let status = problems.status();
    let action = format!("{}/environments", grounds.at);
    let ground = grounds.first()?;
    let back = ground.here.clone();
    let dialog = NameDialog { action, back, before: None, name, problems };
    ground.present(app, req, None, ("Create environment".to_owned(), dialog), status).await
}

pub async fn create(
    member: Member,
    app: Data<App>,
    path: Path<InProject>,
    req: HttpRequest,
    form: Form<NameForm>,
) -> Result<HttpResponse> {
    let grounds = Grounds::of(member, &app, &path.0.project, Level::Manage).await?;
    let (by, project, name) = (grounds.member.actor(), grounds.project.clone(), form.0.name);
    let (vault, wanted) = (app.vault.clone(), name.clone());
    let made = app
        .db
        .write(move |tx| secrets::create_environment(tx, &by, &vault, &project, &wanted))
        .await;
    match form::checked(made)? {
        Ok(made) => {
            let detail = format!("{} has keys of its own, and no secrets yet.", made.name);
            grounds.member.me().tell("Environment created", detail)?;
            Ok(page::see_other(&grounds.page_of(&made)))
        }
        Err(problems) => present_new(grounds, &app, &req, name, problems).await,
    }
}

pub async fn ask_to_rename(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Manage).await?;
    let name = ground.environment.name.clone();
    present_rename(ground, &app, &req, name, Problems::default()).await
}

async fn present_rename(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    name: String,
    problems: Problems,
) -> Result<HttpResponse> {
    let status = problems.status();
    let before = ground.environment.name.clone();
    let title = format!("Rename {before}");
    let dialog = NameDialog {
        action: format!("{}/rename", ground.here),
        back: ground.here.clone(),
        before: Some(before),
        name,
        problems,
    };
    ground.present(app, req, None, (title, dialog), status).await
}

pub async fn rename(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
    form: Form<NameForm>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Manage).await?;
    let (by, place, name) = (ground.member.actor(), ground.place(), form.0.name);
    let wanted = name.clone();
    let renamed =
        app.db.write(move |tx| secrets::rename_environment(tx, &by, &place, &wanted)).await;
    match form::checked(renamed)? {
        Ok(renamed) => {
            let before = &ground.environment.name;
            let detail = format!("{before} is now called {}.", renamed.name);
            ground.member.me().tell("Environment renamed", detail)?;
            Ok(page::see_other(&ground.here))
        }
        Err(problems) => present_rename(ground, &app, &req, name, problems).await,
    }
}

pub async fn ask_to_delete(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Manage).await?;
    present_delete(ground, &app, &req, String::new(), Problems::default()).await
}

async fn present_delete(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    typed: String,
    problems: Problems,
) -> Result<HttpResponse> {
    let status = problems.status();
    let secrets = count(&ground, app).await?;
    let name = ground.environment.name.clone();
    let title = format!("Delete {name}");
    let (action, back) = (format!("{}/delete", ground.here), ground.here.clone());
    let dialog = DeleteDialog { action, back, name, secrets, typed, problems };
    ground.present(app, req, None, (title, dialog), status).await
}

async fn count(ground: &Ground, app: &App) -> Result<i64> {
    let id = ground.environment.id;
    let counts = app.db.read(move |conn| secrets::counts(conn, &[id])).await?;
    Ok(counts.first().map_or(0, |(_, count)| *count))
}

#[derive(Deserialize)]
pub struct DeleteForm {
    #[serde(default)]
    confirm: String,
}

/// One that holds secrets goes only when its name was typed.
pub async fn delete(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
    form: Form<DeleteForm>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Manage).await?;
    let (name, typed) = (ground.environment.name.clone(), form.0.confirm);
    if typed.trim() != name && count(&ground, &app).await? > 0 {
        let wrong = Error::field("confirm", format!("Type {name}, as it is written."));
        if let Err(problems) = form::checked(Err::<(), _>(wrong))? {
            return present_delete(ground, &app, &req, typed, problems).await;
        }
    }
    let (by, place) = (ground.member.actor(), ground.place());
    app.db.write(move |tx| secrets::delete_environment(tx, &by, &place)).await?;
    ground.member.me().tell("Environment deleted", format!("{name} is gone, for good."))?;
    Ok(page::see_other(&format!("{}/secrets", ground.at)))
}
