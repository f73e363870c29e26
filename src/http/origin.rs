//! A browser's unsafe request must come from our own pages. `SameSite` cookies are one wall; this
//! is the other, and it needs no token in the form.
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::web::Data;

use super::App;
use crate::config::PublicUrl;
use crate::error::{Error, Result};

/// # Errors
/// `Forbidden` for an unsafe method that another site's page sends.
pub fn check(req: &HttpRequest) -> Result<()> {
    let own = req.app_data::<Data<App>>().map(|app| app.config.public_url.clone());
    let foreign = !req.method().is_safe() && is_foreign(req.headers(), own.as_ref());
    if foreign {
        return Err(Error::forbidden("this form was sent from another site, so nothing was done"));
    }
    Ok(())
}

/// Browsers of today say `Sec-Fetch-Site`; older ones say `Origin`. What says neither is no
/// browser, and carries no one's cookies unasked.
fn is_foreign(headers: &HeaderMap, own: Option<&PublicUrl>) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => !own.is_some_and(|own| is_own(headers, origin, own)),
        (None, None) => false,
    }
}

/// The address may be reached under several names; what the browser calls the host is one.
fn is_own(headers: &HeaderMap, origin: &str, own: &PublicUrl) -> bool {
    let host = headers.get("host").and_then(|value| value.to_str().ok());
    let scheme = if own.is_https() { "https" } else { "http" };
    origin == own.origin() || host.is_some_and(|host| origin == format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn foreign(said: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_foreign(&headers, "https://jeton.example".parse().ok().as_ref())
    }

    #[test]
    fn another_site_is_foreign_and_ours_is_not() {
        assert!(!foreign(&[("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&[("sec-fetch-site", "none")]));
        assert!(foreign(&[("sec-fetch-site", "cross-site")]));
        assert!(foreign(&[("sec-fetch-site", "same-site")]));
        assert!(foreign(&[("origin", "https://evil.example")]));
        assert!(foreign(&[("origin", "null")]));
        assert!(!foreign(&[("origin", "https://jeton.example")]));
        assert!(!foreign(&[("origin", "https://box:8080"), ("host", "box:8080")]));
        assert!(foreign(&[("origin", "http://box:8080"), ("host", "box:8080")]));
        assert!(!foreign(&[]));
    }
}
