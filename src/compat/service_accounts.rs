//! `/service/public/v1/service-accounts/`: accounts as clients of Phase manage them. Who may is who may
//! in our own API, and power is only ever passed down.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::access_wish::projects_of;
use super::account_json::{brief, revealed, whole};
use super::ground::{Ground, account, no_account};
use super::wish::{Fields, missing, refused};
use super::{Caller, Failure, Result};
use crate::access::{AccessConfig, Level, Projects};
use crate::error::Error;
use crate::http::App;
use crate::policies::{AccountChange, AccountTokenWish, AccountWish, Expiry};
use crate::secrets;
use crate::service_accounts::{self, Page, ServiceAccount};
use crate::tokens;

/// Accounts in one answer: their list has no pages.
const MOST: i64 = 10_000;

pub async fn list(caller: Caller, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Read, "read service accounts")?;
    let page = Page { limit: MOST, ..Page::default() };
    let read = move |conn: &mut _| service_accounts::list(conn, ground.organization, &page);
    let (listed, _) = app.db.read(read).await?;
    let accounts = listed.iter().map(|listed| Value::Object(brief(&listed.account)));
    Ok(HttpResponse::Ok().json(json!({ "data": accounts.collect::<Vec<_>>() })))
}

/// The account reaches no project to begin with; its first token comes with it.
pub async fn create(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    fields: Fields,
) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Manage, "create service accounts")?;
    let (name, first) = (fields.name()?, fields.text("token_name")?);
    let role = fields.role()?.ok_or_else(|| missing("role_id"))?;
    if fields.given("team_id").is_some() {
        return Err(Failure::not_found("Team not found."));
    }
    let (shared, first) = (app.clone(), first.unwrap_or_else(|| "Default".into()));
    let made = app.db.write(move |tx| {
        let bounds =
            tokens::organization_bounds(tx.conn(), ground.organization, ground.grant.clone())?;
        let access = AccessConfig { role, projects: Projects::default(), permissions: None };
        let wish = AccountWish { name, description: String::new(), access };
        let cleared = bounds.clear_account(wish)?;
        let account = service_accounts::create(tx, &ground.by, ground.organization, &cleared)?;
        let wish =
            AccountTokenWish { name: first, expiry: Expiry::Longest, may_rotate_itself: false };
        let cleared = bounds.clear_account_token(wish, &account.power(), tx.now())?;
        let holder = ground.holder(account.id);
        let issued = tokens::issue(tx, &ground.by, holder, &shared.mint, cleared)?;
        Ok((account, issued))
    });
    let (account, issued) = made.await?;
    let mut created = brief(&account);
    created.insert("initialToken".into(), revealed(issued).into());
    Ok(HttpResponse::Created().json(created))
}

pub async fn show(caller: Caller, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Read, "read service accounts")?;
    let (id, shared, now) = (account(&req)?, app.clone(), app.clock.now());
    let found = app.db.read(move |conn| {
        let account = service_accounts::find(conn, ground.organization, id)?;
        let account = account.ok_or(Error::NotFound("service account"))?;
        whole(conn, &shared.vault, &account, now)
    });
    Ok(HttpResponse::Ok().json(found.await.map_err(told)?))
}

pub async fn change(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    fields: Fields,
) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Manage, "update service accounts")?;
    if fields.given("name").is_none() && fields.given("role_id").is_none() {
        return Err(refused("At least one of 'name' or 'role_id' must be provided."));
    }
    let name = fields.given("name").map(|_| fields.name()).transpose()?;
    let role = fields.role()?;
    rewrite(ground, &app, &req, move |account| {
        let access = role.map(|role| AccessConfig { role, ..account.access() });
        AccountChange { name, access, ..AccountChange::default() }
    })
    .await
}

/// All that it reaches from now on. Whole projects: Jeton keeps no account to some environments of
/// one, so leaving some out is refused.
pub async fn set_access(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    fields: Fields,
) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Manage, "update service accounts")?;
    let organization = ground.organization;
    let (shared, now) = (app.clone(), app.clock.now());
    let everything = [(organization, crate::access::Power::of_owner())];
    let all = app.db.read(move |conn| secrets::readable(conn, &shared.vault, &everything, now));
    let projects = projects_of(&fields, &all.await?)?;
    rewrite(ground, &app, &req, move |account| {
        let projects = Projects::new(false, projects);
        let access = Some(AccessConfig { projects, ..account.access() });
        AccountChange { access, ..AccountChange::default() }
    })
    .await
}

async fn rewrite(
    ground: Ground,
    app: &Data<App>,
    req: &HttpRequest,
    wish: impl FnOnce(&ServiceAccount) -> AccountChange + Send + 'static,
) -> Result<HttpResponse> {
    let (id, shared) = (account(req)?, app.clone());
    let changed = app.db.write(move |tx| {
        let organization = ground.organization;
        let bounds = tokens::organization_bounds(tx.conn(), organization, ground.grant.clone())?;
        let account = service_accounts::hold(tx, organization, id)?;
        let now = service_accounts::now(tx.conn(), &account)?;
        let change = bounds.clear_account_change(wish(&account), &now)?;
        let account = service_accounts::change(tx, &ground.by, organization, id, change)?;
        let at = tx.now();
        whole(tx.conn(), &shared.vault, &account, at)
    });
    Ok(HttpResponse::Ok().json(changed.await.map_err(told)?))
}

pub async fn delete(caller: Caller, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let ground = Ground::of(&req, &caller, Level::Manage, "delete service accounts")?;
    let id = account(&req)?;
    let deleted =
        app.db.write(move |tx| service_accounts::delete(tx, &ground.by, ground.organization, id));
    deleted.await.map_err(told)?;
    Ok(HttpResponse::NoContent().finish())
}

fn told(error: Error) -> Failure {
    match error {
        Error::NotFound("service account") => no_account(),
        other => other.into(),
    }
}
