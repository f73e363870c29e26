//! Errors, spoken in HTML.
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::{Frame, page};
use crate::error::Error;
use crate::http::log;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failure(#[from] Error);

impl Failure {
    pub fn into_inner(self) -> Error {
        self.0
    }

    fn title(&self) -> String {
        match &self.0 {
            Error::NotFound(what) => format!("There is no such {what}"),
            Error::Forbidden(_) => "This is not for you".into(),
            Error::Conflict(_) => "That cannot be done now".into(),
            Error::TooMany { .. } => "Too many attempts".into(),
            Error::Unavailable(_) => "The database does not answer".into(),
            Error::Internal(_) => "Something went wrong on our side".into(),
            Error::Unauthenticated => "Please sign in".into(),
            Error::InvalidToken(_)
            | Error::InvalidRequest(_)
            | Error::Invalid(_)
            | Error::TooLarge(_) => "That could not be read".into(),
        }
    }

    fn icon(&self) -> &'static str {
        match &self.0 {
            Error::NotFound(_) => "search",
            Error::Forbidden(_) => "shield-x",
            Error::TooMany { .. } => "hourglass",
            _ => "triangle-alert",
        }
    }

    fn detail(&self) -> String {
        match &self.0 {
            Error::NotFound(_) => {
                "It may have been deleted, belong to another organization, or the address has a \
                 typing mistake."
                    .into()
            }
            Error::Unavailable(_) => "Try again in a moment. If you were changing something, look first whether it is done.".into(),
            Error::Internal(_) => {
                "Nothing was changed. Whoever runs this instance finds the cause in the log.".into()
            }
            Error::Invalid(problems) => problems
                .iter()
                .map(|problem| problem.message.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            told => sentence(&told.to_string()),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self.0 {
            Error::Unauthenticated | Error::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Error::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Error::Forbidden(_) => StatusCode::FORBIDDEN,
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Status only; `speak` knows the request and writes the body.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// A whole page, for whoever is signed in.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    icon: &'static str,
    missing: bool,
    status: u16,
    title: String,
    detail: String,
    request_id: String,
}

/// A whole page, for everyone else.
#[derive(Template)]
#[template(path = "error_bare.html")]
struct BareErrorPage {
    theme: &'static str,
    icon: &'static str,
    status: u16,
    title: String,
    detail: String,
    request_id: String,
}

/// A notice in the corner, for htmx.
#[derive(Template)]
#[template(path = "error_notice.html")]
struct ErrorNotice {
    title: String,
    detail: String,
}

/// Writes the body of a failed response, and tells the log the cause.
pub async fn speak(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse, actix_web::Error> {
    let res = next.call(req).await?.map_into_boxed_body();
    let Some(failure) = res.response().error() else { return Ok(res) };
    let fallback;
    let failure = if let Some(failure) = failure.as_error::<Failure>() {
        failure
    } else {
        fallback = Failure(Error::Internal(anyhow::anyhow!("{failure}")));
        &fallback
    };
    let answer = answer(res.request(), failure);
    Ok(res.into_response(answer))
}

fn answer(req: &HttpRequest, failure: &Failure) -> HttpResponse {
    let id = log::request_id(req).map(|id| id.to_string()).unwrap_or_default();
    if let Error::Internal(cause) | Error::Unavailable(cause) = &failure.0 {
        tracing::error!(id, cause = format!("{cause:#}"), "a request failed");
    }
    if matches!(failure.0, Error::Unauthenticated) {
        return to_sign_in(req);
    }
    let body = body(req, failure, id);
    let mut res = HttpResponse::build(failure.status_code());
    res.content_type("text/html; charset=utf-8");
    if page::is_htmx(req) {
        res.insert_header((HeaderName::from_static("hx-retarget"), "#toasts"));
        res.insert_header((HeaderName::from_static("hx-reswap"), "beforeend"));
        res.insert_header((HeaderName::from_static("hx-reselect"), ".toast"));
    }
    match &failure.0 {
        Error::TooMany { retry_after } => {
            res.insert_header((header::RETRY_AFTER, retry_after.as_secs()));
        }
        Error::Unavailable(_) => {
            res.insert_header((header::RETRY_AFTER, 1));
        }
        _ => {}
    }
    res.body(BoxBody::new(body.unwrap_or_else(|_| "something went wrong".into())))
}

fn body(req: &HttpRequest, failure: &Failure, request_id: String) -> askama::Result<String> {
    let (title, detail, icon) = (failure.title(), failure.detail(), failure.icon());
    if page::is_htmx(req) {
        return ErrorNotice { title, detail }.render();
    }
    let status = failure.status_code().as_u16();
    match Frame::of_request(req) {
        Some(frame) => {
            let missing = matches!(failure.0, Error::NotFound(_));
            ErrorPage { frame, icon, missing, status, title, detail, request_id }.render()
        }
        None => BareErrorPage { theme: "", icon, status, title, detail, request_id }.render(),
    }
}

/// A page comes back after signing in; a form does not: nothing is sent twice.
fn to_sign_in(req: &HttpRequest) -> HttpResponse {
    let to = if req.method().is_safe() && req.path() != "/" && !page::is_htmx(req) {
        let next = req.uri().path_and_query().map_or("/", |next| next.as_str());
        format!("/login?next={}", form_urlencode(next))
    } else {
        "/login".into()
    };
    let mut res = page::see_other(&to);
    if page::is_htmx(req) {
        let value = HeaderValue::from_static("/login");
        res.headers_mut().insert(HeaderName::from_static("hx-redirect"), value);
        *res.status_mut() = StatusCode::UNAUTHORIZED;
        res.headers_mut().remove(header::LOCATION);
    }
    res
}

fn form_urlencode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub async fn no_such_page() -> Result<HttpResponse> {
    Err(Error::NotFound("page").into())
}

/// As a sentence: a capital first, a full stop last.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}
