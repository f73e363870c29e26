//! Webhooks: added, its secret shown once, a test seen to arrive, sent again.
use jeton::clock::Clock;
use jeton::config::Config;

use crate::driver::Options;
use crate::support::{Console, Receiver, Reply};

const WEBHOOKS: &str = "/orgs/acme/settings/webhooks";

fn allowed(config: &mut Config) {
    config.webhook_allow = vec!["127.0.0.0/8".parse().unwrap()];
}

#[actix_web::test]
async fn a_webhook_is_added_tested_and_told_again() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let (_, browser) = console.ada().await;
    browser.goto("/orgs/acme/settings").await;
    browser.click("Webhooks").await;
    browser.sees("No webhooks yet").await;
    browser.keeps_nobody_out("webhooks-empty").await;
    browser.click("Add webhook").await;
    browser.focuses("Address").await;
    browser.fill("Address", "http://169.254.169.254/latest").await;
    browser.click("token.created").await;
    browser.click("token.dead_used").await;
    browser.click("Add webhook").await;
    browser.sees("which is not a public address").await;
    browser.focuses("Address").await;
    browser.keeps_nobody_out("webhook-new-refused").await;
    browser.fill("Address", &receiver.url).await;
    browser.click("Add webhook").await;

    let secret = browser.secret().await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    browser.keeps_nobody_out("webhook-reveal").await;
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, secret);
    browser.click("I have copied it").await;
    browser.arrives_at(&format!("{WEBHOOKS}/1")).await;
    browser.knows_nothing_of(&secret).await;

    receiver.answers(&[Reply::Status(503)]);
    browser.click("Send test").await;
    browser.sees("Test sent").await;
    browser.sees("It answered 503.").await;
    browser.keeps_nobody_out("webhook-retrying").await;
    assert_eq!(receiver.next().json()["type"], "webhook.test");
    browser.sees("204 in").await;
    receiver.next();
    browser.click("Send again").await;
    browser.sees("Sent again").await;
    assert_eq!(receiver.next().json()["type"], "webhook.test");
    browser.sees("Delivered").await;
    browser.keeps_nobody_out("webhook").await;

    browser.click("Pause").await;
    browser.sees("What happens meanwhile is not told.").await;
    browser.keeps_nobody_out("webhook-paused").await;
    browser.click("Resume").await;
    browser.sees("Active").await;
    browser.click("Change").await;
    browser.sees("Its signing secret stays the same.").await;
    browser.click("token.revoked").await;
    browser.click("Save webhook").await;
    browser.sees("Webhook changed").await;
    browser.goto(WEBHOOKS).await;
    browser.sees("token.revoked").await;
    browser.keeps_nobody_out("webhooks").await;
    browser.goto(&format!("{WEBHOOKS}/1")).await;
    browser.click("Rotate secret").await;
    browser.sees("From then on nothing is signed").await;
    browser.keeps_nobody_out("webhook-rotate").await;
    browser.click("Rotate secret").await;
    assert_ne!(browser.secret().await, secret);
    browser.click("I have copied it").await;
    browser.click("Delete webhook").await;
    browser.sees("It is told nothing more").await;
    browser.keeps_nobody_out("webhook-delete").await;
    browser.click("Delete webhook").await;
    browser.sees("is told no more.").await;
    browser.sees("No webhooks yet").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn without_script_and_on_a_narrow_screen_a_webhook_is_added_and_tested() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let browser = console.seat(&ada, Options::default().narrow().without_script()).await;
    browser.goto(WEBHOOKS).await;
    browser.click("Add webhook").await;
    browser.arrives_at(&format!("{WEBHOOKS}/new")).await;
    browser.fill("Address", &receiver.url).await;
    browser.click("token.created").await;
    assert!(browser.fits().await);
    browser.click("Add webhook").await;
    let secret = browser.secret().await;
    assert!(browser.fits().await);
    browser.click("I have copied it").await;
    browser.click("Send test").await;
    browser.sees("Test sent").await;
    receiver.next();
    browser.reload().await;
    browser.sees("204 in").await;
    assert!(browser.fits().await);
    browser.knows_nothing_of(&secret).await;
    for act in ["Send again", "Pause", "Resume"] {
        browser.click(act).await;
        browser.sees("Told of").await;
    }
    browser.click("Delete webhook").await;
    browser.click("Delete webhook").await;
    browser.sees("No webhooks yet").await;
    browser.has_no_complaints().await;
}
