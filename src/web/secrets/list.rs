//! The secrets of an environment: their names, and nothing of their values.
use actix_web::HttpResponse;
use actix_web::Responder;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::ground::{Dialog, Ground, Grounds, Tab, tabs};
use super::{InEnvironment, InProject};
use crate::access::Level;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::http::aside::aside;
use crate::id::SecretId;
use crate::secrets::{self, Environment, Filter, Opener, Read};
use crate::web::when::When;
use crate::web::{Frame, Member, Page, Path, Query, Result, page};

/// On a page.
const ROWS: i64 = 100;

#[derive(Template)]
#[template(path = "secrets/list.html")]
pub struct ListPage {
    frame: Frame,
    slug: String,
    at: String,
    here: String,
    project: String,
    is_encrypted_at_server: bool,
    environment: Environment,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    asked: Asked,
    /// The next page.
    next: Option<String>,
    is_first: bool,
    /// What the reader may do here, at most.
    level: Level,
    dialog: Option<Dialog>,
}

impl ListPage {
    fn may_write(&self) -> bool {
        self.level >= Level::Write
    }

    fn may_manage(&self) -> bool {
        self.level >= Level::Manage
    }
}

/// One secret. Without a name where it does not open.
pub struct Row {
    pub id: SecretId,
    pub key: Option<String>,
    pub comment: String,
    pub path: String,
    pub tags: Vec<String>,
    pub kind: &'static str,
    pub version: i32,
    pub updated: When,
    /// Whether the reader has something else in its place, and whether it counts.
    pub own: Option<bool>,
}

/// Which secrets are asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// A whole name, in any case.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub tag: String,
    after: Option<SecretId>,
}

impl Asked {
    fn filter(&self, opener: &Opener) -> CoreResult<Filter> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let path = some(&self.path).map(|path| secrets::path(&path)).transpose();
        Ok(Filter {
            ids: None,
            path: path.map_err(|why| Error::InvalidRequest(why.into()))?,
            digest: some(&self.name).map(|name| opener.digest(&name)),
            tags: some(&self.tag).into_iter().collect(),
        })
    }

    fn is_filtered(&self) -> bool {
        ![&self.name, &self.path, &self.tag].iter().all(|text| text.trim().is_empty())
    }

    fn next(&self, after: SecretId) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, text) in [("name", &self.name), ("path", &self.path), ("tag", &self.tag)] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        query.append_pair("after", &after.to_string()).finish()
    }
}

impl Row {
    /// For whoever hears what a button does.
    fn name(&self) -> &str {
        self.key.as_deref().unwrap_or("a secret that does not open")
    }

    fn of((secret, own): &Read, opener: &Opener) -> Self {
        let comment = secret.comment.as_ref().and_then(|comment| opener.open(comment));
        Self {
            id: secret.id,
            key: opener.open(&secret.key).map(|key| key.to_string()),
            comment: comment.map(|comment| comment.to_string()).unwrap_or_default(),
            path: secret.path.clone(),
            tags: secret.tags.clone(),
            kind: secret.kind().name(),
            version: secret.version,
            updated: When::date(secret.updated_at),
            own: own.as_ref().map(|own| own.is_active),
        }
    }
}

/// The project's first environment.
pub async fn first(member: Member, app: Data<App>, path: Path<InProject>) -> Result<HttpResponse> {
    let ground = Grounds::of(member, &app, &path.0.project, Level::Read).await?.first()?;
    Ok(page::see_other(&ground.here))
}

pub async fn list(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    asked: Query<Asked>,
) -> Result<impl Responder> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Read).await?;
    Ok(Page(read(ground, &app, &asked.0, None).await?))
}

pub async fn read(
    ground: Ground,
    app: &App,
    asked: &Asked,
    dialog: Option<Dialog>,
) -> Result<ListPage> {
    let opener = ground.opener(app)?;
    let (environment, filter) = (ground.environment.id, asked.filter(&opener)?);
    let (reader, after) = (ground.member.actor().user(), asked.after);
    let found = app.db.read(move |conn| {
        secrets::list(conn, environment, &filter, reader, Some((after, ROWS + 1)))
    });
    let mut found = found.await?;
    let more = found.len() > usize::try_from(ROWS).unwrap_or_default();
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(|(last, _)| asked.next(last.id));
    let open = move || Ok(found.iter().map(|read| Row::of(read, &opener)).collect());
    let mut rows: Vec<Row> = aside(open).await?;
    if next.is_none() && asked.after.is_none() {
        rows.sort_by(|a, b| (&a.path, &a.key).cmp(&(&b.path, &b.key)));
    }
    Ok(ListPage {
        frame: Frame::of_member(&ground.member, "projects"),
        slug: ground.member.slug().to_owned(),
        at: ground.at.clone(),
        here: ground.here.clone(),
        project: ground.project.name.clone(),
        is_encrypted_at_server: ground.project.server_side_encryption,
        tabs: tabs(&ground, Some(&ground.environment)),
        rows,
        is_first: asked.after.is_none(),
        asked: asked.clone(),
        next,
        level: ground.level(),
        environment: ground.environment,
        dialog,
    })
}

#[derive(Template)]
#[template(path = "secrets/deleted.html")]
struct DeletedPage {
    frame: Frame,
    slug: String,
    at: String,
    here: String,
    project: String,
    environment: Environment,
    rows: Vec<Row>,
}

/// What can still be brought back.
pub async fn deleted(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let (opener, id) = (ground.opener(&app)?, ground.environment.id);
    let found = app.db.read(move |conn| secrets::deleted(conn, id, ROWS)).await?;
    let rows = found.into_iter().map(|secret| Row::of(&(secret, None), &opener)).collect();
    let page = DeletedPage {
        frame: Frame::of_member(&ground.member, "projects"),
        slug: ground.member.slug().to_owned(),
        at: ground.at.clone(),
        here: ground.here.clone(),
        project: ground.project.name.clone(),
        environment: ground.environment,
        rows,
    };
    Ok(Page(page).with(StatusCode::OK))
}
