//! One line a request: id, route, status, time. Never an address with a query, never a header.
//!
//! Questions about tokens come by the thousand a second, and the record of use keeps them: their
//! lines are for whoever debugs.
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
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

pub async fn line(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let start = Instant::now();
    let method = req.method().clone();
    let is_question = is_question(req.path());
    let id = if is_question { None } else { request_id(req.request()) };
    let answered = next.call(req).await;
    let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut res = match answered {
        Ok(res) => res,
        Err(cause) => {
            let status = cause.as_response_error().status_code().as_u16();
            let id = id.unwrap_or_default();
            tracing::error!(%id, %method, route = "-", status, ms, %cause, "request");
            return Err(cause);
        }
    };
    let is_quiet = is_question && !res.status().is_server_error();
    if is_quiet && !tracing::enabled!(Level::DEBUG) {
        return Ok(res);
    }
    let id = request_id(res.request()).unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        res.headers_mut().insert(X_REQUEST_ID, value);
    }
    let route = res.request().match_pattern().unwrap_or_else(|| "-".into());
    let status = res.status().as_u16();
    if res.status().is_server_error() {
        tracing::error!(%id, %method, route, status, ms, "request");
    } else if is_quiet {
        tracing::debug!(%id, %method, route, status, ms, "request");
    } else {
        tracing::info!(%id, %method, route, status, ms, "request");
    }
    Ok(res)
}
