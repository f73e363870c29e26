//! Service accounts: `/api/v2/organization/service-accounts/`.
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::page;
use super::permission::{ManageServiceAccounts, ReadServiceAccounts};
use super::refusals::{Always, Forbidden, Missing, TooLarge};
use super::service_account_json::{AccountFields, AccountJson, AccountPatch, AccountQuery};
use super::{Failure, Json, May, Path, Query, Result};
use crate::error::Error;
use crate::http::App;
use crate::id::ServiceAccountId;
use crate::policies::{AccountChange, OrganizationBounds};
use crate::{service_accounts, tokens};

/// List service accounts
#[utoipa::path(get, path = "/api/v2/organization/service-accounts/", tag = "Service accounts",
    operation_id = "list_service_accounts",
    params(AccountQuery),
    responses(
        (status = 200, description = "A page of accounts, by name", body = [AccountJson],
            headers(("Link" = String, description = "The next page, as `rel=\"next\"`, where there is one."))),
        Always, Forbidden, Missing
    ))]
pub async fn list(
    owner: May<ReadServiceAccounts>,
    app: Data<App>,
    req: HttpRequest,
    query: Query<AccountQuery>,
) -> Result<HttpResponse> {
    let (organization, page) = (owner.organization(), query.0.read()?);
    let (listed, more) =
        app.db.read(move |conn| service_accounts::list(conn, organization, &page)).await?;
    let after = listed.last().filter(|_| more).map(|last| last.cursor.to_string());
    let accounts: Vec<_> = listed.iter().map(AccountJson::of).collect();
    Ok(page::answer(&req, &accounts, after))
}

/// Create a service account
///
/// It can hold nothing that the token that asks does not hold.
#[utoipa::path(post, path = "/api/v2/organization/service-accounts/", tag = "Service accounts",
    operation_id = "create_service_account",
    request_body = AccountFields,
    responses(
        (status = 201, description = "The account", body = AccountJson,
            headers(("Location" = String, description = "Where the account is from now on."))),
        Always, Forbidden, Missing, TooLarge
    ))]
pub async fn create(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    fields: Json<AccountFields>,
) -> Result<HttpResponse> {
    let fields = fields.0;
    let created = app.db.write(move |tx| {
        let organization = owner.organization();
        let bounds = tokens::organization_bounds(tx.conn(), organization, owner.grant())?;
        let is_active = fields.is_active();
        let cleared = bounds.clear_account(fields.wish(&bounds)?)?;
        let account = service_accounts::create(tx, owner.actor(), organization, &cleared)?;
        if !is_active {
            let off = AccountChange { is_active: Some(false), ..AccountChange::default() };
            let now = service_accounts::now(tx.conn(), &account)?;
            let off = bounds.clear_account_change(off, &now)?;
            service_accounts::change(tx, owner.actor(), organization, account.id, off)?;
        }
        let listed = service_accounts::find_listed(tx.conn(), organization, account.id)?;
        Ok(AccountJson::of(&listed.ok_or(Error::NotFound("service account"))?))
    });
    let created = created.await.map_err(Failure::in_access_config)?;
    let path = format!("/api/v2/organization/service-accounts/{}/", created.id());
    Ok(HttpResponse::Created().insert_header((header::LOCATION, path)).json(created))
}

/// Get a service account
#[utoipa::path(get, path = "/api/v2/organization/service-accounts/{account}/", tag = "Service accounts",
    operation_id = "get_service_account",
    params(("account" = i64, Path, description = "The account's id")),
    responses((status = 200, description = "The account", body = AccountJson),
        Always, Forbidden, Missing))]
pub async fn show(
    owner: May<ReadServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
) -> Result<HttpResponse> {
    let organization = owner.organization();
    let listed =
        app.db.read(move |conn| service_accounts::find_listed(conn, organization, account.0));
    let listed = listed.await?.ok_or(Error::NotFound("service account"))?;
    Ok(HttpResponse::Ok().json(AccountJson::of(&listed)))
}

/// Replace a service account's settings
///
/// What is left out takes its default. Its tokens follow at once.
#[utoipa::path(put, path = "/api/v2/organization/service-accounts/{account}/", tag = "Service accounts",
    operation_id = "replace_service_account",
    params(("account" = i64, Path, description = "The account's id")),
    request_body = AccountFields,
    responses((status = 200, description = "The account as it is now", body = AccountJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn replace(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    fields: Json<AccountFields>,
) -> Result<HttpResponse> {
    rewrite(owner, app, account.0, move |bounds| fields.0.change(bounds)).await
}

/// Change a service account's settings
///
/// What is left out stays as it is. `access_config` is replaced as a whole. Its tokens follow at
/// once.
#[utoipa::path(patch, path = "/api/v2/organization/service-accounts/{account}/", tag = "Service accounts",
    operation_id = "change_service_account",
    params(("account" = i64, Path, description = "The account's id")),
    request_body = AccountPatch,
    responses((status = 200, description = "The account as it is now", body = AccountJson),
        Always, Forbidden, Missing, TooLarge))]
pub async fn change(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
    fields: Json<AccountPatch>,
) -> Result<HttpResponse> {
    rewrite(owner, app, account.0, move |bounds| fields.0.change(bounds)).await
}

async fn rewrite(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    id: ServiceAccountId,
    wish: impl FnOnce(&OrganizationBounds) -> crate::error::Result<AccountChange> + Send + 'static,
) -> Result<HttpResponse> {
    let changed = app.db.write(move |tx| {
        let organization = owner.organization();
        let bounds = tokens::organization_bounds(tx.conn(), organization, owner.grant())?;
        let account = service_accounts::hold(tx, organization, id)?;
        let now = service_accounts::now(tx.conn(), &account)?;
        let change = bounds.clear_account_change(wish(&bounds)?, &now)?;
        service_accounts::change(tx, owner.actor(), organization, id, change)?;
        let listed = service_accounts::find_listed(tx.conn(), organization, id)?;
        Ok(AccountJson::of(&listed.ok_or(Error::NotFound("service account"))?))
    });
    Ok(HttpResponse::Ok().json(changed.await.map_err(Failure::in_access_config)?))
}

/// Delete a service account
///
/// For good: all its tokens stop working at once.
#[utoipa::path(delete, path = "/api/v2/organization/service-accounts/{account}/", tag = "Service accounts",
    operation_id = "delete_service_account",
    params(("account" = i64, Path, description = "The account's id")),
    responses((status = 204, description = "It and its tokens are gone"), Always, Forbidden, Missing))]
pub async fn delete(
    owner: May<ManageServiceAccounts>,
    app: Data<App>,
    account: Path<ServiceAccountId>,
) -> Result<HttpResponse> {
    app.db
        .write(move |tx| {
            service_accounts::delete(tx, owner.actor(), owner.organization(), account.0)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
