//! Personal access tokens, from the user menu.
use crate::driver::Options;
use crate::support::Console;

#[actix_web::test]
async fn a_personal_token_is_shown_once_in_two_forms_and_seen_in_use() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/account").await;
    browser.menu("User menu").await;
    browser.click("Personal access tokens").await;
    browser.arrives_at("/account#personal-access-tokens").await;
    browser.click("Create token").await;
    browser.focuses("Name").await;
    browser.fill("Name", "Laptop CLI").await;
    browser.sees("baselines").await;
    browser.click("Everything I may").await;
    browser.sees("In Acme it will be able to").await;
    browser.sees_no("baselines").await;

    browser.click("Create token").await;
    let personal = browser.personal().await;
    assert!(personal.starts_with("pss_user:v1:"), "{personal}");
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, personal);
    browser.sees("phase secrets list").await;
    browser.click("SDK").await;
    browser.sees("from phase import").await;
    browser.click("Kubernetes").await;
    browser.sees("kind: Secret").await;
    browser.click("API").await;
    browser.sees("REST API token").await;
    browser.sees("As one word").await;
    browser.sees("JETON_TOKEN=").await;
    browser.click("GitHub Actions").await;
    browser.sees("secrets.JETON_TOKEN").await;
    let rest = browser.find("output#rest").await.unwrap();
    let secret = browser.secret().await;

    browser.sees("Waiting for first use").await;
    for form in [&secret, &rest] {
        assert_eq!(console.api(form).get("/api/v2/token/").await.status, 200, "{form}");
    }
    browser.sees("from 127.0.0.1").await;
    browser.reload().await;
    browser.sees("Laptop CLI").await;
    for form in [&secret, &rest, &personal] {
        browser.knows_nothing_of(form).await;
    }
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn what_a_personal_token_could_do_is_said_before_it_is_made() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/account/tokens/new").await;
    browser.fill("Name", "Notebook").await;

    browser.click("records: read").await;
    browser.sees("Read records").await;
    browser.click("30 days").await;
    browser.sees("Stops working on").await;
    browser.click("Create token").await;
    let secret = browser.secret().await;

    browser.click("I have copied it").await;
    browser.sees("records: read").await;
    let own = console.api(&secret).get("/api/v2/token/").await;
    assert_eq!(own.json()["permissions"]["records"], "read", "{}", own.text);
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_personal_token_that_cannot_be_made_is_not_typed_twice() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/account").await;
    browser.click("Create token").await;

    browser.click("30 days").await;
    browser.click("Create token").await;

    browser.sees("Give it a name.").await;
    browser.sees("Pick at least one permission").await;
    browser.focuses("Name").await;
    browser.sees("Stops working on").await;
    browser.types("Laptop CLI").await;
    browser.click("Everything I may").await;
    browser.click("Create token").await;
    browser.secret().await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn a_rotated_personal_token_has_two_secrets_until_the_grace_is_ended() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let old = ada.full_pat("CI").await.text;
    browser.goto("/account").await;

    browser.click("Rotate CI").await;
    browser.click("1 hour").await;
    browser.click("Rotate secret").await;
    let new = browser.secret().await;
    assert_ne!(new, old);
    browser.click("I have copied it").await;
    browser.sees("Old secret works until").await;
    for secret in [&old, &new] {
        assert_eq!(console.api(secret).get("/api/v2/token/").await.status, 200);
    }
    browser.click("End grace now").await;

    browser.sees("Only the new secret of CI works now.").await;
    browser.sees_no("Old secret works until").await;
    assert_eq!(console.api(&old).get("/api/v2/token/").await.status, 401);
    assert_eq!(console.api(&new).get("/api/v2/token/").await.status, 200);
    browser.knows_nothing_of(&new).await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_personal_token_in_use_is_deleted_by_its_name_and_any_other_at_once() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let (used, unused) = (ada.full_pat("Used").await.text, ada.full_pat("Unused").await.text);
    assert_eq!(console.api(&used).get("/api/v2/token/").await.status, 200);
    console.note_uses();
    browser.goto("/account").await;

    browser.click("Delete Unused").await;
    browser.click("Delete token").await;
    browser.sees("Unused stopped working.").await;
    browser.click("Delete Used").await;
    browser.focuses("Type “Used” to confirm").await;
    browser.types("Unused").await;
    browser.click("Delete token").await;
    browser.sees("Type the name as it stands above.").await;
    assert_eq!(browser.value("Type “Used” to confirm").await, "Unused");
    browser.fill("Type “Used” to confirm", "Used").await;
    browser.click("Delete token").await;

    browser.sees("Used stopped working.").await;
    browser.sees("Deleted in the last year: 2").await;
    for secret in [&used, &unused] {
        assert_eq!(console.api(secret).get("/api/v2/token/").await.status, 401);
    }
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn without_script_personal_tokens_are_made_rotated_and_deleted_too() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let browser = console.seat(&ada, Options::default().without_script()).await;
    browser.goto("/account").await;
    browser.click("Create token").await;
    browser.arrives_at("/account/tokens/new").await;
    browser.fill("Name", "Laptop CLI").await;
    browser.click("Everything I may").await;
    browser.click("Show what it could do").await;
    browser.sees("In Acme it will be able to").await;
    assert_eq!(browser.value("Name").await, "Laptop CLI");

    browser.click("Create token").await;
    let first = browser.secret().await;
    browser.click("API").await;
    browser.sees("REST API token").await;
    browser.click("I have copied it").await;
    browser.click("Rotate Laptop CLI").await;
    browser.click("Not at all").await;
    browser.click("Rotate secret").await;
    let second = browser.secret().await;
    assert_eq!(console.api(&first).get("/api/v2/token/").await.status, 401);
    browser.click("I have copied it").await;
    browser.click("Delete Laptop CLI").await;
    browser.click("Delete token").await;

    browser.sees("Laptop CLI stopped working.").await;
    assert_eq!(console.api(&second).get("/api/v2/token/").await.status, 401);
    browser.knows_nothing_of(&second).await;
}
