//! Templates out.
use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use askama::Template;

use super::Failure;
use crate::error::Error;

/// A template as a response. Console pages are private: no cache keeps one.
pub struct Page<T>(pub T);

impl<T: Template> Page<T> {
    /// The page with another status than 200.
    pub fn with(self, status: StatusCode) -> HttpResponse {
        match self.0.render() {
            Ok(html) => HttpResponse::build(status)
                .insert_header((header::CACHE_CONTROL, "no-store"))
                .content_type("text/html; charset=utf-8")
                .body(html),
            Err(cause) => Failure::from(Error::Internal(cause.into())).error_response(),
        }
    }
}

impl<T: Template> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.with(StatusCode::OK)
    }
}

/// Whether htmx asks, and so wants a part of a page.
pub fn is_htmx(req: &HttpRequest) -> bool {
    req.headers().contains_key("HX-Request")
}

/// Whether htmx asks for a part alone: a dialog, a region. Where it has `hx-select` it picks the part
/// from the whole page itself, and says so.
pub fn is_part(req: &HttpRequest) -> bool {
    req.headers().get("HX-Request-Type").is_some_and(|kind| kind == "partial")
}

/// After a form that succeeded: the page that shows it (303, or htmx's own way).
pub fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
}

/// Only a path of this site is followed: no other host, and nothing that a browser reads as one.
pub fn own_path(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next[1..].starts_with(['/', '\\'])
        && !next.chars().any(char::is_control);
    if plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_followed() {
        assert_eq!(own_path("/orgs/acme?x=1"), "/orgs/acme?x=1");
        for foreign in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\n/x"] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
    }
}
