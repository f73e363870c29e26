//! What one person sees in the place of a value, set by themselves.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::OneSecret;
use super::ground::Ground;
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::id::SecretId;
use crate::secrets::{self, Override, Own, PlainOwn, Secret, overrides};
use crate::web::form::{self, Problems};
use crate::web::{LargeForm, Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_override.html")]
struct OverrideDialog {
    action: String,
    back: String,
    key: String,
    is_there: bool,
    is_active: bool,
    problems: Problems,
}

pub async fn ask(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    present(ground, &app, &req, secret, None, Problems::default()).await
}

async fn present(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    id: SecretId,
    typed: Option<bool>,
    problems: Problems,
) -> Result<HttpResponse> {
    let (secret, own) = find(&ground, app, id).await?;
    let key = ground.opener(app)?.open(&secret.key);
    let key = key.map_or_else(|| "this secret".to_owned(), |key| key.to_string());
    let page = ground.page_of_secret(id);
    let status = problems.status();
    let dialog = OverrideDialog {
        action: format!("{page}/override"),
        back: page,
        key: key.clone(),
        is_there: own.is_some(),
        is_active: typed.unwrap_or_else(|| own.is_none_or(|own| own.is_active)),
        problems,
    };
    ground.present(app, req, Some(id), (format!("Override {key}"), dialog), status).await
}

async fn find(ground: &Ground, app: &App, id: SecretId) -> Result<(Secret, Option<Override>)> {
    let (environment, reader) = (ground.environment.id, ground.member.actor().user());
    let found = app.db.read(move |conn| secrets::find(conn, environment, id, reader)).await?;
    let found = found.filter(|(secret, _)| secret.deleted_at.is_none());
    Ok(found.ok_or(Error::NotFound("secret"))?)
}

#[derive(Deserialize)]
pub struct OverrideForm {
    #[serde(default)]
    value: SecretString,
    #[serde(default)]
    is_active: bool,
}

/// An empty value keeps the one there is: only whether it counts changes then.
pub async fn set(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
    form: LargeForm<OverrideForm>,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    let OverrideForm { value, is_active } = form.0;
    let (_, there) = find(&ground, &app, id).await?;
    let kept = there.filter(|_| value.expose_secret().is_empty());
    let own = if let Some(kept) = kept {
        Ok(Own { value: kept.value, is_active })
    } else {
        let value = value.expose_secret().replace("\r\n", "\n").into();
        ground.opener(&app)?.close_own(&PlainOwn { value, is_active })
    };
    let own = match form::checked(own)? {
        Ok(own) => own,
        Err(problems) => {
            return present(ground, &app, &req, id, Some(is_active), problems).await;
        }
    };
    let (by, place) = (ground.member.actor(), ground.place());
    app.db.write(move |tx| overrides::set(tx, &by, &place, id, own)).await?;
    let detail = if is_active {
        "You and your tokens see it in the place of the value. Nobody else does."
    } else {
        "It is kept, but the value that everyone has counts for you too."
    };
    ground.member.me().tell("Override saved", detail)?;
    Ok(page::see_other(&ground.page_of_secret(id)))
}

pub async fn remove(member: Member, app: Data<App>, path: Path<OneSecret>) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    let (by, place) = (ground.member.actor(), ground.place());
    app.db.write(move |tx| overrides::remove(tx, &by, &place, id)).await?;
    ground.member.me().tell("Override removed", "You see the value that everyone has.")?;
    Ok(page::see_other(&ground.page_of_secret(id)))
}
