//! The way in: the first start, signing in and out.
use crate::driver::Options;
use crate::support::{Console, PASSWORD};

#[actix_web::test]
async fn whoever_has_the_code_makes_the_first_organization_and_is_in_it() {
    let console = Console::start().await;
    let browser = console.visitor(Options::default()).await;
    browser.goto("/").await;
    browser.arrives_at("/setup").await;
    browser.focuses("Setup code").await;

    browser.fill("Setup code", console.app.setup_code.reveal()).await;
    browser.fill("Your name", "Ada Lindqvist").await;
    browser.fill("E-mail", "ada@example.org").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Organization", "Acme Greenhouses").await;
    browser.sees("/orgs/acme-greenhouses").await;
    browser.click("Create and sign in").await;

    browser.arrives_at("/orgs/acme-greenhouses").await;
    browser.sees("Acme Greenhouses").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_wrong_code_is_named_and_nothing_has_to_be_typed_again_but_the_password() {
    let console = Console::start().await;
    let browser = console.visitor(Options::default()).await;
    browser.goto("/setup").await;

    browser.fill("Setup code", "AAAA-AAAA-AAAA").await;
    browser.fill("Your name", "Ada Lindqvist").await;
    browser.fill("E-mail", "ada@example.org").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Organization", "Acme").await;
    browser.click("Create and sign in").await;

    browser.sees("This is not the code").await;
    for (field, kept) in [
        ("Setup code", "AAAA-AAAA-AAAA"),
        ("Your name", "Ada Lindqvist"),
        ("E-mail", "ada@example.org"),
        ("Password", ""),
        ("Organization", "Acme"),
    ] {
        assert_eq!(browser.value(field).await, kept, "{field}");
    }
    browser.focuses("Setup code").await;
}

#[actix_web::test]
async fn a_wrong_password_keeps_the_e_mail_and_the_right_one_leads_on() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let browser = console.visitor(Options::default()).await;
    browser.goto("/account").await;
    browser.sees("Sign in").await;

    browser.fill("E-mail", &ada.email).await;
    browser.fill("Password", "not her password").await;
    browser.click("Sign in").await;

    browser.sees("E-mail and password do not match.").await;
    assert_eq!(browser.value("E-mail").await, ada.email);
    assert_eq!(browser.value("Password").await, "");
    browser.focuses("Password").await;
    browser.types(PASSWORD).await;
    browser.click("Sign in").await;
    browser.arrives_at("/account").await;
}

#[actix_web::test]
async fn who_signed_out_is_out_even_with_the_back_button() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/account").await;
    browser.sees("Configuration").await;

    browser.menu("User menu").await;
    browser.click("Sign out").await;

    browser.arrives_at("/login").await;
    browser.back().await;
    browser.sees_no("Personal access tokens").await;
    browser.sees("Password").await;
    assert!(browser.place().await.starts_with("/login"));
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn an_address_that_only_newer_mail_knows_is_not_kept_out_by_the_browser() {
    let console = Console::start().await;
    let bjorn = console.owner("björn").await;
    let browser = console.visitor(Options::default()).await;

    browser.signs_in(&bjorn.email, PASSWORD).await;

    browser.arrives_at("/orgs/acme").await;
}
