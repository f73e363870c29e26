//! Deliveries: what is told, how it is proven, and what becomes of one that does not arrive.
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use jeton::clock::Clock;
use jeton::id::WebhookId;
use jeton::notices::{self, Event};
use serde_json::{Value, json};

use super::{allowed, announces, ends, start};
use crate::clients::runs;
use crate::support::{Console, PYTHON, Person, Receiver, Reply, Told};

/// A webhook to this address, for these events; with its signing secret.
async fn webhook(
    console: &Console,
    owner: &Person,
    url: &str,
    events: &[Event],
) -> (WebhookId, String) {
    let names: Vec<_> = events.iter().map(|event| event.name()).collect();
    let wish = console.app.notices.clear(url, &names).await.unwrap();
    let (by, organization, app) = (owner.actor(), owner.organization, console.app.clone());
    let created = console
        .app
        .db
        .write(move |tx| notices::create(tx, &by, &app.notices, organization, wish))
        .await
        .unwrap();
    (created.webhook.id, created.secret.reveal().to_string())
}

/// What the body says, where the published library finds the signature good.
async fn verified(told: &Told, secret: &str) -> Value {
    let headers = json!(told.headers);
    runs(PYTHON, "webhook_verify.py", &[], format!("{secret}\n{headers}\n{}", told.body)).await
}

/// The deliveries of a console, once they are as many and as they should be.
#[track_caller]
fn becomes(console: &Console, expected: &[&str]) {
    let seen = || {
        console.texts(
            "SELECT event || ' ' || attempts || ' ' || coalesce(status::text, '-') || ' ' ||
                CASE WHEN delivered_at IS NOT NULL THEN 'delivered'
                     WHEN due_at = attempted_at + interval '2 minutes' THEN 'under way'
                     WHEN due_at IS NOT NULL THEN 'due' ELSE 'failed' END AS text
             FROM webhook_deliveries ORDER BY id",
        )
    };
    let since = Instant::now();
    while seen() != expected && since.elapsed().as_secs() < 20 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(seen(), expected);
}

#[actix_web::test]
async fn what_becomes_of_a_token_is_told_signed_and_verified_by_the_published_library() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let (_, secret) = webhook(&console, &ada, &receiver.url, &Event::ALL).await;
    let api = console.api(&ada.full_pat("all").await.text);

    let made = json!({ "name": "relay", "access_config": { "role": "operator" } });
    let token = api.post("/api/v2/organization/tokens/", &made).await.is(201).json();
    let at = format!("/api/v2/organization/tokens/{}/", token["id"]);
    let created = receiver.next();
    let said = verified(&created, &secret).await;
    assert_eq!(said["type"], "token.created");
    assert_eq!(said["data"]["organization"]["slug"], "acme");
    assert_eq!(said["data"]["token"]["name"], "relay");
    assert_eq!(said["data"]["token"]["id"], token["id"]);
    assert_eq!(said["data"]["token"]["kind"], "oat");
    assert_eq!(said["data"]["actor"], json!({ "kind": "token", "name": "ada" }));
    assert_eq!(said["data"]["detail"]["role"], "operator");
    let plain = token["token"].as_str().unwrap();
    assert_eq!(said["data"]["token"]["token"], format!("{}...", &plain[..16]));
    assert_eq!(created.header("content-type"), "application/json");
    assert!(created.header("user-agent").starts_with("Jeton/"));

    api.post(&format!("{at}rotate/"), &json!({ "grace_seconds": 0 })).await.is(200);
    let said = verified(&receiver.next(), &secret).await;
    assert_eq!(
        (&said["type"], &said["data"]["detail"]["grace_seconds"]),
        (&json!("token.rotated"), &json!(0))
    );

    for _ in 0..2 {
        console.api(plain).get("/api/v2/token/").await.is(401);
        console.note_uses();
    }
    let said = verified(&receiver.next(), &secret).await;
    assert_eq!(said["type"], "token.dead_used");
    assert_eq!(said["data"]["attempt"]["address"], "127.0.0.1");
    assert_eq!(said["data"]["attempt"]["generation"], 1);

    api.delete(&at).await.is(204);
    assert_eq!(verified(&receiver.next(), &secret).await["type"], "token.revoked");
    assert!(receiver.all().is_empty(), "a dead secret is told of at most once an hour");
    let forged = Told { body: created.body.replace("relay", "delay"), ..created };
    assert_eq!(verified(&forged, &secret).await, Value::Null);
}

#[actix_web::test]
async fn only_what_was_picked_is_told_and_only_of_the_own_organization() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    webhook(&console, &ada, &receiver.url, &[Event::Revoked]).await;
    for person in [&ada, &eve] {
        let token = person.issues("relay").await;
        let api = console.api(&person.full_pat("all").await.text);
        api.delete(&format!("/api/v2/organization/tokens/{}/", token.id)).await.is(204);
    }
    let said = receiver.next().json();
    assert_eq!(
        (&said["type"], &said["data"]["organization"]["slug"]),
        (&json!("token.revoked"), &json!("acme"))
    );
    assert!(receiver.all().is_empty());
}

#[actix_web::test]
async fn what_did_not_happen_is_not_told() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    webhook(&console, &ada, &receiver.url, &Event::ALL).await;
    let (by, organization) = (ada.actor(), ada.organization);
    let token = ada.issues("relay").await;
    assert_eq!(receiver.next().json()["type"], "token.created");
    let undone = console.app.db.write(move |tx| {
        let holder = jeton::tokens::Holder::Organization(organization);
        jeton::tokens::revoke(tx, &by, holder, token.id)?;
        Err::<(), _>(jeton::error::Error::conflict("on second thoughts"))
    });
    assert!(undone.await.is_err());
    assert!(receiver.all().is_empty());
    assert_eq!(console.rows("webhook_deliveries"), 1);
}

#[actix_web::test]
async fn a_token_that_ends_is_told_once_with_several_instances() {
    let receiver = Receiver::start();
    let clock = Clock::stopped(start());
    let (one, two) = Console::two_set_up(clock.clone(), allowed).await;
    let ada = one.owner("ada").await;
    webhook(&one, &ada, &receiver.url, &[Event::Expiring]).await;
    let token = ends(&ada, "relay", start() + TimeDelta::days(31)).await;

    for days in [30, 14, 7, 3, 1] {
        clock.advance(start() + TimeDelta::days(31 - days) - clock.now());
        std::thread::scope(|both| {
            both.spawn(|| announces(&one));
            both.spawn(|| announces(&two));
        });
        let said = receiver.next().json();
        assert_eq!(said["type"], "token.expiring");
        assert_eq!(said["data"]["days"], days);
        assert_eq!(said["data"]["token"]["id"], token.id.0);
        assert_eq!(said["data"]["token"]["expires_at"], "2027-04-01T09:00:00Z");
    }
    assert!(receiver.all().is_empty());
    assert_eq!(one.texts("SELECT DISTINCT attempts::text AS text FROM webhook_deliveries"), ["1"]);
}

#[actix_web::test]
async fn what_does_not_arrive_is_tried_again_under_the_same_id_and_given_up_in_the_end() {
    let receiver = Receiver::start();
    let console = Console::set_up(Clock::stopped(start()), allowed).await;
    let ada = console.owner("ada").await;
    webhook(&console, &ada, &receiver.url, &[Event::Created]).await;
    receiver.answers(&[Reply::Status(500), Reply::Status(404), Reply::Status(204)]);
    ada.issues("relay").await;

    let first = receiver.next();
    becomes(&console, &["token.created 1 500 due"]);
    console.clock.advance(TimeDelta::seconds(5));
    let second = receiver.next();
    becomes(&console, &["token.created 2 404 due"]);
    console.clock.advance(TimeDelta::minutes(1));
    let third = receiver.next();
    becomes(&console, &["token.created 3 204 delivered"]);
    for again in [&second, &third] {
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
        assert_ne!(again.header("webhook-signature"), first.header("webhook-signature"));
    }

    receiver.answers(&[const { Reply::Status(503) }; 7]);
    ada.issues("hopeless").await;
    for attempt in 1..=7 {
        receiver.next();
        let end = if attempt < 7 { "due" } else { "failed" };
        becomes(
            &console,
            &["token.created 3 204 delivered", &format!("token.created {attempt} 503 {end}")],
        );
        console.clock.advance(TimeDelta::hours(24));
    }
    assert!(receiver.all().is_empty());
    let kept = console.texts(
        "SELECT failure || ' ' || excerpt AS text FROM webhook_deliveries WHERE status = 503",
    );
    assert_eq!(kept, ["It answered 503. no thanks"]);
}

#[actix_web::test]
async fn a_redirect_is_not_followed() {
    let (console, receiver, elsewhere) =
        (Console::set_up(Clock::System, allowed).await, Receiver::start(), Receiver::start());
    let ada = console.owner("ada").await;
    webhook(&console, &ada, &receiver.url, &[Event::Created]).await;
    receiver.answers(&[Reply::RedirectTo(elsewhere.url.clone())]);
    ada.issues("relay").await;

    becomes(&console, &["token.created 1 307 due"]);
    let failure = console.texts("SELECT failure AS text FROM webhook_deliveries");
    assert_eq!(failure, ["It answered 307, and redirects are not followed."]);
    assert!(elsewhere.all().is_empty());
}

#[actix_web::test]
async fn a_private_address_is_refused_when_it_is_saved_and_again_when_it_is_told() {
    let receiver = Receiver::start();
    let console = Console::set_up(Clock::System, allowed).await;
    let ada = console.owner("ada").await;
    let local = receiver.url.replace("127.0.0.1", "localhost");
    webhook(&console, &ada, &receiver.url, &[Event::Created]).await;
    assert!(
        console.app.notices.clear("http://169.254.169.254/", &["token.created"]).await.is_err()
    );

    // What was allowed then is not any more, as when a name leads elsewhere than when it was saved.
    let console = console.restarted(|config| config.webhook_allow.clear());
    for url in [&receiver.url, &local, "http://[::1]:9/", "http://10.0.0.1/", "http://2130706433/"]
    {
        let refused = console.app.notices.clear(url, &["token.created"]).await.unwrap_err();
        let jeton::error::Error::Invalid(problems) = refused else { panic!("{refused}") };
        assert!(problems[0].message.contains("is not a public address"), "{problems:?}");
    }
    console.texts(&format!(
        "INSERT INTO webhooks (organization_id, url, events, secret, created_at)
         SELECT organization_id, '{local}', events, secret, created_at FROM webhooks RETURNING 'x' AS text"
    ));
    let ada = console.again(&ada);
    ada.issues("relay").await;

    becomes(&console, &["token.created 1 - due", "token.created 1 - due"]);
    for failure in console.texts("SELECT failure AS text FROM webhook_deliveries") {
        assert!(failure.contains("is not a public address. Whoever runs this"), "{failure}");
    }
    assert!(receiver.all().is_empty());
}

#[actix_web::test]
async fn one_that_never_answers_is_left_after_ten_seconds_and_holds_no_other_up() {
    let (console, silent, quick) =
        (Console::set_up(Clock::System, allowed).await, Receiver::start(), Receiver::start());
    let ada = console.owner("ada").await;
    webhook(&console, &ada, &silent.url, &[Event::Created]).await;
    webhook(&console, &ada, &quick.url, &[Event::Created]).await;
    silent.answers(&[Reply::Never]);
    let began = Instant::now();
    ada.issues("one").await;
    silent.next();
    for name in ["two", "three"] {
        ada.issues(name).await;
    }
    let told: Vec<_> =
        (0..3).map(|_| quick.next().json()["data"]["token"]["name"].clone()).collect();
    assert_eq!(told, ["one", "two", "three"]);
    assert!(began.elapsed().as_secs() < 8, "{:?}", began.elapsed());

    assert_eq!(silent.next().json()["data"]["token"]["name"], "two", "the others have their turn");
    let took = began.elapsed().as_secs();
    assert!((10..16).contains(&took), "{took} s");
    let failure =
        console.texts("SELECT failure AS text FROM webhook_deliveries WHERE failure IS NOT NULL");
    assert_eq!(failure, ["No answer within 10 seconds."]);
}

#[actix_web::test]
async fn a_signing_secret_outlives_the_instance_key_that_it_was_made_under() {
    let receiver = Receiver::start();
    let mut console = Console::set_up(Clock::System, allowed).await;
    let mut ada = console.owner("ada").await;
    let (_, secret) = webhook(&console, &ada, &receiver.url, &[Event::Created]).await;
    let sealed = |console: &Console| console.texts("SELECT secret::text AS text FROM webhooks");
    let before = sealed(&console);
    for name in ["first", "second"] {
        console = console.rekeyed();
        ada = console.again(&ada);
        ada.issues(name).await;
        assert_eq!(verified(&receiver.next(), &secret).await["data"]["token"]["name"], *name);
    }
    assert_ne!(sealed(&console), before);
    let console = console.restarted(|config| config.previous_secret_key = None);
    console.again(&ada).issues("third").await;
    verified(&receiver.next(), &secret).await;
}
