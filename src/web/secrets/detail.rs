//! One secret's own page: what is known of it without its value, and what it was.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;

use super::OneSecret;
use super::ground::{Dialog, Ground};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::id::SecretId;
use crate::secrets::{self, Kind, Version, versions};
use crate::web::when::When;
use crate::web::{Frame, Member, Page, Path, Result};

/// Versions that are shown, at most.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "secrets/detail.html")]
pub struct DetailPage {
    frame: Frame,
    slug: String,
    at: String,
    here: String,
    page: String,
    project: String,
    environment: String,
    key: Option<String>,
    comment: String,
    path: String,
    tags: Vec<String>,
    kind: Kind,
    version: i32,
    created: When,
    updated: When,
    deleted: Option<When>,
    own: Option<bool>,
    versions: Vec<Line>,
    may_write: bool,
    dialog: Option<Dialog>,
}

impl DetailPage {
    fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("A secret that does not open")
    }

    /// Whether people may see its value.
    fn is_shown(&self) -> bool {
        self.key.is_some() && self.kind != Kind::Sealed
    }
}

/// One version.
struct Line {
    version: i32,
    written: When,
    by: String,
    with_token: bool,
    /// What of the rest is other than in the version before.
    changed: String,
    is_current: bool,
}

pub async fn detail(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
) -> Result<impl Responder> {
    let OneSecret { project, environment, secret } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    Ok(Page(read(ground, &app, secret, None).await?))
}

pub async fn read(
    ground: Ground,
    app: &App,
    id: SecretId,
    dialog: Option<Dialog>,
) -> Result<DetailPage> {
    let (environment, now) = (ground.environment.id, app.clock.now());
    let reader = ground.member.actor().user();
    let found = app.db.read(move |conn| {
        let found = secrets::find(conn, environment, id, reader)?;
        let found = found.ok_or(Error::NotFound("secret"))?;
        Ok((found, versions::list(conn, environment, id, None, SHOWN)?))
    });
    let ((secret, own), versions) = found.await?;
    let opener = ground.opener(app)?;
    let comment = secret.comment.as_ref().and_then(|comment| opener.open(comment));
    Ok(DetailPage {
        frame: Frame::of_member(&ground.member, "projects"),
        slug: ground.member.slug().to_owned(),
        at: ground.at.clone(),
        here: ground.here.clone(),
        page: ground.page_of_secret(id),
        project: ground.project.name.clone(),
        environment: ground.environment.name.clone(),
        key: opener.open(&secret.key).map(|key| key.to_string()),
        comment: comment.map(|comment| comment.to_string()).unwrap_or_default(),
        kind: secret.kind(),
        path: secret.path,
        tags: secret.tags,
        version: secret.version,
        created: When::date(secret.created_at),
        updated: When::moment(secret.updated_at, now),
        deleted: secret.deleted_at.map(|at| When::moment(at, now)),
        own: own.map(|own| own.is_active),
        versions: versions
            .iter()
            .enumerate()
            .map(|(at, version)| Line {
                version: version.version,
                written: When::moment(version.written_at, now),
                by: version.actor_name.clone(),
                with_token: version.actor_token_id.is_some(),
                changed: changed(version, versions.get(at + 1)),
                is_current: version.version == secret.version,
            })
            .collect(),
        may_write: ground.level() >= Level::Write,
        dialog,
    })
}

/// What a version changed of what can be read without opening it.
fn changed(version: &Version, before: Option<&Version>) -> String {
    let Some(before) = before else {
        return if version.version == 1 { "created" } else { "" }.to_owned();
    };
    [
        (version.value != before.value, "value"),
        (version.path != before.path, "path"),
        (version.tags != before.tags, "tags"),
        (version.comment != before.comment, "comment"),
        (version.kind() != before.kind(), "type"),
    ]
    .into_iter()
    .filter_map(|(is_other, name)| is_other.then_some(name))
    .collect::<Vec<_>>()
    .join(", ")
}
