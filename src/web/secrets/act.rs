//! What is done to a secret at the press of a button: deleted, and made again what it was.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::ground::Ground;
use super::{OneSecret, OneVersion};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::secrets::{self, versions};
use crate::web::{Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_delete.html")]
struct DeleteDialog {
    action: String,
    back: String,
    key: String,
    environment: String,
}

pub async fn ask_to_delete(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let environment = ground.environment.id;
    let found = app.db.read(move |conn| secrets::find(conn, environment, id, None)).await?;
    let found = found.filter(|(secret, _)| secret.deleted_at.is_none());
    let (secret, _) = found.ok_or(Error::NotFound("secret"))?;
    let key = ground.opener(&app)?.open(&secret.key);
    let key = key.map_or_else(|| "this secret".to_owned(), |key| key.to_string());
    let page = ground.page_of_secret(id);
    let dialog = DeleteDialog {
        action: format!("{page}/delete"),
        back: page,
        environment: ground.environment.name.clone(),
        key: key.clone(),
    };
    ground.present(&app, &req, Some(id), (format!("Delete {key}"), dialog), StatusCode::OK).await
}

pub async fn delete(member: Member, app: Data<App>, path: Path<OneSecret>) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let (by, place) = (ground.member.actor(), ground.place());
    app.db.write(move |tx| secrets::delete(tx, &by, &place, &[id])).await?;
    let days = secrets::KEPT.num_days();
    let detail = format!("It can be restored for {days} days, under Deleted.");
    ground.member.me().tell("Secret deleted", detail)?;
    Ok(page::see_other(&ground.here))
}

pub async fn restore(
    member: Member,
    app: Data<App>,
    path: Path<OneVersion>,
) -> Result<HttpResponse> {
    let OneVersion { project, environment, secret: id, version } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let (by, place) = (ground.member.actor(), ground.place());
    let restored = app.db.write(move |tx| versions::restore(tx, &by, &place, id, version)).await?;
    let detail =
        format!("It is as version {version} again, which is version {} now.", restored.version);
    ground.member.me().tell("Version restored", detail)?;
    Ok(page::see_other(&ground.page_of_secret(id)))
}
