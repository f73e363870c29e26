//! The API described by itself: OpenAPI 3.1, from the handlers.
use actix_web::HttpResponse;
use actix_web::web::Data;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr, Required, Server};
use utoipa::{Modify, OpenApi as _};

use super::failure::ErrorJson;
use super::refusals::header;
use super::{
    account_tokens, admin, audit, deliveries, encryption, environments, invitations, itself,
    members, members_tokens, organization, personal, policy, projects, reference, resources,
    secret_versions, secrets, service_accounts, tokens, webhooks,
};
use crate::http::App;
use crate::http::authentication::ORGANIZATION;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Jeton API",
        description = "Tokens of an organization and of a person, created, rotated and revoked by \
            programs. Send a token as `Authorization: Bearer jtn_...`; an organization's token may \
            also come as `OAT#{organization}#{token}`. What a token may do is decided at each use.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        itself::show, itself::revoke, itself::rotate,
        tokens::list, tokens::create, tokens::show, tokens::replace, tokens::change,
        tokens::revoke, tokens::rotate,
        personal::list, personal::create, personal::show, personal::revoke, personal::rotate,
        service_accounts::list, service_accounts::create, service_accounts::show,
        service_accounts::replace, service_accounts::change, service_accounts::delete,
        account_tokens::list, account_tokens::create, account_tokens::show,
        account_tokens::change, account_tokens::revoke, account_tokens::rotate,
        organization::show,
        projects::list, projects::create, projects::show, projects::rename, projects::delete,
        environments::list, environments::create, environments::show, environments::rename,
        environments::delete, encryption::show, encryption::replace,
        secrets::list, secrets::create, secrets::show, secrets::replace, secrets::change,
        secrets::delete, secret_versions::list, secret_versions::restore,
        secret_versions::set_override, secret_versions::remove_override,
        resources::list, resources::add, resources::remove,
        policy::show, policy::replace, policy::preview,
        admin::users::list, admin::users::create, admin::users::show, admin::users::change,
        admin::users::link,
        admin::organizations::list, admin::organizations::create, admin::organizations::show,
        admin::organizations::change,
        policy::show_personal, policy::replace_personal, policy::preview_personal,
        admin::keys::list, admin::keys::rotate, admin::keys::withdraw, admin::health::show,
        webhooks::list, webhooks::create, webhooks::show, webhooks::change, webhooks::delete,
        webhooks::rotate, webhooks::test, deliveries::list, deliveries::resend,
        members::list, members::create, members::show, members::replace, members::change, members::remove,
        invitations::list, invitations::create, invitations::withdraw,
        members_tokens::list, members_tokens::block, members_tokens::unblock,
        audit::list, audit::list_of_instance,
        openapi, reference::page,
    ),
    components(schemas(ErrorJson)),
    tags(
        (name = "This token", description = "What the token that asks is and may do. Every token may ask."),
        (name = "Organization tokens", description = "For owners: a personal access token with \
            `tokens:read` to look and `tokens:manage` to change. An organization token never may."),
        (name = "Your own tokens", description = "For a person's token that holds everything, or \
            lists `tokens`. Power is only passed down: no token makes one that can do more or lives longer."),
        (name = "Service accounts", description = "What programs act as, and their tokens. For \
            owners: a personal access token with `service_accounts:read` to look and \
            `service_accounts:manage` to change. What an account may do, each of its tokens may, \
            at each use; power is only passed down to it."),
        (name = "Organization", description = "For any of its tokens with `organization:read`."),
        (name = "Projects", description = "The parts of an organization that a token can be kept to."),
        (name = "Secrets", description = "What applications are given to run with, by environment. \
            With `secrets:read` to look, `secrets:write` to change, and `secrets:manage` for \
            environments and for the switch: values are opened and made here only where \
            server-side encryption is on for the project."),
        (name = "Resources", description = "What permissions are about."),
        (name = "Policy", description = "How long the organization's tokens may live."),
        (name = "Members", description = "Who belongs to the organization, and who is invited. For owners: \
            a personal access token with `members:read` to look and `members:manage` to change. Power is \
            only passed down: what adds to it needs a token that holds as much."),
        (name = "Audit log", description = "Who did what, and when."),
        (name = "Platform", description = "The instance itself: for a personal access token of a \
            platform admin that holds everything its holder may do."),
        (name = "Webhooks", description = "For owners, with `organization:manage`: programs that are told \
            what becomes of the organization's tokens, each time with a signature (Standard Webhooks)."),
        (name = "This document", description = "For anyone."),
    ),
    security(("token" = [])),
    modifiers(&Rest)
)]
struct Document;

/// The document, as `GET /api/v2/openapi.json` serves it.
pub fn document() -> OpenApi {
    Document::openapi()
}

/// Get this document
#[utoipa::path(get, path = "/api/v2/openapi.json", tag = "This document",
    operation_id = "get_openapi", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn openapi(app: Data<App>) -> HttpResponse {
    let mut document = document();
    document.servers = Some(vec![Server::new(app.config.public_url.to_string())]);
    HttpResponse::Ok().json(document)
}

/// What is the same for every call, and so stands at none.
struct Rest;

impl Modify for Rest {
    fn modify(&self, document: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("A token: `Authorization: Bearer jtn_...`".into());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        for (path, item) in &mut document.paths.paths {
            for call in calls(item).filter(|call| call.security.is_none()) {
                if path.starts_with("/api/v2/organization/") && !path.ends_with("{organization}") {
                    call.parameters.get_or_insert_default().push(active_organization().into());
                }
                for (status, response) in &mut call.responses.responses {
                    if let (RefOr::T(response), false) = (response, status == "401") {
                        let ends =
                            header("When the token that asks ends, where it does (RFC 3339).");
                        response.headers.insert("Token-Expires-At".into(), ends.into());
                    }
                }
            }
            for call in calls(item) {
                for response in call.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        let id = header("Names the request in the log and the audit log.");
                        response.headers.insert("X-Request-Id".into(), id.into());
                    }
                }
            }
        }
    }
}

fn calls(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn active_organization() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name(ORGANIZATION)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The organization by its id or slug, for a person who belongs to several.",
        ))
        .schema(Some(Object::with_type(Type::String)))
        .build()
}
