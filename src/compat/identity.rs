//! Who is calling. [`identify`] settles it once per request, before any body is read.
use std::future::{Ready, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::de::DeserializeOwned;

use super::{Failure, Result};
use crate::audit::Actor;
use crate::error::Error;
use crate::http::authentication::{Authenticated, authenticate, note};
use crate::http::credential::NOT_VALID;
use crate::http::{App, nul};
use crate::id::OrganizationId;
use crate::tokens::{Outcome, Reach, Verdict};

/// Where clients ask for their keys.
pub const TOKENS: &str = "/service/secrets/tokens/";

/// Looks the presented token up; afterwards notes its use.
pub async fn identify(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    if let Err(refused) = nul::refuse_in_address(req.request()) {
        return Ok(req.error_response(Failure::from(refused)));
    }
    match authenticate(req.request()).await {
        Ok(None) => return Ok(next.call(req).await?.map_into_boxed_body()),
        Ok(Some(known)) => {
            req.extensions_mut().insert(known.clone());
            let res = next.call(req).await?.map_into_boxed_body();
            let refused = matches!(res.status(), StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
            let outcome = if refused { Outcome::Refused } else { Outcome::Accepted };
            if let Some(app) = res.request().app_data::<Data<App>>() {
                note(res.request(), app, &known, outcome);
            }
            Ok(res)
        }
        Err(Error::InvalidToken(why)) => {
            let refusal = refusal(req.request());
            // A stranger learns nothing of what was wrong.
            let is_known = why != NOT_VALID;
            let refusal = if is_known { refusal.because(why.into_owned()) } else { refusal };
            Ok(req.error_response(refusal))
        }
        Err(other) => Ok(req.error_response(Failure::from(other))),
    }
}

/// Another kind of token than theirs is told apart from one that is dead. Where clients begin, they
/// know either by another status.
fn refusal(req: &HttpRequest) -> Failure {
    let begins = req.path() == TOKENS;
    let sent = req.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let kind = sent.unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let is_theirs = matches!(kind, "User" | "ServiceAccount") || kind.starts_with("jtn_");
    match (is_theirs, begins) {
        (true, true) => Failure::forbidden("Token expired or deleted"),
        (true, false) => Failure::unauthorized("Token expired or deleted"),
        (false, true) => Failure::forbidden("Invalid token type"),
        (false, false) => Failure::unauthorized("Invalid token"),
    }
}

/// Proof that the request carries a token that is good.
#[derive(Debug, Clone)]
pub struct Caller {
    known: Authenticated,
    actor: Actor,
}

impl Caller {
    pub fn verdict(&self) -> &Verdict {
        &self.known.verdict
    }

    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The organizations that the token reaches.
    pub fn organizations(&self) -> Vec<OrganizationId> {
        self.verdict().reaches().iter().map(|reach| reach.organization).collect()
    }

    pub fn reach(&self, organization: OrganizationId) -> Option<&Reach> {
        self.verdict().reaches().iter().find(|reach| reach.organization == organization)
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let known = req.extensions().get::<Authenticated>().cloned();
        let known = known.ok_or_else(|| Failure::from(Error::Unauthenticated));
        ready(known.map(|known| Self { actor: known.actor(req), known }))
    }
}

/// The query.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Asked<T> {
    type Error = Failure;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = serde_html_form::from_str(req.query_string());
        ready(read.map(Self).map_err(|_| Failure::bad_request("The query could not be read.")))
    }
}
