//! Errors as clients of Phase read them: `{"error": "..."}`.
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::error::{Error, Problem};
use crate::http::log;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Failure {
    status: StatusCode,
    why: String,
    /// Beside the words that clients know, for whoever holds a real token: why it does not work.
    reason: Option<String>,
    retry_after: Option<u64>,
    /// What the log is told, where it is not the caller's fault.
    cause: Option<anyhow::Error>,
}

impl Failure {
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), reason: None, retry_after: None, cause: None }
    }

    pub fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    pub fn unauthorized(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, why)
    }

    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, why)
    }

    pub fn not_found(why: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, why)
    }

    pub fn because(self, reason: String) -> Self {
        Self { reason: Some(reason), ..self }
    }

    pub fn conflict(why: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, why)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let why = error.to_string();
        let new = |status| Self::new(status, why.clone());
        match error {
            Error::Unauthenticated => {
                Self::unauthorized("Authentication credentials were not provided.")
            }
            Error::InvalidToken(_) => Self::unauthorized("Token expired or deleted"),
            Error::InvalidRequest(_) => new(StatusCode::BAD_REQUEST),
            Error::Invalid(problems) => Self::bad_request(said(&problems)),
            Error::Forbidden(_) => new(StatusCode::FORBIDDEN),
            Error::NotFound(_) => new(StatusCode::NOT_FOUND),
            Error::Conflict(_) => new(StatusCode::CONFLICT),
            Error::TooLarge(_) => new(StatusCode::PAYLOAD_TOO_LARGE),
            Error::TooMany { retry_after } => Self {
                retry_after: Some(retry_after.as_secs()),
                ..new(StatusCode::TOO_MANY_REQUESTS)
            },
            Error::Unavailable(cause) => Self {
                retry_after: Some(1),
                cause: Some(cause),
                ..new(StatusCode::SERVICE_UNAVAILABLE)
            },
            Error::Internal(cause) => {
                Self { cause: Some(cause), ..new(StatusCode::INTERNAL_SERVER_ERROR) }
            }
        }
    }
}

/// Every problem, each with its field.
fn said(problems: &[Problem]) -> String {
    let one = |problem: &Problem| format!("{}: {}", problem.field, problem.message);
    problems.iter().map(one).collect::<Vec<_>>().join(" ")
}

pub fn answer(status: StatusCode, why: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "error": why }))
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = match &self.reason {
            Some(reason) => HttpResponse::build(self.status)
                .json(json!({ "error": self.why, "reason": reason })),
            None => answer(self.status, &self.why),
        };
        let headers = answer.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"jeton\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}

/// Tells the log the cause of what is not the caller's fault, and has the last word on what other
/// code refused.
pub async fn speak(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    let res = next.call(req).await?.map_into_boxed_body();
    let Some(failure) = res.response().error() else { return Ok(res) };
    let (cause, foreign) = match failure.as_error::<Failure>() {
        Some(Failure { cause: Some(cause), .. }) => (format!("{cause:#}"), None),
        Some(_) => return Ok(res),
        None => {
            let cause = anyhow::anyhow!("{failure}");
            (failure.to_string(), Some(Failure::from(Error::Internal(cause))))
        }
    };
    let id = log::request_id(res.request()).map(|id| id.to_string()).unwrap_or_default();
    tracing::error!(id, cause, "a request failed");
    Ok(match foreign {
        Some(failure) => res.into_response(failure.error_response()),
        None => res,
    })
}
