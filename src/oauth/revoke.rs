//! `POST /oauth2/revoke` (RFC 7009): whoever has a token at hand, and is of its organization, ends it.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::client::Client;
use super::form::Form;
use super::{Failure, Result, subject};
use crate::error::Error;
use crate::http::App;
use crate::tokens;

/// 200 also for what is unknown or revoked already (section 2.2).
pub async fn revoke(req: HttpRequest, app: Data<App>, form: Form) -> Result<HttpResponse> {
    let client = Client::authenticate(&req, &app, &form).await?;
    let Some(verdict) = subject::read(&app, form).await? else {
        return Ok(HttpResponse::Ok().finish());
    };
    // Section 2.1: refused, and told so. Whoever has the token at hand learns nothing new by it.
    if verdict.reach_in(client.organization).is_none() {
        return Err(Failure::unauthorized_client("the token is of another organization"));
    }
    // Nothing is kept of a JWT that could be ended, and whoever verifies it alone would not ask
    // (RFC 7009 section 2.2.1).
    if verdict.derived.is_some() {
        return Err(Failure::unsupported_token_type(
            "an access token of the exchange ends by itself; revoke the token that it was made from",
        ));
    }
    let (id, holder) = (verdict.token, verdict.holder());
    let by = client.known.actor(&req);
    match app.db.write(move |tx| tokens::revoke(tx, &by, holder, id)).await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(HttpResponse::Ok().finish()),
        Err(failed) => Err(failed.into()),
    }
}
