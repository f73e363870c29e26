//! An organization's tokens: `/api/v2/organization/tokens/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page::{self, ListQuery};
use super::permission::{ManageTokens, ReadTokens};
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::token_fields::{RotateFields, TokenChange, TokenFields};
use super::token_json::{TokenJson, Whole};
use super::{Failure, IdempotencyKey, Json, May, OptionalJson, Path, Query, Result};
use crate::error::Error;
use crate::http::App;
use crate::id::TokenId;
use crate::policies::{self, Change, OrganizationBounds};
use crate::tokens;

/// List the organization's tokens
///
/// The newest first. Deleted ones are listed for a year, where they are asked for.
#[utoipa::path(get, path = "/api/v2/organization/tokens/", tag = "Organization tokens",
    operation_id = "list_organization_tokens",
    params(ListQuery),
    responses(
        (status = 200, description = "A page of tokens", body = [TokenJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    owner: May<ReadTokens>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<ListQuery>,
) -> Result<HttpResponse> {
    let (organization, query, now) = (owner.organization(), query.0.read()?, app.clock.now());
    let (tokens, after) = app
        .db
        .read(move |conn| {
            let policy = policies::of_organization(conn, organization)?;
            let (listed, more) = tokens::list(conn, organization, &query, &policy, now)?;
            let after = listed.last().filter(|_| more).map(|last| last.cursor.to_string());
            let tokens = listed.into_iter().map(|listed| listed.token).collect();
            Ok((Whole::of_all(conn, tokens, policy)?, after))
        })
        .await?;
    let tokens: Vec<_> = tokens.iter().map(|token| token.json(now)).collect();
    Ok(page::answer(&req, &tokens, after))
}

/// Create a token
///
/// The answer holds the token in full, this once: store it securely.
#[utoipa::path(post, path = "/api/v2/organization/tokens/", tag = "Organization tokens",
    operation_id = "create_organization_token",
    request_body = TokenFields,
    responses(
        (status = 201, description = "The token, in full", body = TokenJson,
            headers(("Location" = String, description = "Where the token is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    owner: May<ManageTokens>,
    app: Data<App>,
    fields: Json<TokenFields>,
) -> Result<HttpResponse> {
    let (fields, shared) = (fields.0, app.clone());
    let issued = app.db.write(move |tx| {
        let bounds = tokens::organization_bounds(tx.conn(), owner.organization(), owner.grant())?;
        let is_active = fields.is_active();
        let cleared = bounds.clear(fields.wish(&bounds)?, tx.now())?;
        let (by, holder) = (owner.actor(), owner.holder());
        let mut issued = tokens::issue(tx, by, holder, &shared.mint, cleared)?;
        if !is_active {
            let off = Change { is_active: Some(false), ..Change::default() };
            let off = bounds.clear_change(off, tx.now())?;
            issued.token = tokens::change(tx, by, holder, issued.token.id, off)?;
        }
        Whole::revealed(tx.conn(), issued)
    });
    let issued = issued.await.map_err(Failure::in_access_config)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, path(issued.token.id)))
        .json(issued.json(app.clock.now())))
}

fn path(id: TokenId) -> String {
    format!("/api/v2/organization/tokens/{id}/")
}

/// Get a token
#[utoipa::path(get, path = "/api/v2/organization/tokens/{id}/", tag = "Organization tokens",
    operation_id = "get_organization_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 200, description = "The token", body = TokenJson), Always, Forbidden, Missing))]
pub async fn show(
    owner: May<ReadTokens>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    let token = app.db.read(move |conn| {
        let token = tokens::find(conn, owner.holder(), id.0)?.ok_or(Error::NotFound("token"))?;
        Whole::of(conn, token)
    });
    Ok(HttpResponse::Ok().json(token.await?.json(app.clock.now())))
}

/// Replace a token's settings
///
/// Everything but the secret: what is left out takes its default.
#[utoipa::path(put, path = "/api/v2/organization/tokens/{id}/", tag = "Organization tokens",
    operation_id = "replace_organization_token",
    params(("id" = i64, Path, description = "The token's id")),
    request_body = TokenFields,
    responses((status = 200, description = "The token as it is now", body = TokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn replace(
    owner: May<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
    fields: Json<TokenFields>,
) -> Result<HttpResponse> {
    rewrite(owner, app, id.0, move |bounds| fields.0.change(bounds)).await
}

/// Change a token's settings
///
/// What is left out stays as it is. `access_config` is replaced as a whole.
#[utoipa::path(patch, path = "/api/v2/organization/tokens/{id}/", tag = "Organization tokens",
    operation_id = "change_organization_token",
    params(("id" = i64, Path, description = "The token's id")),
    request_body = TokenChange,
    responses((status = 200, description = "The token as it is now", body = TokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn change(
    owner: May<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
    fields: Json<TokenChange>,
) -> Result<HttpResponse> {
    rewrite(owner, app, id.0, move |bounds| fields.0.change(bounds)).await
}

async fn rewrite(
    owner: May<ManageTokens>,
    app: Data<App>,
    id: TokenId,
    wish: impl FnOnce(&OrganizationBounds) -> crate::error::Result<Change> + Send + 'static,
) -> Result<HttpResponse> {
    let changed = app.db.write(move |tx| {
        let bounds = tokens::organization_bounds(tx.conn(), owner.organization(), owner.grant())?;
        let token = tokens::hold(tx, owner.holder(), id)?;
        let change = bounds.clear_change(wish(&bounds)?, tx.now())?;
        tokens::may_change(&bounds, &token.power(), &token, &change)?;
        let token = tokens::change(tx, owner.actor(), owner.holder(), id, change)?;
        Whole::of(tx.conn(), token)
    });
    let changed = changed.await.map_err(Failure::in_access_config)?;
    Ok(HttpResponse::Ok().json(changed.json(app.clock.now())))
}

/// Delete a token
///
/// For good: it stops working at once.
#[utoipa::path(delete, path = "/api/v2/organization/tokens/{id}/", tag = "Organization tokens",
    operation_id = "delete_organization_token",
    params(("id" = i64, Path, description = "The token's id")),
    responses((status = 204, description = "It works no more"), Always, Forbidden, Missing))]
pub async fn revoke(
    owner: May<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    app.db.write(move |tx| tokens::revoke(tx, owner.actor(), owner.holder(), id.0)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate a token's secret
///
/// The answer holds the new token in full, this once. The old secret works on for the grace
/// period.
#[utoipa::path(post, path = "/api/v2/organization/tokens/{id}/rotate/", tag = "Organization tokens",
    operation_id = "rotate_organization_token",
    params(
        ("id" = i64, Path, description = "The token's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, description = "Makes a retry safe: with the \
            same key, within a day, a rotation whose answer was lost is answered again.")
    ),
    request_body = Option<RotateFields>,
    responses((status = 200, description = "The token, in full", body = TokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn rotate(
    owner: May<ManageTokens>,
    app: Data<App>,
    id: Path<TokenId>,
    key: IdempotencyKey,
    fields: OptionalJson<RotateFields>,
) -> Result<HttpResponse> {
    let (grace, key, shared) = (fields.0.grace()?, key.digest(&app), app.clone());
    let rotated = app.db.write(move |tx| {
        let (by, holder, mint) = (owner.actor(), owner.holder(), &shared.mint);
        let bounds = tokens::organization_bounds(tx.conn(), owner.organization(), owner.grant())?;
        let token = tokens::hold(tx, holder, id.0)?;
        tokens::may_rotate(&bounds, &token.power(), &token)?;
        let issued = tokens::rotate(tx, by, holder, id.0, grace, mint, key)?;
        Whole::revealed(tx.conn(), issued)
    });
    Ok(HttpResponse::Ok().json(rotated.await?.json(app.clock.now())))
}
