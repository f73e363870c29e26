//! One line a request: id, route, status, time. Never an address with a query, never a header.
//!
//! Questions about tokens come by the thousand a second, and the record of use keeps them: their
//! lines are for whoever debugs.
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage, HttpRequest};
use tracing::Level;
use uuid::Uuid;

use super::is_question;

#[derive(Clone, Copy)]
struct RequestId(Uuid);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the log, the audit trail and the answer share: made when it is first asked for.
pub fn request_id(req: &HttpRequest) -> Option<Uuid> {
    let mut extensions = req.extensions_mut();
    if let Some(RequestId(id)) = extensions.get() {
        return Some(*id);
    }
    let id = Uuid::now_v7();
    extensions.insert(RequestId(id));
    Some(id)
}

/// Why a request failed that was nobody's fault but ours: a face leaves it with its answer, for the
/// log and never for a stranger.
#[derive(Debug)]
pub struct Cause(pub String);

/// The line of a request that is under way.
pub struct Line {
    start: Instant,
    method: Method,
    is_question: bool,
    id: Option<Uuid>,
}

impl Line {
    pub fn begin(req: &ServiceRequest) -> Self {
        let is_question = is_question(req.path());
        Self {
            start: Instant::now(),
            method: req.method().clone(),
            is_question,
            id: if is_question { None } else { request_id(req.request()) },
        }
    }

    /// What no face has spoken for.
    pub fn fail(&self, cause: &Error) {
        let status = cause.as_response_error().status_code().as_u16();
        let (id, method, ms) = (self.id.unwrap_or_default(), &self.method, self.ms());
        tracing::error!(%id, %method, route = "-", status, ms, %cause, "request");
    }

    pub fn end(&self, res: &mut ServiceResponse<impl MessageBody>) {
        let is_quiet = self.is_question && !res.status().is_server_error();
        if is_quiet && !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let (method, ms) = (&self.method, self.ms());
        let id = request_id(res.request()).unwrap_or_default();
        if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
            res.headers_mut().insert(X_REQUEST_ID, value);
        }
        let route = res.request().match_pattern().unwrap_or_else(|| "-".into());
        let status = res.status().as_u16();
        if res.status().is_server_error() {
            let extensions = res.response().extensions();
            let cause = extensions.get::<Cause>().map(|Cause(cause)| cause);
            tracing::error!(%id, %method, route, status, ms, cause, "request");
        } else if is_quiet {
            tracing::debug!(%id, %method, route, status, ms, "request");
        } else {
            tracing::info!(%id, %method, route, status, ms, "request");
        }
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
