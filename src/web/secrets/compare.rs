//! Two environments side by side: what is only in one, and what is other, with no value in sight.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;
use serde::Deserialize;

use super::InProject;
use super::ground::Grounds;
use crate::access::Level;
use crate::http::App;
use crate::http::aside::aside;
use crate::secrets::{self, Compared, Difference, Environment, Filter};
use crate::web::{Frame, Member, Page, Path, Query, Result};

#[derive(Template)]
#[template(path = "secrets/compare.html")]
struct ComparePage {
    frame: Frame,
    slug: String,
    at: String,
    project: String,
    environments: Vec<Environment>,
    first: Environment,
    second: Environment,
    lines: Vec<Compared>,
    /// Names that are in both with the same value.
    same: usize,
    is_all: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    first: Option<String>,
    second: Option<String>,
    /// Also what is the same.
    #[serde(default)]
    all: bool,
}

pub async fn page(
    member: Member,
    app: Data<App>,
    path: Path<InProject>,
    asked: Query<Asked>,
) -> Result<impl Responder> {
    let grounds = Grounds::of(member, &app, &path.0.project, Level::Read).await?;
    let last = grounds.environments.len().saturating_sub(1);
    let named = |name: &Option<String>, at: usize| match name {
        Some(name) => grounds.named(name),
        None => grounds.environments.get(at).map_or_else(|| grounds.named(""), |it| Ok(it.clone())),
    };
    let (first, second) = (named(&asked.0.first, 0)?, named(&asked.0.second, last)?);
    let ids = (first.id, second.id);
    let read = app.db.read(move |conn| {
        let all = Filter::default();
        let one = secrets::list(conn, ids.0, &all, None, None)?;
        Ok((one, secrets::list(conn, ids.1, &all, None, None)?))
    });
    let (one, other) = read.await?;
    let openers = (app.vault.open(&first)?, app.vault.open(&second)?);
    let compare = move || Ok(secrets::compare((&one, &openers.0), (&other, &openers.1)));
    let mut lines = aside(compare).await?;
    let same = lines.iter().filter(|line| line.difference == Difference::Same).count();
    if !asked.0.all {
        lines.retain(|line| line.difference != Difference::Same);
    }
    Ok(Page(ComparePage {
        frame: Frame::of_member(&grounds.member, "projects"),
        slug: grounds.member.slug().to_owned(),
        at: grounds.at,
        project: grounds.project.name,
        environments: grounds.environments,
        first,
        second,
        lines,
        same,
        is_all: asked.0.all,
    }))
}
