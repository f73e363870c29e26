//! Errors, spoken in OAuth's form (RFC 6749 section 5.2).
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::error::Error;
use crate::exchange::Refused;
use crate::http::challenge::{Challenge, describable};
use crate::http::log;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[error("{error}: {why}")]
pub struct Failure {
    status: StatusCode,
    error: &'static str,
    why: String,
    /// The permissions that would have been enough.
    scope: Option<String>,
    /// Whether it is said again as `message`, where some clients look for it.
    with_message: bool,
    /// What the log is told, where it is not the caller's fault.
    cause: Option<anyhow::Error>,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    error_description: String,
}

impl Failure {
    fn new(status: StatusCode, error: &'static str, why: impl Into<String>) -> Self {
        Self { status, error, why: why.into(), scope: None, with_message: false, cause: None }
    }

    pub fn invalid_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", why)
    }

    /// The calling service is not known, or did not say who it is.
    pub fn invalid_client(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", why)
    }

    pub fn unauthorized_client(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", why)
    }

    pub fn invalid_token(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token", why)
    }

    pub fn insufficient_scope(why: impl Into<String>, scope: Option<String>) -> Self {
        Self { scope, ..Self::new(StatusCode::FORBIDDEN, "insufficient_scope", why) }
    }

    pub fn of_exchange(refused: Refused) -> Self {
        let why = refused.to_string();
        let error = match refused {
            Refused::Request(_) => "invalid_request",
            Refused::Scope(_) => "invalid_scope",
            Refused::Target(_) => "invalid_target",
        };
        Self::new(StatusCode::BAD_REQUEST, error, why)
    }

    pub fn unsupported_grant_type(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", why)
    }

    pub fn unsupported_token_type(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unsupported_token_type", why)
    }

    /// No credential was sent, so nothing was wrong with it (RFC 6750 section 3).
    pub fn no_credential() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "", "send a token: Authorization: Bearer jtn_...")
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The same, with another status.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, said in a second way.
    pub fn with_message(self) -> Self {
        Self { with_message: true, ..self }
    }

    /// `Bearer`, and for a client also the other way in which it may say who it is.
    fn challenges(&self) -> Vec<HeaderValue> {
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&self.status);
        let is_client = self.error == "invalid_client";
        let error = (!self.error.is_empty() && !is_client).then_some((self.error, &*self.why));
        let bearer = Challenge { error, scope: self.scope.as_deref() };
        let basic = is_client.then(|| HeaderValue::from_static("Basic realm=\"jeton\""));
        refused.then(|| bearer.bearer()).into_iter().chain(basic).collect()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let why = error.to_string();
        match error {
            Error::Unauthenticated => Self::no_credential(),
            Error::InvalidToken(_) => Self::invalid_token(why),
            Error::Forbidden(_) => Self::insufficient_scope(why, None),
            Error::TooLarge(_) => {
                let why = "the request is too large: send at most 64 KiB";
                Self::invalid_request(why).with_status(StatusCode::PAYLOAD_TOO_LARGE)
            }
            Error::TooMany { .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", why)
            }
            Error::Unavailable(cause) => Self {
                cause: Some(cause),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", why)
            },
            Error::Internal(cause) => Self {
                cause: Some(cause),
                ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", why)
            },
            Error::InvalidRequest(_)
            | Error::NotFound(_)
            | Error::Conflict(_)
            | Error::Invalid(_) => Self::invalid_request(why),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let error = if self.error.is_empty() { "invalid_request" } else { self.error };
        let error_description = describable(&self.why);
        let mut answer = HttpResponse::build(self.status);
        for challenge in self.challenges() {
            answer.append_header((header::WWW_AUTHENTICATE, challenge));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((header::RETRY_AFTER, "1"));
        }
        let message = self.with_message.then_some(self.why.as_str());
        let mut answer = answer.json(FailureJson { error, message, error_description });
        if let Some(cause) = &self.cause {
            answer.extensions_mut().insert(log::Cause(format!("{cause:#}")));
        }
        answer
    }
}

pub fn wrong_method(allowed: &'static str) -> HttpResponse {
    let why = format!("this address takes {allowed}");
    let failure = Failure::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", why);
    let mut answer = failure.error_response();
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    answer
}

pub async fn unknown() -> Result<HttpResponse> {
    let why = "there is nothing at this address";
    Err(Failure::new(StatusCode::NOT_FOUND, "invalid_request", why))
}
