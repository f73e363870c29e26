//! What a mail says, and what becomes of one when the mail server is in trouble.
use std::net::TcpListener;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use jeton::clock::Clock;
use serde_json::Value;

use super::{announces, ends, ends_own, sends, start};
use crate::support::{Console, MailServer, Person, sent_through};

/// A console with a token whose owner is to be told of its end now.
async fn due(server: &str) -> (Console, Person) {
    let console =
        Console::set_up(Clock::stopped(start()), |config| config.mail = Some(sent_through(server)))
            .await;
    let ada = console.owner("ada").await;
    ends(&ada, "relay", start() + TimeDelta::days(31)).await;
    console.clock.advance(TimeDelta::days(2));
    announces(&console);
    (console, ada)
}

/// Attempts, whether there will be another, and why the last one failed. The console's own chore
/// sends too, and perhaps it is the one that is at it.
#[track_caller]
fn becomes(console: &Console, expected: &str) {
    let notice = || {
        console.texts(
            "SELECT attempts || ' ' || (due_at IS NOT NULL) || ' ' || coalesce(failure, '-') AS text
             FROM expiry_notices",
        )
    };
    let since = Instant::now();
    while notice() != [expected] && since.elapsed().as_secs() < 20 {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(notice(), [expected]);
}

#[actix_web::test]
async fn a_mail_says_what_ends_when_and_where_to_go_and_holds_no_secret() {
    let server = MailServer::start();
    let console =
        Console::set_up(Clock::stopped(start()), |config| config.mail = Some(server.config()))
            .await;
    let ada = console.owner("ada").await;
    let end = start() + TimeDelta::days(31);
    let relay = ends(&ada, "relay <b>&", end).await;
    let own = ends_own(&ada, "laptop", end).await;
    console.clock.advance(TimeDelta::days(2));
    announces(&console);
    sends(&console);

    let mut mails = [server.next(), server.next()];
    mails.sort_by_key(|mail| mail["headers"]["subject"].to_string());
    let [laptop, relayed] = mails;
    let text = relayed["text"].as_str().unwrap();
    for said in [
        "Hello ada,",
        &format!("the organization token “relay <b>&” ({}...) of Acme", &relay.text[..16]),
        "ends in 29 days, on 1 April 2027, 09:00 UTC.",
        "It has not been used so far.",
        &format!("{}/orgs/acme/settings/tokens/{}", console.url, relay.id),
        "because you are an owner of Acme.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(relayed["html"].as_str().unwrap().contains("“relay &#60;b&#62;&#38;”"));
    let text = laptop["text"].as_str().unwrap();
    for said in [
        "the personal access token “laptop”",
        &format!("{}/account#personal-access-tokens", console.url),
        "because the token is yours.",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for (mail, token) in [(&relayed, &relay), (&laptop, &own)] {
        let header = |name: &str| mail["headers"][name].as_str().unwrap().to_owned();
        assert_eq!(header("from"), "Jeton <jeton@example.org>");
        assert_eq!(header("to"), "ada <ada@example.org>");
        assert_eq!(header("auto-submitted"), "auto-generated");
        assert_eq!(header("date"), "Wed, 03 Mar 2027 09:00:00 +0000");
        assert!(header("message-id").ends_with("@127.0.0.1>"), "{}", header("message-id"));
        assert!(!mail.to_string().contains(&token.text[16..]));
    }
}

#[actix_web::test]
async fn a_mail_server_that_is_down_gets_the_mail_once_it_is_back() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (console, ada) = due(&format!("smtp://127.0.0.1:{port}")).await;
    assert_eq!(sends(&console), 0);
    becomes(&console, "1 true the mail server could not be reached");
    assert_eq!(sends(&console), 0);
    becomes(&console, "1 true the mail server could not be reached");
    ada.signs_in().await;
    let page = ada.get("/orgs/acme/settings/tokens/1").await.is(200);
    assert!(page.says("the mail server could not be reached"), "{}", page.text);

    let server = MailServer::start();
    let console = console.restarted(|config| config.mail = Some(server.config()));
    console.clock.advance(TimeDelta::minutes(2));
    sends(&console);

    assert_eq!(server.next()["recipients"], serde_json::json!(["ada@example.org"]));
    assert!(server.all().is_empty());
    assert_eq!(
        console
            .texts("SELECT attempts::text AS text FROM expiry_notices WHERE sent_at IS NOT NULL"),
        ["2"]
    );
}

#[actix_web::test]
async fn a_mail_that_is_refused_is_tried_for_two_days_and_then_given_up() {
    let mut server = MailServer::start();
    server.is_to("refuse");
    let (console, ada) = due(&format!("smtp://127.0.0.1:{}", server.port)).await;
    for attempt in 1..=8 {
        sends(&console);
        let again = attempt < 8;
        becomes(&console, &format!("{attempt} {again} the mail server refused it (550)"));
        console.clock.advance(TimeDelta::hours(24));
    }
    server.is_to("accept");
    assert_eq!(sends(&console), 0);
    assert!(server.all().is_empty());
    ada.signs_in().await;
    let page = ada.get("/orgs/acme/settings/tokens/1").await.is(200);
    assert!(page.says("the mail server refused it (550)"), "{}", page.text);
}

#[actix_web::test]
async fn a_mail_server_that_says_nothing_is_left_after_ten_seconds_and_holds_nothing_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let (console, ada) = due(&format!("smtp://127.0.0.1:{port}")).await;
    ada.signs_in().await;
    let began = Instant::now();
    std::thread::scope(|both| {
        both.spawn(|| sends(&console));
        let busy =
            || console.texts("SELECT id::text AS text FROM expiry_notices WHERE attempts = 1");
        while busy().is_empty() {}
    });
    let took = began.elapsed().as_secs();
    assert!((9..15).contains(&took), "{took} s");
    becomes(&console, "1 true the mail server did not answer in time");
    ada.get("/orgs/acme/settings/tokens/1").await.is(200);
}

#[actix_web::test]
async fn an_address_that_mail_cannot_go_to_keeps_no_other_mail_from_going() {
    let server = MailServer::start();
    let console =
        Console::set_up(Clock::stopped(start()), |config| config.mail = Some(server.config()))
            .await;
    let ada = console.owner("ada").await;
    console.owner("grace").await;
    console
        .texts("UPDATE users SET email = 'ada@exa,mple' WHERE name = 'ada' RETURNING 'x' AS text");
    ends(&ada, "relay", start() + TimeDelta::days(31)).await;
    console.clock.advance(TimeDelta::days(2));
    announces(&console);
    sends(&console);

    let to: Value = server.next()["recipients"].take();
    assert_eq!(to, serde_json::json!(["grace@example.org"]));
    let failures =
        console.texts("SELECT failure AS text FROM expiry_notices WHERE failure IS NOT NULL");
    assert_eq!(failures, ["ada@exa,mple is no address that mail can go to"]);
}
