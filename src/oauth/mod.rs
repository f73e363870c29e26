//! What services ask: `/oauth2/*` in OAuth's own form, and the proxies' `/forward-auth/*`.
mod client;
mod failure;
mod form;
mod forward;
mod introspect;
mod revoke;
mod subject;

use actix_web::http::Method;
use actix_web::web::{ServiceConfig, method, resource, scope, to};

use failure::{Failure, Result};

/// Envoy asks with the method of the request that it asks about.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// The whole route table.
pub fn routes(cfg: &mut ServiceConfig) {
    let post = || method(Method::POST);
    let only_post = || to(|| std::future::ready(failure::wrong_method("POST")));
    cfg.service(
        scope("/oauth2")
            .service(
                resource("/introspect")
                    .route(post().to(introspect::introspect))
                    .default_service(only_post()),
            )
            .service(
                resource("/revoke").route(post().to(revoke::revoke)).default_service(only_post()),
            )
            .default_service(to(failure::unknown)),
    );
    let mut forward = scope("/forward-auth");
    for dialect in ["/nginx", "/traefik", "/caddy"] {
        let all = METHODS.into_iter();
        let asked = all
            .fold(resource(dialect), |at, name| at.route(method(name).to(forward::in_the_query)));
        forward = forward.service(asked.default_service(to(forward::in_the_query)));
    }
    let envoy = METHODS.into_iter().fold(resource("/envoy/{gate:.*}"), |at, name| {
        at.route(method(name).to(forward::in_the_path))
    });
    let envoy = envoy.default_service(to(forward::in_the_path));
    cfg.service(forward.service(envoy).default_service(to(failure::unknown)));
}
