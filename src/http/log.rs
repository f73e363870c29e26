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

/// Where services ask about tokens.
const QUESTIONS: [&str; 2] = ["/forward-auth/", "/oauth2/introspect"];

#[derive(Clone, Copy)]
struct RequestId(Uuid);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the log, the audit trail and the answer share.
pub fn request_id(req: &HttpRequest) -> Option<Uuid> {
    req.extensions().get::<RequestId>().map(|id| id.0)
}

pub async fn line(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let start = Instant::now();
    let id = Uuid::now_v7();
    req.extensions_mut().insert(RequestId(id));
    let method = req.method().clone();
    let answered = next.call(req).await;
    let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut res = match answered {
        Ok(res) => res,
        Err(cause) => {
            let status = cause.as_response_error().status_code().as_u16();
            tracing::error!(%id, %method, route = "-", status, ms, %cause, "request");
            return Err(cause);
        }
    };
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        res.headers_mut().insert(X_REQUEST_ID, value);
    }
    let is_question = QUESTIONS.iter().any(|start| res.request().path().starts_with(start));
    if is_question && !res.status().is_server_error() && !tracing::enabled!(Level::DEBUG) {
        return Ok(res);
    }
    let route = res.request().match_pattern().unwrap_or_else(|| "-".into());
    let status = res.status().as_u16();
    if res.status().is_server_error() {
        tracing::error!(%id, %method, route, status, ms, "request");
    } else if is_question {
        tracing::debug!(%id, %method, route, status, ms, "request");
    } else {
        tracing::info!(%id, %method, route, status, ms, "request");
    }
    Ok(res)
}
