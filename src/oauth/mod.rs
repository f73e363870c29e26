//! What services ask: `/oauth2/*` in OAuth's own form, and the proxies' `/forward-auth/*`.
mod client;
mod exchange;
mod failure;
mod form;
mod forward;
mod introspect;
mod metadata;
mod revoke;
mod subject;

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig, method, resource, scope, to};
use actix_web::{FromRequest, Resource, Responder};

use crate::http::gates::Gates;
use failure::{Failure, Result};
use introspect::Introspected;

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

/// What anyone may read.
fn readable<F, Args>(path: &str, read: F) -> Resource
where
    F: Handler<Args> + Copy,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource(path).route(method(Method::GET).to(read)).route(method(Method::HEAD).to(read))
}

/// The whole route table.
pub fn routes(cfg: &mut ServiceConfig) {
    let post = || method(Method::POST);
    // Of each thread that answers, not of them all.
    cfg.app_data(Data::new(Gates::default())).app_data(Data::new(Introspected::default()));
    let only_post = || to(|| std::future::ready(failure::wrong_method("POST")));
    // What is asked most often stands by itself: each scope around it would cost its share.
    cfg.service(
        resource("/oauth2/introspect")
            .route(post().to(introspect::introspect))
            .default_service(only_post()),
    );
    questions(cfg);
    cfg.service(
        scope("/oauth2")
            .service(
                resource("/revoke").route(post().to(revoke::revoke)).default_service(only_post()),
            )
            .service(
                resource("/token")
                    .route(post().to(exchange::exchange))
                    .default_service(only_post()),
            )
            .default_service(to(failure::unknown)),
    );
    let only_get = || to(|| std::future::ready(failure::wrong_method("GET, HEAD")));
    let mut known = scope("/.well-known");
    for name in metadata::OF_ISSUER {
        known = known.service(readable(name, metadata::of_issuer).default_service(only_get()));
    }
    cfg.service(
        known
            .service(
                readable(metadata::OF_RESOURCE, metadata::of_resource).default_service(only_get()),
            )
            .service(readable(metadata::KEYS, metadata::keys).default_service(only_get()))
            .default_service(to(failure::unknown)),
    );
    cfg.service(scope("/forward-auth").default_service(to(failure::unknown)));
}

/// What proxies ask.
fn questions(cfg: &mut ServiceConfig) {
    for dialect in ["/forward-auth/nginx", "/forward-auth/traefik", "/forward-auth/caddy"] {
        let all = METHODS.into_iter();
        let asked = all
            .fold(resource(dialect), |at, name| at.route(method(name).to(forward::in_the_query)));
        cfg.service(asked.default_service(to(forward::in_the_query)));
    }
    let envoy = METHODS.into_iter().fold(resource("/forward-auth/envoy/{gate:.*}"), |at, name| {
        at.route(method(name).to(forward::in_the_path))
    });
    cfg.service(envoy.default_service(to(forward::in_the_path)));
}
