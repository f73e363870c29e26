//! `/metrics`: figures, and who may see them.
use jeton::clock::Clock;

use crate::support::{Answer, Console};

#[actix_web::test]
async fn figures_say_what_became_of_tokens_and_name_none() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("a-name-that-stands-out").await;
    console.api(&token.text).get("/forward-auth/nginx").await.is(200);
    console.api(&token.text).get("/forward-auth/nginx?require=tokens:read").await.is(403);
    let stranger =
        jeton::secret::PlainToken::generate(jeton::format::Kind::Oat).reveal().to_string();
    console.api(&stranger).get("/forward-auth/nginx").await.is(401);
    console.note_uses();

    let page = console.anonymous().get("/metrics").await.is(200);
    assert!(page.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "jeton_verifications_total{outcome=\"accepted\"} 1",
        "jeton_verifications_total{outcome=\"refused\"} 1",
        "jeton_verifications_total{outcome=\"dead\"} 0",
        "jeton_verifications_total{outcome=\"unknown\"} 1",
        "jeton_use_delay_seconds_count 1",
        "jeton_pool_connections_idle ",
        "jeton_lookup_batch_count ",
        "jeton_revocation_delay_seconds_count ",
        "jeton_verdicts 1",
    ] {
        assert!(page.says(line), "{line} is not in {}", page.text);
    }
    let hint = &token.text[8..16];
    for private in [hint, "a-name-that-stands-out", "acme", "ada"] {
        assert!(!page.says(private), "{private}");
    }
}

#[actix_web::test]
async fn figures_are_for_the_machine_itself_or_for_who_has_their_token() {
    let console = Console::start().await;
    for header in ["X-Forwarded-For", "Forwarded"] {
        let through = console.anonymous().request("GET", "/metrics").header(header, "for=1.2.3.4");
        Answer::to(through).await.is(401);
    }
    drop(console);

    // A proxy need not say that it is one.
    let proxied = Console::set_up(Clock::System, |config| {
        config.public_url = "https://jeton.example.org".parse().unwrap();
    })
    .await;
    proxied.anonymous().get("/metrics").await.is(401);
    drop(proxied);

    let console = Console::set_up(Clock::System, |config| {
        config.metrics_token = Some("a token for scrapers".into());
    })
    .await;
    console.anonymous().get("/metrics").await.is(401);
    console.api("another").get("/metrics").await.is(401);
    let through = console.api("a token for scrapers").request("GET", "/metrics");
    Answer::to(through.header("X-Forwarded-For", "192.0.2.1")).await.is(200);
}
