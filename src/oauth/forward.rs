//! `/forward-auth/*`: a reverse proxy asks whether to let a request through.
//!
//! The answer is 200, 401 or 403 (503 while the database is away), never a redirect: nginx takes
//! any other status for an error of its own. The dialect is chosen by the address and never guessed
//! from headers, so that a client cannot choose it.
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Failure, Result};
use crate::error::Error;
use crate::http::authentication::{Authenticated, X_ORGANIZATION, accept, note};
use crate::http::forward::Gate;
use crate::http::gates::Gates;
use crate::http::{App, credential};
use crate::tokens::Outcome;

/// nginx, Traefik and Caddy ask at a fixed address: its query says what is asked.
pub async fn in_the_query(
    req: HttpRequest,
    app: Data<App>,
    gates: Data<Gates>,
) -> Result<HttpResponse> {
    ask(&req, &app, &gates, Some(req.query_string())).await
}

/// Envoy appends the client's path and query to a prefix, whose last part says what is asked:
/// `/forward-auth/envoy/organization=acme&require=records:read/...`, or `-` for nothing.
pub async fn in_the_path(
    req: HttpRequest,
    app: Data<App>,
    gates: Data<Gates>,
) -> Result<HttpResponse> {
    let path = req.uri().path().strip_prefix("/forward-auth/envoy/");
    let gate = path.and_then(|path| path.split('/').next()).filter(|gate| !gate.is_empty());
    ask(&req, &app, &gates, gate.map(|gate| if gate == "-" { "" } else { gate })).await
}

async fn ask(
    req: &HttpRequest,
    app: &App,
    gates: &Gates,
    gate: Option<&str>,
) -> Result<HttpResponse> {
    let credential = credential::read_for_proxy(req.headers()).map_err(refused)?;
    let credential = credential.ok_or_else(Failure::no_credential)?;
    let known = accept(req, &credential).await.map_err(refused)?;
    // A gate that is not understood lets no one in.
    let unsaid = "the proxy's address for Jeton does not say what is asked; write - for nothing";
    let gate = gate.ok_or(Error::InvalidRequest(unsaid.into()));
    let gate = gate
        .and_then(|text| gates.read(text))
        .map_err(|wrong| Failure::from(wrong).with_status(StatusCode::FORBIDDEN))?;
    let chosen = req.headers().get(X_ORGANIZATION).and_then(|name| name.to_str().ok());
    let headers = match gates.admit(&gate, &known.verdict, chosen) {
        Ok(headers) => headers,
        Err(lacking) => {
            note(req, app, &known, Outcome::Refused);
            return Err(Failure::insufficient_scope(lacking.why, lacking.scope));
        }
    };
    note(req, app, &known, Outcome::Accepted);
    let mut answer = HttpResponse::Ok().finish();
    for (name, value) in headers.iter() {
        answer.headers_mut().insert(name.clone(), value.clone());
    }
    if let Some(jwt) = swapped(app, gate.gate(), &known, chosen).await? {
        answer.headers_mut().insert(AUTHORIZATION, jwt);
    }
    Ok(answer)
}

/// What goes on in the place of the token, where the gate says so.
async fn swapped(
    app: &App,
    gate: &Gate,
    known: &Authenticated,
    chosen: Option<&str>,
) -> Result<Option<HeaderValue>> {
    if !gate.swap {
        return Ok(None);
    }
    let Ok(reach) = gate.reach(&known.verdict, chosen) else { return Ok(None) };
    let jwt = app.exchange.swap(&known.verdict, reach, known.at).await?;
    let value = HeaderValue::try_from(format!("Bearer {jwt}")).map_err(anyhow::Error::from);
    Ok(Some(value.map_err(Error::from)?))
}

/// Two credentials are 400 elsewhere; a proxy would take that for an error of its own.
fn refused(error: Error) -> Failure {
    let failure = Failure::from(error);
    match failure.status() {
        StatusCode::BAD_REQUEST => failure.with_status(StatusCode::UNAUTHORIZED),
        _ => failure,
    }
}
