//! What is done to a token of an account without asking first, and the line that waits for its
//! first use.
use actix_web::web::Data;
use actix_web::{HttpResponse, Responder};
use serde::Deserialize;

use super::{NamedToken, find_token, holder, page_of};
use crate::error::Error;
use crate::http::App;
use crate::id::{ServiceAccountId, TokenId};
use crate::policies::Change;
use crate::tokens;
use crate::web::reveal::FirstUse;
use crate::web::{Owner, Page, Path, Result, page};

pub async fn disable_token(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
) -> Result<HttpResponse> {
    switch(&owner, &app, &path.0, false).await
}

pub async fn enable_token(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
) -> Result<HttpResponse> {
    switch(&owner, &app, &path.0, true).await
}

async fn switch(owner: &Owner, app: &App, named: &NamedToken, on: bool) -> Result<HttpResponse> {
    let token = find_token(&app.db, owner, named).await?;
    let (by, organization, grant) = (owner.actor(), owner.organization(), owner.grant());
    let (holder, id) = (holder(owner, named.account), token.id);
    let switched = app.db.write(move |tx| {
        let bounds = tokens::organization_bounds(tx.conn(), organization, grant)?;
        let wish = Change { is_active: Some(on), ..Change::default() };
        let cleared = bounds.clear_change(wish, tx.now())?;
        tokens::change(tx, &by, holder, id, cleared)
    });
    let token = switched.await?;
    let title = format!("“{}” is {}", token.name, if on { "enabled" } else { "disabled" });
    let detail =
        if on { "Calls with it are accepted again." } else { "Calls with it are refused." };
    owner.me().tell(title, detail)?;
    Ok(page::see_other(&page_of(owner.slug(), named.account)))
}

pub async fn end_grace(
    owner: Owner,
    app: Data<App>,
    path: Path<NamedToken>,
) -> Result<HttpResponse> {
    let token = find_token(&app.db, &owner, &path.0).await?;
    let (by, holder, id) = (owner.actor(), holder(&owner, path.0.account), token.id);
    let token = app.db.write(move |tx| tokens::end_grace(tx, &by, holder, id)).await?;
    let detail = format!("Only the new secret of “{}” works.", token.name);
    owner.me().tell("The grace period is over", detail)?;
    Ok(page::see_other(&page_of(owner.slug(), path.0.account)))
}

#[derive(Deserialize)]
pub struct OneSecret {
    account: ServiceAccountId,
    token: TokenId,
    generation: i32,
}

/// The line of the reveal that waits: was this secret used yet?
pub async fn first_use(
    owner: Owner,
    app: Data<App>,
    path: Path<OneSecret>,
) -> Result<impl Responder> {
    let OneSecret { account, token, generation } = path.0;
    let token = find_token(&app.db, &owner, &NamedToken { account, token }).await?;
    let id = token.id;
    let secrets = app.db.read(move |conn| tokens::secrets_of_token(conn, id)).await?;
    let secret = secrets.into_iter().find(|secret| secret.generation == generation);
    let secret = secret.ok_or(Error::NotFound("secret"))?;
    let page = page_of(owner.slug(), account);
    let poll = format!("{page}/tokens/{id}/first-use/{generation}");
    Ok(Page(FirstUse::of(&secret, poll, page, app.clock.now())))
}
