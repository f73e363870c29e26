//! What clients of Phase speak, `/service`: their paths, their headers, their words for what is wrong.
//! Under it are the same verbs and the same rules as everywhere.
mod access_wish;
mod account_json;
mod account_tokens;
mod case;
mod environment;
mod failure;
mod ground;
mod identity;
mod plain;
mod read;
mod secrets;
mod service_accounts;
mod tokens;
mod wish;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, method, resource, scope, to};
use actix_web::{FromRequest, Handler, HttpResponse, Responder, Route};

use failure::{Failure, Result};
use identity::Caller;

/// The whole route table. A path without its last slash is none of theirs.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        scope("/service")
            .wrap(from_fn(identity::identify))
            .wrap(from_fn(failure::speak))
            .service(
                resource("/secrets/")
                    .route(on(Method::GET, secrets::list))
                    .route(on(Method::POST, secrets::create))
                    .route(on(Method::PUT, secrets::change))
                    .route(on(Method::DELETE, secrets::delete))
                    .default_service(to(wrong_method)),
            )
            .service(
                resource("/public/v1/secrets/")
                    .route(on(Method::GET, plain::list))
                    .route(on(Method::POST, plain::create))
                    .route(on(Method::PUT, plain::change))
                    .route(on(Method::DELETE, plain::delete))
                    .default_service(to(wrong_method)),
            )
            .service(
                resource("/secrets/tokens/")
                    .route(on(Method::GET, tokens::show))
                    .default_service(to(wrong_method)),
            )
            .configure(service_account_calls)
            .default_service(to(unknown)),
    );
}

fn service_account_calls(cfg: &mut ServiceConfig) {
    cfg.service(
        resource("/public/v1/service-accounts/")
            .route(on(Method::GET, service_accounts::list))
            .route(on(Method::POST, service_accounts::create))
            .default_service(to(wrong_method)),
    )
    .service(
        resource("/public/v1/service-accounts/{account}/")
            .route(on(Method::GET, service_accounts::show))
            .route(on(Method::PUT, service_accounts::change))
            .route(on(Method::DELETE, service_accounts::delete))
            .default_service(to(wrong_method)),
    )
    .service(
        resource("/public/v1/service-accounts/{account}/access/")
            .route(on(Method::PUT, service_accounts::set_access))
            .default_service(to(wrong_method)),
    )
    .service(
        resource("/public/v1/service-accounts/{account}/tokens/")
            .route(on(Method::POST, account_tokens::create))
            .default_service(to(wrong_method)),
    )
    .service(
        resource("/public/v1/service-accounts/{account}/tokens/{token}/")
            .route(on(Method::DELETE, account_tokens::delete))
            .default_service(to(wrong_method)),
    );
}

fn on<F, Args>(name: Method, handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    method(name).to(handler)
}

async fn wrong_method() -> HttpResponse {
    failure::answer(actix_web::http::StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
}

async fn unknown() -> HttpResponse {
    failure::answer(actix_web::http::StatusCode::NOT_FOUND, "Not found")
}
