//! The files of `static/`, embedded, each under an address that holds its content hash: a browser may keep it for ever.
//!
//! `build.rs` writes the table and a constant for each address, which templates use: `crate::http::assets::JETON_CSS`.

use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header as _, IfNoneMatch,
    Preference, Quality,
};
use actix_web::{HttpRequest, HttpResponse, guard, web};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

struct Asset {
    path: &'static str,
    kind: &'static str,
    hash: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Serves `/static/`.
pub fn routes(config: &mut web::ServiceConfig) {
    let reads = guard::Any(guard::Get()).or(guard::Head());
    config.service(
        web::resource("/static/{hash}/{name:.*}").route(web::route().guard(reads).to(asset)),
    );
}

async fn asset(request: HttpRequest) -> HttpResponse {
    match ASSETS.iter().find(|asset| asset.path == request.path()) {
        Some(asset) => asset.answer(&request),
        None => HttpResponse::NotFound().finish(),
    }
}

impl Asset {
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let (encoding, body) = self.encoded(request);
        let tag = match encoding {
            ContentEncoding::Identity => self.hash.to_owned(),
            other => format!("{}-{}", self.hash, other.as_str()),
        };
        let tag = EntityTag::new_strong(tag);
        let known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => true,
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
            Err(_) => false,
        };

        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((header::VARY, "accept-encoding"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header(header::ETag(tag));
        if known {
            return response.finish();
        }
        if encoding != ContentEncoding::Identity {
            response.insert_header((header::CONTENT_ENCODING, encoding.as_str()));
        }
        response.insert_header((header::CONTENT_TYPE, self.kind)).body(body)
    }

    /// The smallest form that the browser takes. All forms are made already, so its preferences among them do not matter.
    fn encoded(&self, request: &HttpRequest) -> (ContentEncoding, &'static [u8]) {
        let accepted = AcceptEncoding::parse(request);
        let takes = |encoding| {
            let wanted = Preference::Specific(Encoding::Known(encoding));
            let offers = accepted.iter().flat_map(|accepted| accepted.iter());
            offers.into_iter().any(|offer| offer.item == wanted && offer.quality > Quality::ZERO)
        };
        match (self.brotli, self.gzip) {
            (Some(body), _) if takes(ContentEncoding::Brotli) => (ContentEncoding::Brotli, body),
            (_, Some(body)) if takes(ContentEncoding::Gzip) => (ContentEncoding::Gzip, body),
            _ => (ContentEncoding::Identity, self.plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use actix_web::App;
    use actix_web::body::MessageBody as _;
    use actix_web::dev::ServiceResponse;
    use actix_web::http::{Method, StatusCode};
    use actix_web::test::{TestRequest, call_service, init_service};

    use super::*;

    async fn fetch(path: &str, headers: &[(&'static str, &str)]) -> ServiceResponse {
        request(Method::GET, path, headers).await
    }

    async fn request(
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> ServiceResponse {
        let app = init_service(App::new().configure(routes)).await;
        let request = TestRequest::with_uri(path).method(method);
        let request =
            headers.iter().fold(request, |request, header| request.insert_header(*header));
        call_service(&app, request.to_request()).await
    }

    fn value<'a>(response: &'a ServiceResponse, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().expect("readable"))
    }

    #[actix_web::test]
    async fn a_file_may_be_kept_for_ever() {
        let response = fetch(JETON_CSS, &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(value(&response, "content-type"), "text/css; charset=utf-8");
        assert_eq!(value(&response, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(value(&response, "x-content-type-options"), "nosniff");
        assert_eq!(value(&response, "vary"), "accept-encoding");
        assert_eq!(value(&response, "content-encoding"), "");
        let body = response.into_body().try_into_bytes().expect("at hand");
        assert_eq!(
            &body[..],
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/jeton.css"))
        );
    }

    #[actix_web::test]
    async fn each_encoding_is_a_form_of_its_own() {
        let mut tags = Vec::new();
        for (accepted, sent) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.1", "gzip"),
            ("deflate", ""),
            ("", ""),
        ] {
            let response = fetch(JETON_CSS, &[("accept-encoding", accepted)]).await;
            assert_eq!(value(&response, "content-encoding"), sent, "for {accepted:?}");
            tags.push(value(&response, "etag").to_owned());
        }
        assert_eq!(tags[1], tags[2]);
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 3);
    }

    #[actix_web::test]
    async fn a_form_that_the_browser_has_is_not_sent_again() {
        let tag = value(&fetch(JETON_JS, &[("accept-encoding", "br")]).await, "etag").to_owned();
        let same = fetch(JETON_JS, &[("accept-encoding", "br"), ("if-none-match", &tag)]).await;
        assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(value(&same, "etag"), tag);
        let other = fetch(JETON_JS, &[("accept-encoding", "gzip"), ("if-none-match", &tag)]).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[actix_web::test]
    async fn only_what_is_there_can_be_read_and_only_read() {
        assert_eq!(
            fetch("/static/0123456789abcdef/jeton.css", &[]).await.status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(request(Method::HEAD, JETON_CSS, &[]).await.status(), StatusCode::OK);
        assert!(!request(Method::POST, JETON_CSS, &[]).await.status().is_success());
    }

    #[actix_web::test]
    async fn every_file_can_be_fetched_where_the_table_says() {
        for asset in ASSETS {
            assert_eq!(fetch(asset.path, &[]).await.status(), StatusCode::OK, "{}", asset.path);
        }
    }

    #[test]
    fn every_icon_that_a_template_names_is_in_the_sprite() {
        let sprite = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/icons.svg"));
        let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("templates can be read") {
                let path = entry.expect("templates can be read").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let template = fs::read_to_string(&path).expect("templates are text");
                for call in ["icon(\"", "icon_sm(\""] {
                    for rest in template.split(call).skip(1) {
                        let name = rest.split('"').next().unwrap_or_default();
                        let symbol = format!("id=\"i-{name}\"");
                        assert!(
                            sprite.contains(&symbol),
                            "{}: run scripts/vendor for {name}",
                            path.display()
                        );
                    }
                }
            }
        }
    }
}
