//! One account's own page (Manage): its power, its tokens, their use per day, its trail.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use super::token_row::{Setting, TokenRow};
use super::{Named, at, page_of};
use crate::access::Summary;
use crate::audit::{self, Entry};
use crate::error::Error;
use crate::http::App;
use crate::id::{OrganizationId, ServiceAccountId};
use crate::policies::{self, Policy};
use crate::service_accounts::{self, Listed};
use crate::tokens::{self, Day, Facet, GenerationDay, Holder, Secret, Sort, State};
use crate::web::chart::{self, Chart};
use crate::web::tokens::Dialog;
use crate::web::trail::Deed;
use crate::web::when::When;
use crate::web::{Frame, Owner, Page, Path, Query, Result};
use crate::{organizations, projects};

/// Entries of the trail on the page; the audit log has the rest.
const ENTRIES: i64 = 20;
/// Tokens of a page, and deleted ones below them.
const ROWS: i64 = 25;

/// Where the page of its tokens begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DetailQuery {
    after: String,
}

#[derive(Template)]
#[template(path = "access/service_account.html")]
pub struct DetailPage {
    frame: Frame,
    slug: String,
    at: String,
    page: String,
    id: ServiceAccountId,
    name: String,
    description: String,
    is_active: bool,
    disabled: Option<When>,
    role: &'static str,
    summary: Summary,
    tokens: Vec<TokenRow>,
    /// How many there are in all.
    total: i64,
    first: Option<String>,
    next: Option<String>,
    deleted: Vec<TokenRow>,
    chart: Chart,
    trail: Vec<Deed>,
    created: When,
    used: Option<When>,
    dialog: Option<Dialog>,
}

/// What is read for the page.
struct Record {
    listed: Listed,
    policy: Policy,
    tokens: Vec<tokens::Listed>,
    more: bool,
    deleted: Vec<tokens::Listed>,
    secrets: Vec<Secret>,
    today: Vec<GenerationDay>,
    days: Vec<Day>,
    trail: Vec<Entry>,
    resources: Vec<String>,
    projects: Vec<String>,
}

impl Record {
    fn read(
        conn: &mut diesel::PgConnection,
        organization: OrganizationId,
        id: ServiceAccountId,
        page: tokens::Page,
        now: DateTime<Utc>,
    ) -> crate::error::Result<Self> {
        let listed = service_accounts::find_listed(conn, organization, id)?;
        let listed = listed.ok_or(Error::NotFound("service account"))?;
        let policy = policies::of_organization(conn, organization)?;
        let holder = Holder::ServiceAccount(organization, id);
        let search = String::new();
        let mut query =
            tokens::Query { search, facet: Facet::Kept, sort: Sort::Created, page, limit: ROWS };
        let (rows, more) = tokens::list_of_holder(conn, holder, &query, &policy, now)?;
        query.facet = Facet::State(State::Revoked);
        query.page = tokens::Page::First;
        let (deleted, _) = tokens::list_of_holder(conn, holder, &query, &policy, now)?;
        let ids: Vec<_> = rows.iter().chain(&deleted).map(|listed| listed.token.id).collect();
        let today = now.date_naive();
        Ok(Self {
            secrets: tokens::secrets_of_tokens(conn, &ids)?,
            today: tokens::generations_on(conn, &ids, today)?,
            days: tokens::days_of_account(conn, id, today - TimeDelta::days(29))?,
            trail: audit::of_subject(conn, "service_account", id.0, ENTRIES)?,
            resources: organizations::resource_names(conn, &[organization])?,
            projects: projects::ids(conn, organization)?.into_keys().collect(),
            tokens: rows,
            listed,
            policy,
            more,
            deleted,
        })
    }
}

pub async fn detail(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    query: Query<DetailQuery>,
) -> Result<impl Responder> {
    Ok(Page(read(&owner, &app, path.0.account, query.0, None).await?))
}

pub async fn read(
    owner: &Owner,
    app: &App,
    id: ServiceAccountId,
    query: DetailQuery,
    dialog: Option<Dialog>,
) -> Result<DetailPage> {
    let (organization, now) = (owner.organization(), app.clock.now());
    let page = match query.after.as_str() {
        "" => tokens::Page::First,
        after => tokens::Page::After(after.parse()?),
    };
    let is_first = page == tokens::Page::First;
    let record = app.db.read(move |conn| Record::read(conn, organization, id, page, now)).await?;
    let mut page = DetailPage::of(owner, record, now, dialog);
    if !is_first {
        page.first = Some(page.page.clone());
    }
    Ok(page)
}

impl DetailPage {
    fn of(owner: &Owner, record: Record, now: DateTime<Utc>, dialog: Option<Dialog>) -> Self {
        let Listed { account, tokens: total, last_used_at, .. } = record.listed;
        let page = page_of(owner.slug(), account.id);
        let setting = Setting {
            page: &page,
            account_is_active: account.is_active(),
            secrets: &record.secrets,
            today: &record.today,
            policy: &record.policy,
            viewer: owner.me().user().id,
            now,
        };
        let next = record.tokens.last().filter(|_| record.more);
        let next = next.map(|last| format!("{page}?after={}", last.cursor));
        let row = |listed| TokenRow::of(listed, &setting);
        Self {
            tokens: record.tokens.into_iter().map(row).collect(),
            deleted: record.deleted.into_iter().map(row).collect(),
            frame: Frame::of_member(owner, "access"),
            slug: owner.slug().to_owned(),
            at: at(owner.slug()),
            id: account.id,
            is_active: account.is_active(),
            disabled: account.disabled_at.map(|at| When::distance(at, now)),
            role: account.access().role.name(),
            summary: account.power().summary(&record.resources, &record.projects),
            total,
            first: None,
            next,
            chart: Chart::of(&chart::month(&record.days, now.date_naive())),
            trail: record.trail.into_iter().map(|entry| Deed::of(entry, now)).collect(),
            created: When::date(account.created_at),
            used: last_used_at.map(|at| When::distance(at, now)),
            name: account.name,
            description: account.description,
            dialog,
            page,
        }
    }
}
