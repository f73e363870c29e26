//! Configuration: profile, password, sessions and theme.
use crate::driver::Options;
use crate::support::{Console, PASSWORD};

#[actix_web::test]
async fn a_new_password_signs_out_every_other_browser() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let elsewhere = console.seat(&ada, Options::default()).await;
    browser.goto("/account").await;

    browser.fill("Current password", "not her password").await;
    browser.fill("New password", "a longer and better one").await;
    browser.click("Change password").await;
    browser.sees("This is not your current password.").await;
    assert_eq!(browser.value("New password").await, "");
    browser.fill("Current password", PASSWORD).await;
    browser.fill("New password", "a longer and better one").await;
    browser.click("Change password").await;

    browser.sees("Password changed").await;
    browser.goto("/account").await;
    browser.sees("Configuration").await;
    elsewhere.signs_in(&ada.email, PASSWORD).await;
    elsewhere.sees("E-mail and password do not match.").await;
    elsewhere.signs_in(&ada.email, "a longer and better one").await;
    elsewhere.sees("User menu").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn another_browser_is_signed_out_from_here() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let elsewhere = console.seat(&ada, Options::default()).await;
    let browser = console.seat(&ada, Options::default()).await;
    browser.goto("/account").await;
    browser.sees("this browser").await;

    browser.click("Sign out everywhere else").await;

    browser.sees_no("Sign out everywhere else").await;
    browser.sees("this browser").await;
    elsewhere.goto("/account").await;
    elsewhere.sees("Password").await;
    assert!(elsewhere.place().await.starts_with("/login"));
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_chosen_theme_holds_on_every_page_and_the_menu_leads_back_to_the_same() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    let ground = "return getComputedStyle(document.body).backgroundColor";
    browser.goto("/orgs/acme/projects").await;
    let light = browser.script(ground).await;

    browser.menu("User menu").await;
    browser.click("Theme: Dark").await;

    browser.arrives_at("/orgs/acme/projects").await;
    assert_ne!(browser.script(ground).await, light);
    browser.goto("/account").await;
    assert_ne!(browser.script(ground).await, light);
    browser.click("Light").await;
    browser.click("Save profile").await;
    browser.sees("Profile saved").await;
    assert_eq!(browser.script(ground).await, light);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_profile_that_cannot_be_saved_names_the_field_and_changes_nothing() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    let bjorn = console.owner("bjorn").await;
    browser.goto("/account").await;

    browser.fill("Name", "Ada Lindqvist").await;
    browser.fill("E-mail", &bjorn.email).await;
    browser.click("Save profile").await;
    browser.sees("Someone already uses").await;
    browser.focuses("E-mail").await;
    assert_eq!(browser.value("Name").await, "Ada Lindqvist");
    browser.fill("E-mail", "ada@acme.example").await;
    browser.click("Save profile").await;

    browser.sees("Profile saved").await;
    assert_eq!(browser.value("E-mail").await, "ada@acme.example");
    browser.menu("User menu").await;
    browser.sees("Ada Lindqvist").await;
}
