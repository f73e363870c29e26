//! The list: searched, filtered, sorted, by pages.
use actix_web::Responder;
use actix_web::web::Data;
use askama::Template;

use super::at;
use super::ground::{Dialog, Ground};
use super::pager::{self, Choice, Pager};
use super::query::ListQuery;
use super::row::{Row, Setting};
use crate::http::App;
use crate::policies;
use crate::tokens;
use crate::web::when::ending;
use crate::web::{Frame, Owner, Page, Query, Result, policy};

#[derive(Template)]
#[template(path = "tokens/list.html")]
pub struct ListPage {
    frame: Frame,
    slug: String,
    organization: String,
    at: String,
    query: ListQuery,
    /// Behind the address of the create dialog, to lead back here.
    suffix: String,
    facets: Vec<Choice>,
    orders: Vec<Choice>,
    order: &'static str,
    rows: Vec<Row>,
    pager: Pager,
    /// What is said where a new policy is against any of them.
    coming: Option<(String, String)>,
    /// `3 tokens end`, within a fortnight.
    ending: Option<String>,
    /// There is no token at all.
    empty: bool,
    dialog: Option<Dialog>,
}

impl ListPage {
    /// Where a column heading leads, and whether it is sorted by.
    fn heading(&self, key: &str) -> (&str, bool) {
        let order = self.orders.iter().find(|order| order.key == key);
        order.map_or(("", false), |order| (&order.url, order.current))
    }

    /// What to say where no row is left.
    fn nothing(&self) -> String {
        let typed = self.query.search.trim();
        match self.query.state.as_str() {
            _ if !typed.is_empty() => format!("No token matches “{typed}”"),
            "warned" => "The new policy is against no token".to_owned(),
            "needs-attention" => "Nothing needs attention".to_owned(),
            "needs-steward" => "Every token has a steward".to_owned(),
            "" => "No more tokens".to_owned(),
            state => format!("No token is {state}"),
        }
    }
}

pub async fn list(owner: Owner, app: Data<App>, query: Query<ListQuery>) -> Result<impl Responder> {
    Ok(Page(read(&owner, &app, &query.0, None).await?))
}

pub async fn read(
    owner: &Owner,
    app: &App,
    query: &ListQuery,
    dialog: Option<Dialog>,
) -> Result<ListPage> {
    let (organization, now, wanted) = (owner.organization(), app.clock.now(), query.read()?);
    let page = wanted.page.clone();
    let (policy, counts, (listed, more)) = app
        .db
        .read(move |conn| {
            let policy = policies::of_organization(conn, organization)?;
            let counts = tokens::counts(conn, organization, &policy, now)?;
            let listed = tokens::list(conn, organization, &wanted, &policy, now)?;
            Ok((policy, counts, listed))
        })
        .await?;
    let slug = owner.slug();
    let pager = Pager::of(query, slug, &page, &listed, more, &counts);
    let ground = Ground::List(query.clone());
    let viewer = owner.me().user().id;
    let setting = Setting { slug, ground: &ground, policy: &policy, viewer, now };
    let rows = listed.into_iter().map(|row| Row::of(row.token, &row.uses, &setting, false));
    Ok(ListPage {
        frame: Frame::of_member(owner, "settings"),
        slug: slug.to_owned(),
        organization: owner.membership().organization_name.clone(),
        at: at(slug),
        suffix: ground.suffix(),
        facets: pager::facets(query, slug, &counts),
        orders: pager::orders(query, slug)?,
        order: pager::label(query.sort()?),
        rows: rows.collect(),
        pager,
        coming: policy::coming(counts.warned, &policy, now),
        ending: ending(counts.ending, tokens::COUNTED),
        empty: counts.all == 0,
        query: query.clone(),
        dialog,
    })
}
