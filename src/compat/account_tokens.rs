//! `/service/public/v1/service-accounts/{account}/tokens/`: made and deleted. They are listed with
//! their account.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::account_json::revealed;
use super::ground::{Ground, account, no_account};
use super::wish::Fields;
use super::{Caller, Failure, Result};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::id::TokenId;
use crate::policies::AccountTokenWish;
use crate::{service_accounts, tokens};

pub async fn create(
    caller: Caller,
    app: Data<App>,
    req: HttpRequest,
    fields: Fields,
) -> Result<HttpResponse> {
    let deed = "create service account tokens";
    let ground = Ground::of(&req, &caller, Level::Manage, deed)?;
    let (id, shared) = (account(&req)?, app.clone());
    let (name, expiry) = (fields.name()?, fields.expiry(app.clock.now())?);
    let issued = app.db.write(move |tx| {
        let bounds =
            tokens::organization_bounds(tx.conn(), ground.organization, ground.grant.clone())?;
        let account = service_accounts::hold(tx, ground.organization, id)?;
        let wish = AccountTokenWish { name, expiry, may_rotate_itself: false };
        let cleared = bounds.clear_account_token(wish, &account.power(), tx.now())?;
        tokens::issue(tx, &ground.by, ground.holder(id), &shared.mint, cleared)
    });
    Ok(HttpResponse::Created().json(revealed(issued.await.map_err(refused)?)))
}

pub async fn delete(caller: Caller, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let deed = "delete service account tokens";
    let ground = Ground::of(&req, &caller, Level::Manage, deed)?;
    let account = account(&req)?;
    let named = req.match_info().get("token").and_then(|text| text.parse::<TokenId>().ok());
    let token = named.ok_or_else(no_token)?;
    let deleted = app.db.write(move |tx| {
        service_accounts::hold(tx, ground.organization, account)?;
        tokens::revoke(tx, &ground.by, ground.holder(account), token)
    });
    deleted.await.map_err(refused)?;
    Ok(HttpResponse::NoContent().finish())
}

fn no_token() -> Failure {
    Failure::not_found("Token not found.")
}

fn refused(error: Error) -> Failure {
    match error {
        Error::NotFound("service account") => no_account(),
        Error::NotFound("token") => no_token(),
        other => other.into(),
    }
}
