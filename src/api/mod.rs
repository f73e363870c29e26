//! The JSON face, `/api/v2`.
mod account_tokens;
mod admin;
mod audit;
mod deliveries;
mod document;
mod encryption;
mod environments;
mod failure;
mod identity;
mod invitations;
mod itself;
mod members;
mod members_tokens;
mod organization;
mod page;
mod permission;
mod personal;
mod policy;
mod projects;
mod read;
mod reference;
mod refusals;
mod resources;
mod routing;
mod secret_json;
mod secret_versions;
mod secrets;
mod service_account_json;
mod service_accounts;
mod token_fields;
mod token_json;
mod tokens;
mod webhooks;

use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, scope, to};

use failure::{Failure, Result};
use identity::{Caller, InPerson, May, PlatformAdmin};
use read::{IdempotencyKey, Json, OptionalJson, Path, Query};
use routing::{call, delete, exactly, get, patch, post, put};

pub use document::document;

/// The whole route table, in reading order. Mounted before the web face, which takes what is left.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(exactly("/api/v2", [get(reference::to_the_slash)]));
    cfg.service(exactly("/api/v2/", [get(reference::page)]));
    cfg.service(exactly("/api/v2/openapi.json", [get(document::openapi)]));
    cfg.service(
        scope("/api/v2")
            .wrap(from_fn(identity::identify))
            .wrap(from_fn(failure::speak))
            .configure(organization_calls)
            .configure(admin_calls)
            .configure(call("/user/tokens/", [get(personal::list), post(personal::create)]))
            .configure(call("/user/tokens/{id}/", [get(personal::show), delete(personal::revoke)]))
            .configure(call("/user/tokens/{id}/rotate/", [post(personal::rotate)]))
            .configure(call("/token/", [get(itself::show), delete(itself::revoke)]))
            .configure(call("/token/rotate/", [post(itself::rotate)]))
            .default_service(to(routing::unknown)),
    );
}

/// Calls on the instance itself, for platform admins.
fn admin_calls(cfg: &mut ServiceConfig) {
    use admin::{health, keys, organizations, users};
    cfg.configure(call("/admin/users/", [get(users::list), post(users::create)]))
        .configure(call("/admin/users/{id}/", [get(users::show), patch(users::change)]))
        .configure(call("/admin/users/{id}/password-link/", [post(users::link)]))
        .configure(call(
            "/admin/organizations/",
            [get(organizations::list), post(organizations::create)],
        ))
        .configure(call(
            "/admin/organizations/{id}/",
            [get(organizations::show), patch(organizations::change)],
        ))
        .configure(call(
            "/admin/policy/",
            [get(policy::show_personal), put(policy::replace_personal)],
        ))
        .configure(call("/admin/policy/preview/", [post(policy::preview_personal)]))
        .configure(call("/admin/keys/", [get(keys::list), post(keys::rotate)]))
        .configure(call("/admin/keys/{kid}/", [delete(keys::withdraw)]))
        .configure(call("/admin/health/", [get(health::show)]))
        .configure(call("/admin/audit/", [get(audit::list_of_instance)]));
}

/// Calls on the active organization; and on one by its id or slug, asked last.
fn organization_calls(cfg: &mut ServiceConfig) {
    cfg.configure(call("/organization/tokens/", [get(tokens::list), post(tokens::create)]))
        .configure(call(
            "/organization/tokens/{id}/",
            [
                get(tokens::show),
                put(tokens::replace),
                patch(tokens::change),
                delete(tokens::revoke),
            ],
        ))
        .configure(call("/organization/tokens/{id}/rotate/", [post(tokens::rotate)]))
        .configure(service_account_calls)
        .configure(call("/organization/projects/", [get(projects::list), post(projects::create)]))
        .configure(call(
            "/organization/projects/{project_id}/",
            [get(projects::show), patch(projects::rename), delete(projects::delete)],
        ))
        .configure(call("/organization/resources/", [get(resources::list), post(resources::add)]))
        .configure(call("/organization/resources/{name}/", [delete(resources::remove)]))
        .configure(call("/organization/policy/", [get(policy::show), put(policy::replace)]))
        .configure(call("/organization/policy/preview/", [post(policy::preview)]))
        .configure(call("/organization/members/", [get(members::list), post(members::create)]))
        .configure(call(
            "/organization/members/{user_id}/",
            [
                get(members::show),
                put(members::replace),
                patch(members::change),
                delete(members::remove),
            ],
        ))
        .configure(call(
            "/organization/invitations/",
            [get(invitations::list), post(invitations::create)],
        ))
        .configure(call("/organization/invitations/{id}/", [delete(invitations::withdraw)]))
        .configure(call("/organization/personal-tokens/", [get(members_tokens::list)]))
        .configure(call(
            "/organization/personal-tokens/{id}/block/",
            [put(members_tokens::block), delete(members_tokens::unblock)],
        ))
        .configure(call("/organization/audit/", [get(audit::list)]))
        .configure(secret_calls)
        .configure(webhook_calls)
        .service(exactly("/organization/{organization}", [get(organization::show)]))
        .service(exactly("/organization/{organization}/", [get(organization::show)]));
}

fn service_account_calls(cfg: &mut ServiceConfig) {
    cfg.configure(call(
        "/organization/service-accounts/",
        [get(service_accounts::list), post(service_accounts::create)],
    ))
    .configure(call(
        "/organization/service-accounts/{account}/",
        [
            get(service_accounts::show),
            put(service_accounts::replace),
            patch(service_accounts::change),
            delete(service_accounts::delete),
        ],
    ))
    .configure(call(
        "/organization/service-accounts/{account}/tokens/",
        [get(account_tokens::list), post(account_tokens::create)],
    ))
    .configure(call(
        "/organization/service-accounts/{account}/tokens/{id}/",
        [get(account_tokens::show), patch(account_tokens::change), delete(account_tokens::revoke)],
    ))
    .configure(call(
        "/organization/service-accounts/{account}/tokens/{id}/rotate/",
        [post(account_tokens::rotate)],
    ));
}

fn webhook_calls(cfg: &mut ServiceConfig) {
    cfg.configure(call("/organization/webhooks/", [get(webhooks::list), post(webhooks::create)]))
        .configure(call(
            "/organization/webhooks/{id}/",
            [get(webhooks::show), patch(webhooks::change), delete(webhooks::delete)],
        ))
        .configure(call("/organization/webhooks/{id}/secret/", [post(webhooks::rotate)]))
        .configure(call("/organization/webhooks/{id}/test/", [post(webhooks::test)]))
        .configure(call("/organization/webhooks/{id}/deliveries/", [get(deliveries::list)]))
        .configure(call(
            "/organization/webhooks/{id}/deliveries/{delivery}/resend/",
            [post(deliveries::resend)],
        ));
}

/// Calls on what applications are given to run with.
fn secret_calls(cfg: &mut ServiceConfig) {
    const PROJECT: &str = "/organization/projects/{project_id}";
    let of_project = |rest: &str| format!("{PROJECT}/{rest}/");
    let of_secret =
        |rest: &str| format!("{PROJECT}/environments/{{environment}}/secrets/{{secret}}/{rest}");
    cfg.configure(call(
        &of_project("server-side-encryption"),
        [get(encryption::show), put(encryption::replace)],
    ))
    .configure(call(
        &of_project("environments"),
        [get(environments::list), post(environments::create)],
    ))
    .configure(call(
        &of_project("environments/{environment}"),
        [get(environments::show), patch(environments::rename), delete(environments::delete)],
    ))
    .configure(call(
        &of_project("environments/{environment}/secrets"),
        [get(secrets::list), post(secrets::create)],
    ))
    .configure(call(
        &of_secret(""),
        [
            get(secrets::show),
            put(secrets::replace),
            patch(secrets::change),
            delete(secrets::delete),
        ],
    ))
    .configure(call(&of_secret("versions/"), [get(secret_versions::list)]))
    .configure(call(&of_secret("versions/{version}/restore/"), [post(secret_versions::restore)]))
    .configure(call(
        &of_secret("override/"),
        [put(secret_versions::set_override), delete(secret_versions::remove_override)],
    ));
}
