//! Protect a service: a configuration to copy, and a token tried against it.
use jeton::access::Role;

use crate::driver::Options;
use crate::support::Console;

const PAGE: &str = "/orgs/acme/settings/forward-auth";

#[actix_web::test]
async fn the_configuration_follows_what_is_chosen_and_a_token_is_tried_against_it() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.project("prd-greenhouse").await;
    let good = ada.issues("good").await.text;
    let narrow = ada.issues_as("narrow", Role::Readonly, &["metrics:read"]).await.text;
    browser.goto("/orgs/acme/settings").await;
    browser.click("Protect a service").await;
    browser.sees("auth_request /_jeton;").await;
    browser.sees("No permission is chosen.").await;

    browser.click("Caddy").await;
    browser.sees("forward_auth").await;
    browser.click("Choose permissions").await;
    browser.click("records: read").await;
    browser.sees("uri /forward-auth/caddy?organization=acme&require=records:read\n").await;
    browser.click("prd-greenhouse").await;
    browser.sees("require=records:read&project=prd-greenhouse").await;
    browser.click("Copy the configuration").await;
    browser.sees("and reach").await;
    assert!(browser.clipboard().await.starts_with("service.example.org {\n\tforward_auth http"));

    browser.fill("Token", &narrow).await;
    browser.click("Ask Jeton").await;
    browser.sees("403 refused").await;
    browser.sees("The token needs records:read.").await;
    browser.fill("Token", &good).await;
    browser.click("Ask Jeton").await;
    browser.sees("200 let in").await;
    browser.sees("acme,acme:operator").await;
    browser.is_accessible().await;
    // What was answered before does not stand beside another question.
    browser.click("X-Forwarded-User").await;
    browser.sees("copy_headers X-Forwarded-User").await;
    browser.sees_no("200 let in").await;
    browser.reload().await;
    for token in [&good, &narrow] {
        browser.knows_nothing_of(token).await;
    }
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn without_script_the_same_is_chosen_and_tried() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("good").await.text;
    let browser = console.seat(&ada, Options::default().without_script().narrow()).await;
    browser.goto(PAGE).await;
    browser.click("Traefik").await;
    browser.click("Choose permissions").await;
    browser.click("records: read").await;
    browser.click("Show configuration").await;
    browser.sees("/forward-auth/traefik?organization=acme&require=records:read").await;
    assert!(browser.fits().await);

    browser.fill("Token", &token).await;
    browser.click("Ask Jeton").await;

    browser.sees("200 let in").await;
    browser.sees("/forward-auth/traefik?organization=acme&require=records:read").await;
    assert!(browser.fits().await);
    browser.knows_nothing_of(&token).await;
}
