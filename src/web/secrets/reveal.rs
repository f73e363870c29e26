//! A value in sight: asked for by a form, written down, and kept by no cache.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use super::ground::Ground;
use super::{OneSecret, OneVersion};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::id::SecretId;
use crate::secrets::{self, Filter, Kind, versions};
use crate::web::{Member, Path, Result};

#[derive(Template)]
#[template(path = "secrets/_reveal.html")]
struct Reveal {
    key: String,
    /// Of which environment, or of which version.
    of: String,
    value: SecretString,
    own: Option<(SecretString, bool)>,
    back: String,
}

pub async fn reveal(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    let (by, place) = (ground.member.actor(), ground.place());
    let found = app.db.write(move |tx| {
        let found = secrets::read(tx, &by, &place, &Filter::one(secret))?;
        let found = found.into_iter().next().ok_or(Error::NotFound("secret"))?;
        shown(found.0.kind())?;
        Ok(found)
    });
    let found = found.await?;
    let opened = ground.opener(&app)?.open_read(&found)?;
    let active = found.1.as_ref().is_some_and(|own| own.is_active);
    let dialog = Reveal {
        key: opened.key.expose_secret().to_owned(),
        of: ground.environment.name.clone(),
        value: opened.value,
        own: opened.own.map(|own| (own, active)),
        back: ground.page_of_secret(secret),
    };
    show(ground, &app, &req, secret, dialog).await
}

pub async fn reveal_version(
    member: Member,
    app: Data<App>,
    path: Path<OneVersion>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let OneVersion { project, environment, secret, version } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    let (by, place) = (ground.member.actor(), ground.place());
    let found = app.db.write(move |tx| {
        // What it was before it was sealed may be what it is.
        let now = secrets::find(tx.conn(), place.environment.id, secret, None)?;
        shown(now.ok_or(Error::NotFound("secret"))?.0.kind())?;
        let page = (version.checked_add(1), 1);
        let (mut found, _) = versions::read(tx, &by, &place, secret, page)?;
        let found = found.pop().filter(|found| found.version == version);
        let found = found.ok_or(Error::NotFound("version"))?;
        shown(found.kind())?;
        Ok(found)
    });
    let found = found.await?;
    let opener = ground.opener(&app)?;
    let dialog = Reveal {
        key: opener.must_open(secret, &found.key)?.expose_secret().to_owned(),
        of: format!("version {version}"),
        value: opener.must_open(secret, &found.value)?,
        own: None,
        back: ground.page_of_secret(secret),
    };
    show(ground, &app, &req, secret, dialog).await
}

async fn show(
    ground: Ground,
    app: &App,
    req: &HttpRequest,
    id: SecretId,
    dialog: Reveal,
) -> Result<HttpResponse> {
    let title = dialog.key.clone();
    ground.present(app, req, Some(id), (title, dialog), StatusCode::OK).await
}

/// Nothing is written down of a refusal.
fn shown(kind: Kind) -> crate::error::Result<()> {
    if kind == Kind::Sealed {
        return Err(Error::forbidden(
            "a sealed secret is shown to nobody; programs read it with a token",
        ));
    }
    Ok(())
}
