//! Errors, spoken in JSON; with the challenge that RFC 6750 asks for where a token is refused.
use std::collections::BTreeMap;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::LARGE_NOUN;
use crate::error::{Error, Problem};
use crate::http::challenge::Challenge;
use crate::http::log;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    error: Error,
    /// The permission that would have been enough.
    scope: Option<String>,
    /// Whether it is the credential itself that could not be read.
    of_credential: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, scope: None, of_credential: false }
    }
}

impl Failure {
    /// The token is good, but does not reach this far.
    pub fn lacks(scope: String, why: String) -> Self {
        Self { scope: Some(scope), ..Error::forbidden(why).into() }
    }

    pub fn of_credential(error: Error) -> Self {
        Self { of_credential: true, ..error.into() }
    }

    /// Names fields as they stand in the body: `projects` of a wish is `access_config.projects`.
    pub fn in_access_config(error: Error) -> Self {
        let Error::Invalid(problems) = error else { return error.into() };
        let rename = |problem: Problem| match &*problem.field {
            "role" | "projects" | "permissions" => {
                Problem::new(format!("access_config.{}", problem.field), problem.message)
            }
            _ => problem,
        };
        Error::Invalid(problems.into_iter().map(rename).collect()).into()
    }

    fn code(&self) -> Code {
        match &self.error {
            Error::Unauthenticated | Error::InvalidToken(_) => Code::Unauthorized,
            Error::InvalidRequest(_) | Error::Invalid(_) => Code::BadRequest,
            Error::Forbidden(_) => Code::Forbidden,
            Error::NotFound("token") => Code::TokenNotFound,
            Error::NotFound("project") => Code::ProjectNotFound,
            Error::NotFound("organization") => Code::OrganizationNotFound,
            Error::NotFound("resource") => Code::ResourceNotFound,
            Error::NotFound("service account") => Code::ServiceAccountNotFound,
            Error::NotFound("webhook") => Code::WebhookNotFound,
            Error::NotFound("delivery") => Code::DeliveryNotFound,
            Error::NotFound("environment") => Code::EnvironmentNotFound,
            Error::NotFound("secret") => Code::SecretNotFound,
            Error::NotFound(_) => Code::NotFound,
            Error::Conflict(_) => Code::Conflict,
            Error::TooLarge(_) => Code::PayloadTooLarge,
            Error::TooMany { .. } => Code::RateLimited,
            Error::Unavailable(_) => Code::Unavailable,
            Error::Internal(_) => Code::Internal,
        }
    }

    fn message(&self) -> String {
        match &self.error {
            Error::Unauthenticated => "send a token: Authorization: Bearer jtn_...".into(),
            Error::TooLarge(LARGE_NOUN) => {
                format!("{LARGE_NOUN} is too large: send at most 1 MiB")
            }
            Error::TooLarge(what) => format!("{what} is too large: send at most 64 KiB"),
            said => said.to_string(),
        }
    }

    fn fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::<_, String>::new();
        if let Error::Invalid(problems) = &self.error {
            for problem in problems {
                let said = fields.entry(problem.field.to_string()).or_default();
                said.push_str(if said.is_empty() { "" } else { " " });
                said.push_str(&problem.message);
            }
        }
        fields
    }

    fn challenge(&self) -> Option<HeaderValue> {
        let error = match &self.error {
            Error::Unauthenticated => None,
            Error::InvalidToken(why) => Some(("invalid_token", &**why)),
            Error::Forbidden(why) => Some(("insufficient_scope", &**why)),
            Error::InvalidRequest(why) if self.of_credential => Some(("invalid_request", &**why)),
            _ => return None,
        };
        Some(Challenge { error, scope: self.scope.as_deref() }.bearer())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.code().status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = self.code().answer(self.message(), self.fields());
        let headers = answer.headers_mut();
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        match self.error {
            Error::TooMany { retry_after } => {
                headers.insert(header::RETRY_AFTER, retry_after.as_secs().into());
            }
            Error::Unavailable(_) => headers.insert(header::RETRY_AFTER, 1.into()).for_each(drop),
            _ => {}
        }
        answer
    }
}

/// What went wrong, in one word for programs.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    TokenNotFound,
    ProjectNotFound,
    OrganizationNotFound,
    ResourceNotFound,
    ServiceAccountNotFound,
    WebhookNotFound,
    DeliveryNotFound,
    EnvironmentNotFound,
    SecretNotFound,
    MethodNotAllowed,
    Conflict,
    PayloadTooLarge,
    RateLimited,
    Internal,
    Unavailable,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound
            | Self::TokenNotFound
            | Self::ProjectNotFound
            | Self::OrganizationNotFound
            | Self::ResourceNotFound
            | Self::ServiceAccountNotFound
            | Self::WebhookNotFound
            | Self::DeliveryNotFound
            | Self::EnvironmentNotFound
            | Self::SecretNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub fn answer(self, message: String, fields: BTreeMap<String, String>) -> HttpResponse {
        let error = ErrorDetail { code: self, message, fields };
        HttpResponse::build(self.status()).json(ErrorJson { error })
    }
}

/// The one shape of every error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error, example = json!({"error": {
    "code": "BAD_REQUEST",
    "message": "some fields need attention",
    "fields": {"expires_at": "Choose a moment in the future."}
}}))]
pub struct ErrorJson {
    error: ErrorDetail,
}

#[derive(Debug, Serialize, ToSchema)]
struct ErrorDetail {
    code: Code,
    /// What is wrong, in words; then what to do.
    message: String,
    /// What is wrong with each field of the request, where it is the fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

/// Tells the log the cause of what is not the caller's fault, and has the last word on what other
/// code refused.
pub async fn speak(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    let res = next.call(req).await?.map_into_boxed_body();
    let Some(failure) = res.response().error() else { return Ok(res) };
    let (cause, foreign) = match failure.as_error::<Failure>().map(|failure| &failure.error) {
        Some(Error::Internal(cause) | Error::Unavailable(cause)) => (format!("{cause:#}"), None),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(failure: impl Into<Failure>) -> String {
        let challenge = failure.into().challenge();
        challenge.map_or(String::new(), |header| header.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_challenge_says_no_more_than_is_known() {
        assert_eq!(challenge(Error::Unauthenticated), "Bearer realm=\"jeton\"");
        assert_eq!(
            challenge(Error::InvalidToken("the token was revoked".into())),
            "Bearer realm=\"jeton\", error=\"invalid_token\", \
             error_description=\"the token was revoked\""
        );
        let beyond = Failure::lacks("tokens:manage".into(), "it does “not” \\ ü".into());
        assert!(challenge(beyond).ends_with("\"it does 'not' ? ?\", scope=\"tokens:manage\""));
        assert_eq!(challenge(Error::conflict("no")), "");
    }

    #[test]
    fn two_problems_of_one_field_are_both_said() {
        let problems = vec![Problem::new("projects", "No a."), Problem::new("projects", "No b.")];
        let failure = Failure::in_access_config(Error::Invalid(problems));
        assert_eq!(failure.fields()["access_config.projects"], "No a. No b.");
    }
}
