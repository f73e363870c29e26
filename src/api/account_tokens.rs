//! A service account's tokens: `/api/v2/organization/service-accounts/{account}/tokens/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use diesel::PgConnection;

use super::page::{self, ListQuery};
use super::permission::{ManageServiceAccounts, ReadServiceAccounts};
use super::refusals::{Always, Conflicting, Forbidden, Missing, TooLarge};
use super::token_fields::{AccountTokenChange, AccountTokenFields, RotateFields};
use super::token_json::{AccountTokenJson, Whole};
use super::{IdempotencyKey, Json, May, OptionalJson, Path, Query, Result};
use crate::error::Error;
use crate::http::App;
use crate::id::{OrganizationId, ServiceAccountId, TokenId};
use crate::service_accounts::{self, ServiceAccount};
use crate::tokens::Holder;
use crate::{error, policies, tokens};

/// List a service account's tokens
///
/// The newest first. Deleted ones are listed for a year, where they are asked for.
#[utoipa::path(get, path = "/api/v2/organization/service-accounts/{account}/tokens/",
    tag = "Service accounts", operation_id = "list_service_account_tokens",
    params(("account" = i64, Path, description = "The account's id"), ListQuery),
    responses(
        (status = 200, description = "A page of tokens", body = [AccountTokenJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    owner: May<ReadServiceAccounts>,
    app: Data<App>,
    req: HttpRequest,
    account: Path<ServiceAccountId>,
    query: Query<ListQuery>,
) -> Result<HttpResponse> {
    let (organization, query, now) = (owner.organization(), query.0.read()?, app.clock.now());
    let (tokens, account, after) = app
        .db
        .read(move |conn| {
            let account = existing(conn, organization, account.0)?;
            let policy = policies::of_organization(conn, organization)?;
            let holder = Holder::ServiceAccount(organization, account.id);
            let (listed, more) = tokens::list_of_holder(conn, holder, &query, &policy, now)?;
            let after = listed.last().filter(|_| more).map(|last| last.cursor.to_string());
            let tokens = listed.into_iter().map(|listed| listed.token).collect();
            Ok((Whole::of_all(conn, tokens, policy)?, account, after))
        })
        .await?;
    let tokens: Vec<_> = tokens.iter().map(|token| token.account_json(&account, now)).collect();
    Ok(page::answer(&req, &tokens, after))
}

/// Create a token of a service account
///
/// The answer holds the token in full, this once: store it securely. It may do what the account
/// may, so whoever asks holds all of that.
#[utoipa::path(post, path = "/api/v2/organization/service-accounts/{account}/tokens/",
    tag = "Service accounts", operation_id = "create_service_account_token",
    params(("account" = i64, Path, description = "The account's id")),
    request_body = AccountTokenFields,
    responses(
        (status = 201, description = "The token, in full", body = AccountTokenJson,
            headers(("Location" = String, description = "Where the token is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    fields: Json<AccountTokenFields>,
) -> Result<HttpResponse> {
    let (wish, shared) = (fields.0.wish(), app.clone());
    let issued = app.db.write(move |tx| {
        let organization = owner.organization();
        let bounds = tokens::organization_bounds(tx.conn(), organization, owner.grant())?;
        let account = service_accounts::hold(tx, organization, account.0)?;
        let cleared = bounds.clear_account_token(wish, &account.power(), tx.now())?;
        let (holder, mint) = (holder(&account), &shared.mint);
        let issued = tokens::issue(tx, owner.actor(), holder, mint, cleared)?;
        Ok((Whole::revealed(tx.conn(), issued)?, account))
    });
    let (issued, account) = issued.await?;
    let (id, token) = (account.id, issued.token.id);
    let path = format!("/api/v2/organization/service-accounts/{id}/tokens/{token}/");
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, path))
        .json(issued.account_json(&account, app.clock.now())))
}

/// Get a token of a service account
#[utoipa::path(get, path = "/api/v2/organization/service-accounts/{account}/tokens/{id}/",
    tag = "Service accounts", operation_id = "get_service_account_token",
    params(("account" = i64, Path, description = "The account's id"),
        ("id" = i64, Path, description = "The token's id")),
    responses((status = 200, description = "The token", body = AccountTokenJson),
        Always, Forbidden, Missing))]
pub async fn show(
    owner: May<ReadServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    let found = app.db.read(move |conn| {
        let account = existing(conn, owner.organization(), account.0)?;
        let token = tokens::find(conn, holder(&account), id.0)?.ok_or(Error::NotFound("token"))?;
        Ok((Whole::of(conn, token)?, account))
    });
    let (token, account) = found.await?;
    Ok(HttpResponse::Ok().json(token.account_json(&account, app.clock.now())))
}

/// Change a token of a service account
///
/// What is left out stays as it is.
#[utoipa::path(patch, path = "/api/v2/organization/service-accounts/{account}/tokens/{id}/",
    tag = "Service accounts", operation_id = "change_service_account_token",
    params(("account" = i64, Path, description = "The account's id"),
        ("id" = i64, Path, description = "The token's id")),
    request_body = AccountTokenChange,
    responses((status = 200, description = "The token as it is now", body = AccountTokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn change(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    id: Path<TokenId>,
    fields: Json<AccountTokenChange>,
) -> Result<HttpResponse> {
    let changed = app.db.write(move |tx| {
        let organization = owner.organization();
        let bounds = tokens::organization_bounds(tx.conn(), organization, owner.grant())?;
        let account = service_accounts::hold(tx, organization, account.0)?;
        let token = tokens::hold(tx, holder(&account), id.0)?;
        let change = bounds.clear_change(fields.0.change(), tx.now())?;
        tokens::may_change(&bounds, &account.power(), &token, &change)?;
        let token = tokens::change(tx, owner.actor(), holder(&account), id.0, change)?;
        Ok((Whole::of(tx.conn(), token)?, account))
    });
    let (changed, account) = changed.await?;
    Ok(HttpResponse::Ok().json(changed.account_json(&account, app.clock.now())))
}

/// Delete a token of a service account
///
/// For good: it stops working at once.
#[utoipa::path(delete, path = "/api/v2/organization/service-accounts/{account}/tokens/{id}/",
    tag = "Service accounts", operation_id = "delete_service_account_token",
    params(("account" = i64, Path, description = "The account's id"),
        ("id" = i64, Path, description = "The token's id")),
    responses((status = 204, description = "It works no more"), Always, Forbidden, Missing))]
pub async fn revoke(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    id: Path<TokenId>,
) -> Result<HttpResponse> {
    app.db
        .write(move |tx| {
            let account = existing(tx.conn(), owner.organization(), account.0)?;
            tokens::revoke(tx, owner.actor(), holder(&account), id.0)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Rotate the secret of a service account's token
///
/// The answer holds the new token in full, this once. The old secret works on for the grace
/// period.
#[utoipa::path(post, path = "/api/v2/organization/service-accounts/{account}/tokens/{id}/rotate/",
    tag = "Service accounts", operation_id = "rotate_service_account_token",
    params(
        ("account" = i64, Path, description = "The account's id"),
        ("id" = i64, Path, description = "The token's id"),
        ("Idempotency-Key" = Option<String>, Header, nullable = false, description = "Makes a retry safe: with the \
            same key, within a day, a rotation whose answer was lost is answered again.")
    ),
    request_body = Option<RotateFields>,
    responses((status = 200, description = "The token, in full", body = AccountTokenJson),
        Always, Forbidden, Missing, Conflicting, TooLarge))]
pub async fn rotate(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    id: Path<TokenId>,
    key: IdempotencyKey,
    fields: OptionalJson<RotateFields>,
) -> Result<HttpResponse> {
    let (grace, key, shared) = (fields.0.grace()?, key.digest(&app), app.clone());
    let rotated = app.db.write(move |tx| {
        let organization = owner.organization();
        let bounds = tokens::organization_bounds(tx.conn(), organization, owner.grant())?;
        let account = service_accounts::hold(tx, organization, account.0)?;
        let (by, holder, mint) = (owner.actor(), holder(&account), &shared.mint);
        let token = tokens::hold(tx, holder, id.0)?;
        tokens::may_rotate(&bounds, &account.power(), &token)?;
        let issued = tokens::rotate(tx, by, holder, id.0, grace, mint, key)?;
        Ok((Whole::revealed(tx.conn(), issued)?, account))
    });
    let (rotated, account) = rotated.await?;
    Ok(HttpResponse::Ok().json(rotated.account_json(&account, app.clock.now())))
}

fn holder(account: &ServiceAccount) -> Holder {
    Holder::ServiceAccount(account.organization_id, account.id)
}

fn existing(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> error::Result<ServiceAccount> {
    service_accounts::find(conn, organization, id)?.ok_or(Error::NotFound("service account"))
}
