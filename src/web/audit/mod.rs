//! Audit log: what was done in an organization, for its owners to search and to take away; and what
//! was done to the instance, for its admins.
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
use super::{Frame, Owner, Page, PlatformAdmin, Query, Result};
use crate::audit::{self, Action, Entry, Filter};
use crate::http::App;
use crate::id::OrganizationId;

/// Entries on a page.
const ROWS: u8 = 50;

#[derive(Template)]
#[template(path = "audit/page.html")]
struct AuditPage {
    frame: Frame,
    /// Where the log is, and where tokens that it names are, if anywhere.
    at: String,
    tokens: Option<String>,
    query: AuditQuery,
    problems: Problems,
    /// What can be done there, as the filter offers it.
    actions: Vec<(&'static str, String)>,
    deeds: Vec<Deed>,
    newer: Option<String>,
    older: Option<String>,
}

pub async fn page(owner: Owner, app: Data<App>, query: Query<AuditQuery>) -> Result<HttpResponse> {
    let at = format!("/orgs/{}", owner.slug());
    let page = AuditPage {
        tokens: Some(format!("{at}/settings/tokens")),
        ..AuditPage::new(Frame::of_member(&owner, "audit"), format!("{at}/audit"), query.0, true)
    };
    page.answer(&app, Some(owner.organization())).await
}

pub async fn page_of_instance(
    admin: PlatformAdmin,
    app: Data<App>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse> {
    let frame = Frame::of_admin(&admin, "audit");
    AuditPage::new(frame, "/admin/audit".into(), query.0, false).answer(&app, None).await
}

impl AuditPage {
    fn new(frame: Frame, at: String, query: AuditQuery, of_organization: bool) -> Self {
        let (problems, actions) = (Problems::default(), actions(of_organization));
        let (tokens, deeds, newer, older) = (None, Vec::new(), None, None);
        Self { frame, at, tokens, query, problems, actions, deeds, newer, older }
    }

    async fn answer(
        mut self,
        app: &App,
        organization: Option<OrganizationId>,
    ) -> Result<HttpResponse> {
        match form::checked(self.query.read())? {
            Ok((filter, place)) => {
                let found = Found::read(app, organization, filter, place).await?;
                self.newer = found.newer.map(|id| self.query.newer_than(id));
                self.older = found.older.map(|id| self.query.older_than(id));
                let now = app.clock.now();
                self.deeds = found.entries.into_iter().map(|entry| Deed::of(entry, now)).collect();
                Ok(Page(self).with(StatusCode::OK))
            }
            Err(problems) => {
                self.problems = problems;
                Ok(Page(self).with(StatusCode::UNPROCESSABLE_ENTITY))
            }
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
        organization: Option<OrganizationId>,
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

/// People's own affairs (sign-in, password, profile) are in no organization's log. In the one of
/// the instance may be all: a person's tokens are there, too.
fn actions(of_organization: bool) -> Vec<(&'static str, String)> {
    let is_here = |action: &Action| !of_organization || action.is_of_organization();
    let here = Action::ALL.into_iter().filter(is_here);
    here.map(|action| (action.name(), capital(action.said()))).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    first + chars.as_str()
}
