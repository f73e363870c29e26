//! The list of accounts, by name, in pages.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;
use serde::{Deserialize, Serialize};

use super::at;
use super::row::Row;
use crate::http::App;
use crate::service_accounts::{self, Page as Wanted};
use crate::web::tokens::Dialog;
use crate::web::{Frame, Owner, Page, Query, Result};

/// Rows of a page.
const ROWS: i64 = 25;

/// As it was typed. What is left out stays out of the address.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    #[serde(skip_serializing_if = "String::is_empty")]
    search: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    after: String,
}

impl ListQuery {
    fn url(&self, slug: &str) -> String {
        match serde_html_form::to_string(self).unwrap_or_default() {
            text if text.is_empty() => at(slug),
            text => format!("{}?{text}", at(slug)),
        }
    }
}

#[derive(Template)]
#[template(path = "access/service_accounts.html")]
pub struct ListPage {
    frame: Frame,
    slug: String,
    organization: String,
    at: String,
    search: String,
    rows: Vec<Row>,
    /// The address of the first page, where this is another; and of the next.
    first: Option<String>,
    next: Option<String>,
    /// There is no account at all.
    empty: bool,
    dialog: Option<Dialog>,
}

pub async fn list(owner: Owner, app: Data<App>, query: Query<ListQuery>) -> Result<impl Responder> {
    Ok(Page(read(&owner, &app, query.0, None).await?))
}

pub async fn read(
    owner: &Owner,
    app: &App,
    query: ListQuery,
    dialog: Option<Dialog>,
) -> Result<ListPage> {
    let (organization, slug, now) = (owner.organization(), owner.slug(), app.clock.now());
    let after = match query.after.as_str() {
        "" => None,
        after => Some(after.parse()?),
    };
    let wanted = Wanted { search: query.search.clone(), after, limit: ROWS };
    let (listed, more) =
        app.db.read(move |conn| service_accounts::list(conn, organization, &wanted)).await?;
    let next = listed
        .last()
        .filter(|_| more)
        .map(|last| ListQuery { after: last.cursor.to_string(), ..query.clone() }.url(slug));
    let whole = query.search.trim().is_empty() && query.after.is_empty();
    let first = ListQuery { after: String::new(), ..query.clone() };
    Ok(ListPage {
        frame: Frame::of_member(owner, "access"),
        slug: slug.to_owned(),
        organization: owner.membership().organization_name.clone(),
        at: at(slug),
        first: (!query.after.is_empty()).then(|| first.url(slug)),
        next,
        empty: whole && listed.is_empty(),
        search: query.search,
        rows: listed.into_iter().map(|listed| Row::of(listed, slug, now)).collect(),
        dialog,
    })
}
