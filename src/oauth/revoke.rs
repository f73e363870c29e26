//! `POST /oauth2/revoke` (RFC 7009): whoever has a token at hand, and is of its organization, ends it.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::client::Client;
use super::form::Form;
use super::{Failure, Result};
use crate::error::Error;
use crate::http::authentication::look_up;
use crate::http::{App, credential};
use crate::tokens;

/// 200 also for what is unknown or revoked already (section 2.2).
pub async fn revoke(req: HttpRequest, app: Data<App>, form: Form) -> Result<HttpResponse> {
    let client = Client::authenticate(&req, &app, &form).await?;
    let form = form.checked()?;
    let token = form.required("token")?;
    form.one("token_type_hint")?;
    let known = match credential::bearer(token) {
        Ok(credential) => look_up(&app, &credential).await,
        Err(nobodys) => Err(nobodys),
    };
    let verdict = match known {
        Ok(verdict) => verdict,
        Err(Error::InvalidToken(_)) => return Ok(HttpResponse::Ok().finish()),
        Err(failed) => return Err(failed.into()),
    };
    // Section 2.1: refused, and told so. Whoever has the token at hand learns nothing new by it.
    if verdict.reach_in(client.organization).is_none() {
        return Err(Failure::unauthorized_client("the token is of another organization"));
    }
    let (id, holder) = (verdict.token, verdict.holder());
    match app.db.write(move |tx| tokens::revoke(tx, &client.actor, holder, id)).await {
        Ok(_) | Err(Error::NotFound(_)) => Ok(HttpResponse::Ok().finish()),
        Err(failed) => Err(failed.into()),
    }
}
