//! Every route of the real table, asked by people who have no business there.
use std::collections::BTreeSet;

use actix_web::introspection::IntrospectionTree;
use actix_web::test::{TestRequest, call_and_read_body_json, init_service};
use actix_web::web::{Data, get};
use actix_web::{App as Actix, Responder};
use jeton::access::Role;
use jeton::server;
use serde_json::Value;

use crate::support::{Answer, Console};

/// What a stranger may ask for. Keep it short; every addition is a decision.
const OPEN: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/oauth-protected-resource",
    "GET /.well-known/openid-configuration",
    "GET /api/v2",
    "GET /api/v2/",
    "GET /api/v2/openapi.json",
    "GET /healthz",
    "GET /invitations",
    "GET /login",
    // On the machine itself only, or with a token of its own: `metrics.rs`.
    "GET /metrics",
    "GET /password",
    "GET /readyz",
    "GET /setup",
    "GET /setup/address",
    "GET /static/{hash}/{name:.*}",
    "HEAD /.well-known/jwks.json",
    "HEAD /.well-known/oauth-authorization-server",
    "HEAD /.well-known/oauth-protected-resource",
    "HEAD /.well-known/openid-configuration",
    "HEAD /api/v2",
    "HEAD /api/v2/",
    "HEAD /api/v2/openapi.json",
    "HEAD /static/{hash}/{name:.*}",
    "POST /invitations",
    "POST /invitations/accept",
    "POST /login",
    // The token that is exchanged is itself the credential.
    "POST /oauth2/token",
    "POST /password",
    "POST /password/open",
    "POST /setup",
];

/// What every member of an organization may ask for. All else is for its owners. What becomes of
/// secrets is for whoever's role reaches them: `pages_secrets.rs`.
const FOR_MEMBERS: &[&str] = &[
    "GET /orgs/{slug}",
    "GET /orgs/{slug}/access/authentication",
    "GET /orgs/{slug}/access/authentication/tokens",
    "GET /orgs/{slug}/access/authentication/tokens/new",
    "GET /orgs/{slug}/access/authentication/tokens/{token}/delete",
    "GET /orgs/{slug}/access/authentication/tokens/{token}/rotate",
    "GET /orgs/{slug}/access/authentication/tokens/{token}/secrets/{generation}/first-use",
    "GET /orgs/{slug}/access/leave",
    "GET /orgs/{slug}/access/members",
    "GET /orgs/{slug}/projects",
    "GET /orgs/{slug}/projects/{project}/environments/new",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/delete",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/deleted",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/export",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/import",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/rename",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/secrets/new",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/delete",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/edit",
    "GET /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/override",
    "GET /orgs/{slug}/projects/{project}/secrets",
    "GET /orgs/{slug}/projects/{project}/secrets/compare",
    "GET /orgs/{slug}/projects/{project}/secrets/switch",
    "POST /orgs/{slug}/access/authentication/tokens",
    "POST /orgs/{slug}/access/authentication/tokens/{token}/delete",
    "POST /orgs/{slug}/access/authentication/tokens/{token}/end-grace",
    "POST /orgs/{slug}/access/authentication/tokens/{token}/rotate",
    "POST /orgs/{slug}/access/leave",
    "POST /orgs/{slug}/projects/{project}/environments",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/delete",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/export",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/import",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/rename",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/delete",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/edit",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/override",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/override/remove",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/reveal",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/versions/{version}/restore",
    "POST /orgs/{slug}/projects/{project}/environments/{environment}/secrets/{secret}/versions/{version}/reveal",
    "POST /orgs/{slug}/projects/{project}/secrets/switch",
];

#[actix_web::test]
async fn every_other_route_is_closed_to_strangers() {
    let console = Console::start().await;
    console.owner("ada").await;
    let stranger = console.stranger();
    let mut open = Vec::new();
    for (method, path) in routes(&console).await {
        let answer = Answer::to(stranger.request(&method, &filled(&path))).await;
        let for_programs = ["/api/", "/oauth2/", "/forward-auth/", "/service/"];
        let refused = if for_programs.iter().any(|start| path.starts_with(start)) {
            answer.status == 401 && answer.header("www-authenticate").starts_with("Bearer")
        } else {
            answer.status == 303 && answer.location().starts_with("/login")
        };
        if !refused {
            open.push(format!("{method} {path}"));
        }
    }
    open.sort();
    assert_eq!(open, OPEN);
}

#[actix_web::test]
async fn no_page_of_an_organization_is_there_for_members_of_others() {
    let console = Console::start().await;
    console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    for (method, path) in routes(&console).await {
        if path.starts_with("/orgs/{slug}") {
            let answer = Answer::to(eve.request(&method, &filled(&path))).await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn what_is_for_owners_is_refused_to_other_members_in_words() {
    let console = Console::start().await;
    console.owner("ada").await;
    let bob = console.member("bob", Role::Manager).await;
    let mut open = Vec::new();
    for (method, path) in routes(&console).await {
        if path.starts_with("/orgs/{slug}") {
            let answer = Answer::to(bob.request(&method, &filled(&path))).await;
            if answer.status != 403 || !answer.says("nly owners of Acme can do this") {
                open.push(format!("{method} {path}"));
            }
        }
    }
    assert_eq!(open, FOR_MEMBERS);
}

#[actix_web::test]
async fn what_is_for_platform_admins_is_refused_to_everyone_else_in_words() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for (method, path) in routes(&console).await {
        if path.starts_with("/admin") {
            let answer = Answer::to(ada.request(&method, &filled(&path))).await;
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
            assert!(answer.says("nly platform admins can do this"), "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn no_organization_token_changes_anything_whatever_its_role() {
    // What applications are given to run with is data, which such a token may hold: `vault/api.rs`.
    const DATA: [&str; 2] = ["/environments/", "/server-side-encryption/"];
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = console.api(&ada.issues_as("all", Role::Manager, &[]).await.text);
    let before = console.audit_actions();
    for (method, path) in routes(&console).await {
        let unsafe_call = !matches!(method.as_str(), "GET" | "HEAD");
        if unsafe_call
            && path.starts_with("/api/v2/")
            && path.ends_with('/')
            && !path.starts_with("/api/v2/token/")
            && !DATA.iter().any(|part| path.contains(part))
        {
            let answer = Answer::to(token.request(&method, &filled(&path))).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (403, "FORBIDDEN"),
                "{method} {path}"
            );
        }
    }
    assert_eq!(console.audit_actions(), before);
}

/// Method and pattern of each, as `GET /orgs/{slug}`.
pub async fn routes(console: &Console) -> BTreeSet<(String, String)> {
    async fn report(tree: Data<IntrospectionTree>) -> impl Responder {
        tree.report_as_json()
    }
    let app = console.app.clone();
    let actix = Actix::new()
        .app_data(app.clone())
        .route("/routes", get().to(report))
        .configure(|cfg| server::routes(cfg, &app));
    let service = init_service(actix).await;
    let ask = TestRequest::get().uri("/routes").to_request();
    let report: Value = call_and_read_body_json(&service, ask).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let routes = report.as_array().unwrap().iter().flat_map(|route| {
        let (path, methods) = (text(&route["full_path"]), route["methods"].as_array().unwrap());
        assert!(!methods.is_empty(), "{path} takes any method; say which");
        methods.iter().map(move |method| (text(method), path.clone()))
    });
    routes.filter(|(_, path)| path != "/routes").collect()
}

/// The pattern with something in the place of each name.
fn filled(pattern: &str) -> String {
    let mut parts = pattern.split(['{', '}']);
    let mut path = parts.next().unwrap().to_owned();
    while let Some(name) = parts.next() {
        path.push_str(if name == "slug" { "acme" } else { "1" });
        path.push_str(parts.next().unwrap_or_default());
    }
    path
}
