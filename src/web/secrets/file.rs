//! `.env` files: many secrets in, and those of an environment out.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::InEnvironment;
use super::ground::Ground;
use crate::access::Level;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::http::aside::aside;
use crate::secrets::{self, Filter, Imported, Opened, dotenv, is_hidden};
use crate::web::form::{self, Problems};
use crate::web::when::counted;
use crate::web::{Form, LargeForm, Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_import.html")]
struct ImportDialog {
    action: String,
    back: String,
    environment: String,
    path: String,
    overwrites: bool,
    /// Whether a file was typed that is not sent back.
    typed: bool,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "secrets/_export.html")]
struct ExportDialog {
    action: String,
    back: String,
    environment: String,
    path: String,
    problems: Problems,
}

pub async fn ask_to_import(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let form = ImportForm { path: "/".into(), ..ImportForm::default() };
    present(ground, &app, &req, &form, Problems::default()).await
}

async fn present(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    form: &ImportForm,
    problems: Problems,
) -> Result<HttpResponse> {
    let status = problems.status();
    let dialog = ImportDialog {
        action: format!("{}/import", ground.here),
        back: ground.here.clone(),
        environment: ground.environment.name.clone(),
        path: form.path.clone(),
        overwrites: form.overwrites,
        typed: !form.file.expose_secret().is_empty(),
        problems,
    };
    let title = format!("Import into {}", ground.environment.name);
    ground.present(app, req, None, (title, dialog), status).await
}

#[derive(Default, Deserialize)]
pub struct ImportForm {
    #[serde(default)]
    file: SecretString,
    #[serde(default)]
    path: String,
    #[serde(default)]
    overwrites: bool,
}

/// # Errors
/// `Invalid`, naming the file and the line.
fn entries(file: &SecretString) -> CoreResult<Vec<dotenv::Entry>> {
    let text = Zeroizing::new(file.expose_secret().replace("\r\n", "\n"));
    let entries = dotenv::parse(&text).map_err(|why| Error::field("file", why))?;
    if entries.is_empty() {
        return Err(Error::field("file", "Paste at least one line such as KEY=value."));
    }
    Ok(entries)
}

async fn imported(ground: &Ground, app: &App, form: &ImportForm) -> CoreResult<Imported> {
    let (by, place) = (ground.member.actor(), ground.place());
    let opener = app.vault.open(&place.environment)?;
    let at = secrets::path(&form.path).map_err(|why| Error::field("path", why))?;
    let filter = Filter { path: Some(at.clone()), ..Filter::default() };
    let environment = place.environment.id;
    let there = app.db.read(move |conn| secrets::list(conn, environment, &filter, None, None));
    let (there, file, overwrites) = (there.await?, form.file.clone(), form.overwrites);
    let plan =
        aside(move || secrets::plan_import(&opener, there, entries(&file)?, &at, overwrites));
    let plan = plan.await.map_err(in_file)?;
    let import = app.db.write(move |tx| secrets::import(tx, &by, &place, plan));
    import.await.map_err(in_file)
}

pub async fn import(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
    form: LargeForm<ImportForm>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let form = form.0;
    match form::checked(imported(&ground, &app, &form).await)? {
        Ok(imported) => {
            ground.member.me().tell("File imported", told(imported))?;
            Ok(page::see_other(&ground.here))
        }
        Err(problems) => present(ground, &app, &req, &form, problems).await,
    }
}

/// What is wrong with a secret of the file is wrong with the file.
fn in_file(error: Error) -> Error {
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|mut problem| {
                    if matches!(&*problem.field, "key" | "value") {
                        problem.message = format!("One {}: {}", problem.field, problem.message);
                    }
                    if problem.field != "path" {
                        problem.field = "file".into();
                    }
                    problem
                })
                .collect(),
        ),
        Error::Conflict(why) => Error::field("file", format!("Nothing was imported: {why}.")),
        other => other,
    }
}

fn told(imported: Imported) -> String {
    let Imported { added, changed, same, left } = imported;
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut said = vec![format!("{} added, {changed} changed", counted(count(added), "secret"))];
    if same > 0 {
        said.push(format!("{same} as they were"));
    }
    if left > 0 {
        said.push(format!("{left} left alone"));
    }
    format!("{}.", said.join(", "))
}

pub async fn ask_to_export(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    present_export(ground, &app, &req, "/".to_owned(), Problems::default()).await
}

async fn present_export(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    path: String,
    problems: Problems,
) -> Result<HttpResponse> {
    let status = problems.status();
    let dialog = ExportDialog {
        action: format!("{}/export", ground.here),
        back: ground.here.clone(),
        environment: ground.environment.name.clone(),
        path,
        problems,
    };
    let title = format!("Export {}", ground.environment.name);
    ground.present(app, req, None, (title, dialog), status).await
}

#[derive(Deserialize)]
pub struct ExportForm {
    #[serde(default)]
    path: String,
}

/// By a form, and not a link: it hands out values, and is written down. Whoever exports gets their
/// own overrides where they count.
pub async fn export(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
    form: Form<ExportForm>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    let at = secrets::path(&form.0.path).map_err(|why| Error::field("path", why));
    let at = match form::checked(at)? {
        Ok(at) => at,
        Err(problems) => return present_export(ground, &app, &req, form.0.path, problems).await,
    };
    let (by, place, opener) = (ground.member.actor(), ground.place(), ground.opener(&app)?);
    let filter = Filter { path: Some(at), ..Filter::default() };
    let found = app.db.write(move |tx| secrets::read(tx, &by, &place, &filter)).await?;
    let written = aside(move || {
        let shown = found.iter().filter(|(secret, _)| !is_hidden(secret));
        let mut all = Vec::new();
        for read in shown {
            let Opened { key, value, own, .. } = opener.open_read(read)?;
            let counts = read.1.as_ref().is_some_and(|own| own.is_active);
            all.push((key, own.filter(|_| counts).unwrap_or(value)));
        }
        all.sort_by(|(a, _), (b, _)| a.expose_secret().cmp(b.expose_secret()));
        Ok(dotenv::print(all.iter().map(|(key, value)| (key.expose_secret(), value))))
    });
    let name: String = ground.environment.name.to_lowercase();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let file = format!("attachment; filename=\"{}-{name}.env\"", ground.project.project_id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .content_type("text/plain; charset=utf-8")
        .body(written.await?.expose_secret().to_owned()))
}
