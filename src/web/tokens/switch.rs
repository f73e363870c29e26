//! Disabling and enabling in place: the row changes, and a word in the corner offers the way back.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::TimeDelta;

use super::ground::{Ground, Origin};
use super::pager::{self, Choice};
use super::row::{Row, Setting};
use super::{Named, at};
use crate::access::Grant;
use crate::audit::Actor;
use crate::db::Tx;
use crate::error::Result as CoreResult;
use crate::http::App;
use crate::id::{OrganizationId, TokenId};
use crate::policies::{self, Change};
use crate::tokens::{self, Holder, Token};
use crate::web::{Form, Owner, Page, Path, Result, page};

/// The row as it is now, and beside it the toast and the counts above the list.
#[derive(Template)]
#[template(path = "tokens/_switched.html")]
struct Switched {
    row: Row,
    facets: Vec<Choice>,
    id: TokenId,
    is_active: bool,
    title: String,
    detail: &'static str,
    undo: String,
    from: String,
}

pub async fn disable(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<Origin>,
) -> Result<HttpResponse> {
    switch(&owner, &app, &req, path.0.id, &form.0, false).await
}

pub async fn enable(
    owner: Owner,
    app: Data<App>,
    path: Path<Named>,
    req: HttpRequest,
    form: Form<Origin>,
) -> Result<HttpResponse> {
    switch(&owner, &app, &req, path.0.id, &form.0, true).await
}

async fn switch(
    owner: &Owner,
    app: &App,
    req: &HttpRequest,
    id: TokenId,
    origin: &Origin,
    on: bool,
) -> Result<HttpResponse> {
    let (by, organization) = (owner.actor(), owner.organization());
    let token = app.db.write(move |tx| turn(tx, &by, organization, id, on)).await?;
    let ground = origin.of(id);
    let title = format!("“{}” is {}", token.name, if on { "enabled" } else { "disabled" });
    let detail =
        if on { "Calls with it are accepted again." } else { "Calls with it are refused." };
    if page::is_part(req) {
        let (row, facets) = row(owner, app, token, &ground).await?;
        let switched = Switched {
            row,
            facets,
            id,
            is_active: on,
            title,
            detail,
            undo: format!("{}/{id}/{}", at(owner.slug()), if on { "disable" } else { "enable" }),
            from: ground.from().unwrap_or_default(),
        };
        return Ok(Page(switched).with(StatusCode::OK));
    }
    owner.me().tell(title, detail)?;
    Ok(page::see_other(&ground.url(owner.slug())))
}

fn turn(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: TokenId,
    on: bool,
) -> CoreResult<Token> {
    let bounds = tokens::organization_bounds(tx.conn(), organization, Grant::of_owner())?;
    let wish = Change { is_active: Some(on), ..Change::default() };
    let cleared = bounds.clear_change(wish, tx.now())?;
    tokens::change(tx, by, Holder::Organization(organization), id, cleared)
}

async fn row(
    owner: &Owner,
    app: &App,
    token: Token,
    ground: &Ground,
) -> Result<(Row, Vec<Choice>)> {
    let (organization, id, now) = (owner.organization(), token.id, app.clock.now());
    let since = (now - TimeDelta::days(29)).date_naive();
    let (policy, counts, uses) = app
        .db
        .read(move |conn| {
            let policy = policies::of_organization(conn, organization)?;
            let counts = tokens::counts(conn, organization, &policy, now)?;
            Ok((policy, counts, tokens::days(conn, id, since)?))
        })
        .await?;
    let viewer = owner.me().user().id;
    let setting = Setting { slug: owner.slug(), ground, policy: &policy, viewer, now };
    let facets = match ground {
        Ground::List(query) => pager::facets(query, owner.slug(), &counts),
        Ground::Token(_) => Vec::new(),
    };
    Ok((Row::of(token, &uses, &setting, true), facets))
}
