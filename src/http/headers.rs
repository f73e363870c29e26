//! Headers that every answer carries.
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;

use super::challenge::pointed;
use super::{App, is_question};

/// No inline script or style, no other host.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const FOR_BROWSERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// No browser shows the answer.
    Question,
    Http,
    Https,
}

impl Kind {
    pub fn of(req: &ServiceRequest) -> Self {
        if is_question(req.path()) {
            Self::Question
        } else if req.app_data::<Data<App>>().is_some_and(|app| app.config.public_url.is_https()) {
            Self::Https
        } else {
            Self::Http
        }
    }
}

/// Adds them, and where nothing else is said forbids caches to keep the answer.
pub fn secure(headers: &mut HeaderMap, kind: Kind) {
    set(headers, header::CACHE_CONTROL, "no-store");
    if kind == Kind::Question {
        return;
    }
    for (name, value) in FOR_BROWSERS {
        set(headers, name, value);
    }
    if kind == Kind::Https {
        set(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// Says in a Bearer challenge where to read who issues tokens (RFC 9728 section 5.1).
pub fn point<B>(res: &mut ServiceResponse<B>) {
    let Some(app) = res.request().app_data::<Data<App>>().cloned() else { return };
    let challenges: Vec<_> = res.headers_mut().remove(header::WWW_AUTHENTICATE).collect();
    for challenge in challenges {
        let pointed = pointed(challenge, &app.config.public_url);
        res.headers_mut().append(header::WWW_AUTHENTICATE, pointed);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
