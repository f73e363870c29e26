//! What clients read before they ask: RFC 8414 of the issuer, RFC 9728 of the API, and the keys
//! that sign.
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::Result;
use crate::access::{CONTROL, DATA, Level, scope};
use crate::exchange::{Algorithm, MAX_AGE, SILENT};
use crate::http::App;

/// The same under both: some clients only know the second, though nobody signs in here with it.
pub const OF_ISSUER: [&str; 2] = ["/oauth-authorization-server", "/openid-configuration"];
pub const OF_RESOURCE: &str = "/oauth-protected-resource";
pub const KEYS: &str = "/jwks.json";

const GUIDE: &str = "/api/v2/";
/// How a service says who it is that asks about a token or ends one.
const CLIENTS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

pub async fn of_issuer(app: Data<App>) -> HttpResponse {
    let issuer = app.exchange.issuer();
    let at = |path: &str| format!("{issuer}{path}");
    let silent = SILENT.map(str::to_owned).into_iter();
    cached().json(json!({
        "issuer": issuer,
        "token_endpoint": at("/oauth2/token"),
        "introspection_endpoint": at("/oauth2/introspect"),
        "revocation_endpoint": at("/oauth2/revoke"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "grant_types_supported": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
        "token_endpoint_auth_methods_supported": ["none"],
        "introspection_endpoint_auth_methods_supported": CLIENTS,
        "introspection_signing_alg_values_supported": Algorithm::ALL.map(Algorithm::name),
        "revocation_endpoint_auth_methods_supported": CLIENTS,
        "scopes_supported": scopes().into_iter().chain(silent).collect::<Vec<_>>(),
        "service_documentation": at(GUIDE),
    }))
}

pub async fn of_resource(app: Data<App>) -> HttpResponse {
    let issuer = app.exchange.issuer();
    cached().json(json!({
        "resource": issuer,
        "authorization_servers": [issuer],
        "scopes_supported": scopes(),
        "bearer_methods_supported": ["header"],
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "resource_documentation": format!("{issuer}{GUIDE}"),
    }))
}

pub async fn keys(app: Data<App>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let published = app.exchange.keys.ring(now).await?.published(now);
    let body = published.to_string();
    Ok(cached().content_type("application/jwk-set+json").body(body))
}

/// The built-in ones; organizations add their own.
fn scopes() -> Vec<String> {
    let all = scope(CONTROL.into_iter().chain(DATA).map(|name| (name, Level::Manage)));
    all.split(' ').map(str::to_owned).collect()
}

fn cached() -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header(("cache-control", format!("public, max-age={}", MAX_AGE.num_seconds())));
    answer
}
