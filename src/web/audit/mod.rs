//! Audit log: what was done in an organization, for its owners to search and to take away.
pub mod export;
mod query;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use diesel::PgConnection;

use self::query::{AuditQuery, Place};
use super::form::{self, Problems};
use super::trail::Deed;
use super::{Frame, Owner, Page, Query, Result};
use crate::audit::{self, Action, Entry, Filter};
use crate::http::App;
use crate::id::OrganizationId;

/// Entries on a page.
const ROWS: u8 = 50;

#[derive(Template)]
#[template(path = "audit/page.html")]
struct AuditPage {
    frame: Frame,
    slug: String,
    query: AuditQuery,
    problems: Problems,
    /// What can be done in an organization, as the filter offers it.
    actions: Vec<(&'static str, String)>,
    deeds: Vec<Deed>,
    newer: Option<String>,
    older: Option<String>,
}

pub async fn page(owner: Owner, app: Data<App>, query: Query<AuditQuery>) -> Result<HttpResponse> {
    let mut page = AuditPage {
        frame: Frame::of_member(&owner, "audit"),
        slug: owner.slug().to_owned(),
        query: query.0,
        problems: Problems::default(),
        actions: actions(),
        deeds: Vec::new(),
        newer: None,
        older: None,
    };
    match form::checked(page.query.read())? {
        Ok((filter, place)) => {
            let found = Found::read(&app, owner.organization(), filter, place).await?;
            page.newer = found.newer.map(|id| page.query.newer_than(id));
            page.older = found.older.map(|id| page.query.older_than(id));
            let now = app.clock.now();
            page.deeds = found.entries.into_iter().map(|entry| Deed::of(entry, now)).collect();
            Ok(Page(page).with(StatusCode::OK))
        }
        Err(problems) => {
            page.problems = problems;
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// A page of entries, with the ids from which the pages around it are asked for.
struct Found {
    entries: Vec<Entry>,
    newer: Option<i64>,
    older: Option<i64>,
}

impl Found {
    async fn read(
        app: &App,
        organization: OrganizationId,
        filter: Filter,
        place: Place,
    ) -> Result<Self> {
        let wanted = i64::from(ROWS) + 1;
        let read = move |conn: &mut PgConnection| match place {
            Place::NewerThan(id) => audit::list_newer(conn, organization, &filter, id, wanted),
            Place::OlderThan(id) => audit::list(conn, organization, &filter, Some(id), wanted),
            Place::Newest => audit::list(conn, organization, &filter, None, wanted),
        };
        let mut entries = app.db.read(read).await?;
        let more = entries.len() > usize::from(ROWS);
        let (newer, older) = match place {
            Place::NewerThan(_) => (more, true),
            Place::OlderThan(_) => (true, more),
            Place::Newest => (false, more),
        };
        // The surplus one lies farthest in the direction that was asked.
        match place {
            Place::NewerThan(_) if more => drop(entries.remove(0)),
            _ => entries.truncate(ROWS.into()),
        }
        let newer = entries.first().map(|first| first.id).filter(|_| newer);
        let older = entries.last().map(|last| last.id).filter(|_| older);
        Ok(Self { entries, newer, older })
    }
}

/// People's own affairs (sign-in, password, profile) are in no organization's log.
fn actions() -> Vec<(&'static str, String)> {
    let here = Action::ALL.into_iter().filter(|action| action.is_of_organization());
    here.map(|action| (action.name(), capital(action.said()))).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    first + chars.as_str()
}
