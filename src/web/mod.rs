//! The HTML face.
mod access;
mod account;
mod admin;
mod agent;
mod audit;
mod badge;
mod chart;
mod choice;
mod evidence;
mod failure;
mod form;
mod frame;
mod home;
mod identity;
mod invitations;
mod login;
mod notice;
mod overview;
mod page;
mod password;
mod policy;
mod power;
mod projects;
mod reveal;
mod rotate;
mod secrets;
mod settings;
mod setup;
mod tokens;
mod trail;
mod twice;
mod when;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_web::Scope;
use actix_web::cookie::SameSite;
use actix_web::cookie::time::Duration;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, post, scope};

use crate::http::App;
use crate::sessions;

pub use failure::{Failure, Result};
pub use form::{Form, LargeForm, Path, Query};
pub use frame::Frame;
pub use identity::{Member, Owner, PlatformAdmin, SignedIn};
pub use page::Page;

/// The whole route table stands below, in reading order. Mounted last: what no other face knows is
/// asked here.
pub fn routes(app: &App) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let session = SessionMiddleware::builder(app.sessions.clone(), app.cookie_key.clone())
        .cookie_name(cookie_name(app).to_owned())
        .cookie_secure(app.config.public_url.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(
            PersistentSession::default()
                .session_ttl(Duration::seconds(sessions::LONGEST.num_seconds())),
        )
        .build();
    move |cfg| {
        cfg.service(
            scope("")
                .wrap(from_fn(identity::identify))
                .wrap(from_fn(failure::speak))
                .wrap(session)
                .configure(doors)
                .configure(own)
                .configure(organization)
                .configure(application_secrets)
                .configure(access_control)
                .configure(organization_tokens)
                .configure(webhooks)
                .configure(audit_log)
                .configure(platform)
                .default_service(actix_web::web::to(failure::no_such_page)),
        );
    }
}

/// The way in, and the way out.
fn doors(cfg: &mut ServiceConfig) {
    cfg.route("/", get().to(home::home))
        .route("/setup", get().to(setup::page))
        .route("/setup", post().to(setup::submit))
        .route("/setup/address", get().to(setup::address))
        .route("/login", get().to(login::page))
        .route("/login", post().to(login::submit))
        .route("/password", get().to(password::page))
        .route("/password", post().to(password::set))
        .route("/password/open", post().to(password::open))
        .route("/logout", post().to(login::leave))
        .route("/invitations", get().to(invitations::page))
        .route("/invitations", post().to(invitations::open))
        .route("/invitations/accept", post().to(invitations::accept));
}

/// What a person has of their own.
fn own(cfg: &mut ServiceConfig) {
    cfg.route("/account", get().to(account::page))
        .route("/account", post().to(account::profile::save))
        .route("/account/theme", post().to(account::profile::theme))
        .route("/account/password", post().to(account::password::change))
        .route("/account/sessions/end", post().to(account::sessions::end_others))
        .route("/account/sessions/{session}/end", post().to(account::sessions::end))
        .service(own_tokens("/account/tokens"));
}

/// A person's own tokens, where they look after them: `/account`, and in an organization.
fn own_tokens(at: &str) -> Scope {
    scope(at)
        .route("", get().to(account::tokens::list))
        .route("", post().to(account::tokens::create))
        .route("/new", get().to(account::tokens::new))
        .route("/{token}/rotate", get().to(account::rotation::ask))
        .route("/{token}/rotate", post().to(account::rotation::rotate))
        .route("/{token}/end-grace", post().to(account::rotation::end_grace))
        .route("/{token}/delete", get().to(account::deletion::ask))
        .route("/{token}/delete", post().to(account::deletion::delete))
        .route("/{token}/secrets/{generation}/first-use", get().to(account::rotation::first_use))
}

/// What everyone in an organization sees, and what its owners keep.
fn organization(cfg: &mut ServiceConfig) {
    cfg.route("/orgs/{slug}", get().to(overview::page))
        .route("/orgs/{slug}/projects", get().to(projects::list))
        .route("/orgs/{slug}/projects", post().to(projects::create))
        .route("/orgs/{slug}/projects/new", get().to(projects::new))
        .route("/orgs/{slug}/projects/{project}/rename", get().to(projects::ask_to_rename))
        .route("/orgs/{slug}/projects/{project}/rename", post().to(projects::rename))
        .route("/orgs/{slug}/projects/{project}/delete", get().to(projects::ask_to_delete))
        .route("/orgs/{slug}/projects/{project}/delete", post().to(projects::delete))
        .route("/orgs/{slug}/settings", get().to(settings::general::page))
        .route("/orgs/{slug}/settings", post().to(settings::general::rename))
        .route("/orgs/{slug}/settings/policies", get().to(settings::policies::page))
        .route("/orgs/{slug}/settings/policies", post().to(settings::policies::save))
        .route("/orgs/{slug}/settings/forward-auth", get().to(settings::protect::page))
        .route("/orgs/{slug}/settings/forward-auth", post().to(settings::protect::ask))
        .route("/orgs/{slug}/settings/resources", get().to(settings::resources::page))
        .route("/orgs/{slug}/settings/resources", post().to(settings::resources::add))
        .route(
            "/orgs/{slug}/settings/resources/{name}/remove",
            get().to(settings::resources::ask_to_remove),
        )
        .route(
            "/orgs/{slug}/settings/resources/{name}/remove",
            post().to(settings::resources::remove),
        );
}

/// What a project's applications are given to run with.
fn application_secrets(cfg: &mut ServiceConfig) {
    use secrets as s;
    const AT: &str = "/orgs/{slug}/projects/{project}";
    let of = |rest: &str| format!("{AT}/environments/{{environment}}{rest}");
    let one = |rest: &str| format!("{AT}/environments/{{environment}}/secrets/{{secret}}{rest}");
    cfg.route(&format!("{AT}/secrets"), get().to(s::list::first))
        .route(&format!("{AT}/secrets/compare"), get().to(s::compare::page))
        .route(&format!("{AT}/secrets/switch"), get().to(s::switch::ask))
        .route(&format!("{AT}/secrets/switch"), post().to(s::switch::switch))
        .route(&format!("{AT}/environments"), post().to(s::environment::create))
        .route(&format!("{AT}/environments/new"), get().to(s::environment::new))
        .route(&of(""), get().to(s::list::list))
        .route(&of("/rename"), get().to(s::environment::ask_to_rename))
        .route(&of("/rename"), post().to(s::environment::rename))
        .route(&of("/delete"), get().to(s::environment::ask_to_delete))
        .route(&of("/delete"), post().to(s::environment::delete))
        .route(&of("/deleted"), get().to(s::list::deleted))
        .route(&of("/import"), get().to(s::file::ask_to_import))
        .route(&of("/import"), post().to(s::file::import))
        .route(&of("/export"), get().to(s::file::ask_to_export))
        .route(&of("/export"), post().to(s::file::export))
        .route(&of("/secrets"), post().to(s::edit::create))
        .route(&of("/secrets/new"), get().to(s::edit::new))
        .route(&one(""), get().to(s::detail::detail))
        .route(&one("/edit"), get().to(s::edit::ask))
        .route(&one("/edit"), post().to(s::edit::edit))
        .route(&one("/delete"), get().to(s::act::ask_to_delete))
        .route(&one("/delete"), post().to(s::act::delete))
        .route(&one("/reveal"), post().to(s::reveal::reveal))
        .route(&one("/override"), get().to(s::own::ask))
        .route(&one("/override"), post().to(s::own::set))
        .route(&one("/override/remove"), post().to(s::own::remove))
        .route(&one("/versions/{version}/reveal"), post().to(s::reveal::reveal_version))
        .route(&one("/versions/{version}/restore"), post().to(s::act::restore));
}

/// Access control.
fn access_control(cfg: &mut ServiceConfig) {
    cfg.route("/orgs/{slug}/access/members", get().to(access::members::list))
        .route("/orgs/{slug}/access/members/create", get().to(access::create::new))
        .route("/orgs/{slug}/access/members/create", post().to(access::create::create))
        .route("/orgs/{slug}/access/members/invite", get().to(access::invite::new))
        .route("/orgs/{slug}/access/members/invite", post().to(access::invite::create))
        .route(
            "/orgs/{slug}/access/members/invitations/{invitation}/withdraw",
            get().to(access::invite::ask_to_withdraw),
        )
        .route(
            "/orgs/{slug}/access/members/invitations/{invitation}/withdraw",
            post().to(access::invite::withdraw),
        )
        .route("/orgs/{slug}/access/members/{user}/change", get().to(access::change::ask))
        .route("/orgs/{slug}/access/members/{user}/change", post().to(access::change::change))
        .route("/orgs/{slug}/access/members/{user}/remove", get().to(access::removal::ask))
        .route("/orgs/{slug}/access/members/{user}/remove", post().to(access::removal::remove))
        .route("/orgs/{slug}/access/authentication", get().to(access::authentication::show))
        .route(
            "/orgs/{slug}/access/authentication/members/{token}/block",
            post().to(access::authentication::block),
        )
        .route(
            "/orgs/{slug}/access/authentication/members/{token}/unblock",
            post().to(access::authentication::unblock),
        )
        .service(own_tokens("/orgs/{slug}/access/authentication/tokens"))
        .route("/orgs/{slug}/access/leave", get().to(access::removal::ask_to_leave))
        .route("/orgs/{slug}/access/leave", post().to(access::removal::leave))
        .configure(service_accounts);
}

/// Access control > Service accounts.
fn service_accounts(cfg: &mut ServiceConfig) {
    use access::service_accounts as accounts;
    const AT: &str = "/orgs/{slug}/access/service-accounts";
    let at = |path: &str| format!("{AT}{path}");
    cfg.route(AT, get().to(accounts::list))
        .route(AT, post().to(accounts::create))
        .route(&at("/new"), get().to(accounts::new))
        .route(&at("/preview"), post().to(accounts::preview))
        .route(&at("/{account}"), get().to(accounts::detail))
        .route(&at("/{account}/edit"), get().to(accounts::ask_to_edit))
        .route(&at("/{account}/edit"), post().to(accounts::edit))
        .route(&at("/{account}/disable"), post().to(accounts::disable))
        .route(&at("/{account}/enable"), post().to(accounts::enable))
        .route(&at("/{account}/delete"), get().to(accounts::ask_to_delete))
        .route(&at("/{account}/delete"), post().to(accounts::delete))
        .route(&at("/{account}/tokens"), get().to(accounts::list_tokens))
        .route(&at("/{account}/tokens"), post().to(accounts::create_token))
        .route(&at("/{account}/tokens/new"), get().to(accounts::new_token))
        .route(&at("/{account}/tokens/{token}/rotate"), get().to(accounts::ask_to_rotate))
        .route(&at("/{account}/tokens/{token}/rotate"), post().to(accounts::rotate))
        .route(&at("/{account}/tokens/{token}/end-grace"), post().to(accounts::end_grace))
        .route(&at("/{account}/tokens/{token}/disable"), post().to(accounts::disable_token))
        .route(&at("/{account}/tokens/{token}/enable"), post().to(accounts::enable_token))
        .route(&at("/{account}/tokens/{token}/delete"), get().to(accounts::ask_to_delete_token))
        .route(&at("/{account}/tokens/{token}/delete"), post().to(accounts::delete_token))
        .route(
            &at("/{account}/tokens/{token}/first-use/{generation}"),
            get().to(accounts::first_use),
        );
}

/// Organization settings > Tokens.
fn organization_tokens(cfg: &mut ServiceConfig) {
    cfg.route("/orgs/{slug}/settings/tokens", get().to(tokens::list))
        .route("/orgs/{slug}/settings/tokens", post().to(tokens::create))
        .route("/orgs/{slug}/settings/tokens/new", get().to(tokens::new))
        .route("/orgs/{slug}/settings/tokens/preview", post().to(tokens::preview))
        .route("/orgs/{slug}/settings/tokens/{id}", get().to(tokens::detail))
        .route("/orgs/{slug}/settings/tokens/{id}/edit", get().to(tokens::ask_to_edit))
        .route("/orgs/{slug}/settings/tokens/{id}/edit", post().to(tokens::edit))
        .route("/orgs/{slug}/settings/tokens/{id}/disable", post().to(tokens::disable))
        .route("/orgs/{slug}/settings/tokens/{id}/enable", post().to(tokens::enable))
        .route("/orgs/{slug}/settings/tokens/{id}/rotate", get().to(tokens::ask_to_rotate))
        .route("/orgs/{slug}/settings/tokens/{id}/rotate", post().to(tokens::rotate))
        .route(
            "/orgs/{slug}/settings/tokens/{id}/first-use/{generation}",
            get().to(tokens::first_use),
        )
        .route("/orgs/{slug}/settings/tokens/{id}/end-grace", get().to(tokens::ask_to_end_grace))
        .route("/orgs/{slug}/settings/tokens/{id}/end-grace", post().to(tokens::end_grace))
        .route("/orgs/{slug}/settings/tokens/{id}/steward", get().to(tokens::ask_for_steward))
        .route("/orgs/{slug}/settings/tokens/{id}/steward", post().to(tokens::name_steward))
        .route("/orgs/{slug}/settings/tokens/{id}/delete", get().to(tokens::ask_to_delete))
        .route("/orgs/{slug}/settings/tokens/{id}/delete", post().to(tokens::delete));
}

/// Organization settings > Webhooks.
fn webhooks(cfg: &mut ServiceConfig) {
    use settings::webhooks;
    cfg.route("/orgs/{slug}/settings/webhooks", get().to(webhooks::list))
        .route("/orgs/{slug}/settings/webhooks", post().to(webhooks::create))
        .route("/orgs/{slug}/settings/webhooks/new", get().to(webhooks::new))
        .route("/orgs/{slug}/settings/webhooks/{id}", get().to(webhooks::detail))
        .route("/orgs/{slug}/settings/webhooks/{id}/edit", get().to(webhooks::ask_to_edit))
        .route("/orgs/{slug}/settings/webhooks/{id}/edit", post().to(webhooks::edit))
        .route("/orgs/{slug}/settings/webhooks/{id}/pause", post().to(webhooks::pause))
        .route("/orgs/{slug}/settings/webhooks/{id}/resume", post().to(webhooks::resume))
        .route("/orgs/{slug}/settings/webhooks/{id}/test", post().to(webhooks::test))
        .route("/orgs/{slug}/settings/webhooks/{id}/secret", get().to(webhooks::ask_to_rotate))
        .route("/orgs/{slug}/settings/webhooks/{id}/secret", post().to(webhooks::rotate))
        .route("/orgs/{slug}/settings/webhooks/{id}/delete", get().to(webhooks::ask_to_delete))
        .route("/orgs/{slug}/settings/webhooks/{id}/delete", post().to(webhooks::delete))
        .route(
            "/orgs/{slug}/settings/webhooks/{id}/deliveries/{delivery}/resend",
            post().to(webhooks::resend),
        );
}

/// Audit log.
fn audit_log(cfg: &mut ServiceConfig) {
    cfg.route("/orgs/{slug}/audit", get().to(audit::page))
        .route("/orgs/{slug}/audit/export.csv", get().to(audit::export::csv))
        .route("/orgs/{slug}/audit/export.ndjson", get().to(audit::export::ndjson))
        .route("/admin/audit", get().to(audit::page_of_instance))
        .route("/admin/audit/export.csv", get().to(audit::export::csv_of_instance))
        .route("/admin/audit/export.ndjson", get().to(audit::export::ndjson_of_instance));
}

/// What platform admins keep: people, organizations, and the instance itself.
fn platform(cfg: &mut ServiceConfig) {
    cfg.route("/admin", get().to(admin::start))
        .route("/admin/users", get().to(admin::users::list))
        .route("/admin/users", post().to(admin::users::create))
        .route("/admin/users/new", get().to(admin::users::new))
        .route("/admin/users/{user}", get().to(admin::users::page))
        .route("/admin/users/{user}/disable", get().to(admin::users::ask_to_disable))
        .route("/admin/users/{user}/disable", post().to(admin::users::disable))
        .route("/admin/users/{user}/enable", post().to(admin::users::enable))
        .route("/admin/users/{user}/password-link", get().to(admin::users::ask_to_link))
        .route("/admin/users/{user}/password-link", post().to(admin::users::link))
        .route("/admin/users/{user}/make-admin", get().to(admin::users::ask_to_empower))
        .route("/admin/users/{user}/make-admin", post().to(admin::users::empower))
        .route("/admin/users/{user}/unmake-admin", get().to(admin::users::ask_to_weaken))
        .route("/admin/users/{user}/unmake-admin", post().to(admin::users::weaken))
        .route("/admin/organizations", get().to(admin::organizations::list))
        .route("/admin/organizations", post().to(admin::organizations::create))
        .route("/admin/organizations/new", get().to(admin::organizations::new))
        .route(
            "/admin/organizations/{organization}/suspend",
            get().to(admin::organizations::ask_to_suspend),
        )
        .route(
            "/admin/organizations/{organization}/suspend",
            post().to(admin::organizations::suspend),
        )
        .route(
            "/admin/organizations/{organization}/resume",
            post().to(admin::organizations::resume),
        )
        .route("/admin/keys", get().to(admin::keys::list))
        .route("/admin/keys/rotate", post().to(admin::keys::rotate))
        .route("/admin/keys/{kid}/withdraw", get().to(admin::keys::ask_to_withdraw))
        .route("/admin/keys/{kid}/withdraw", post().to(admin::keys::withdraw))
        .route("/admin/policy", get().to(admin::policy::page))
        .route("/admin/policy", post().to(admin::policy::save))
        .route("/admin/health", get().to(admin::health::page));
}

/// `__Host-` binds a cookie to this host and to https.
fn cookie_name(app: &App) -> &'static str {
    if app.config.public_url.is_https() { "__Host-jeton" } else { "jeton" }
}
