//! Which notices of a token's end are sent, to whom, and that each is sent once.
use chrono::TimeDelta;
use jeton::access::Role;
use jeton::clock::Clock;
use serde_json::Value;

use super::{announces, ends, ends_own, sends, start};
use crate::support::{Console, MailServer};

/// Whom each went to, and what it says, in order.
fn told(mails: &[Value]) -> Vec<String> {
    let mut told: Vec<_> = mails
        .iter()
        .map(|mail| {
            let to = mail["recipients"][0].as_str().unwrap();
            format!("{} {}", to, mail["headers"]["subject"].as_str().unwrap())
        })
        .collect();
    told.sort();
    told
}

#[actix_web::test]
async fn owners_and_holders_are_told_once_each_whichever_instance_is_asked() {
    let server = MailServer::start();
    let clock = Clock::stopped(start());
    let (one, two) =
        Console::two_set_up(clock.clone(), |config| config.mail = Some(server.config())).await;
    let ada = one.owner("ada").await;
    one.owner("grace").await;
    let bob = one.member("bob", Role::Operator).await;
    one.owner_of("eve", "globex").await;
    let end = start() + TimeDelta::days(60);
    ends(&ada, "relay", end).await;
    ends_own(&bob, "laptop", end).await;

    for (days, said) in [
        (30, "in 30 days"),
        (14, "in 14 days"),
        (7, "in 7 days"),
        (3, "in 3 days"),
        (1, "in 24 hours"),
    ] {
        clock.advance(end - TimeDelta::days(days) - clock.now() - TimeDelta::seconds(1));
        assert_eq!(announces(&one) + announces(&two), 0, "{days} days before, and a second");
        clock.advance(TimeDelta::seconds(1));
        std::thread::scope(|both| {
            for console in [&one, &two, &one, &two] {
                both.spawn(|| (announces(console), sends(console)));
            }
        });
        clock.advance(TimeDelta::hours(3));
        assert_eq!((announces(&one), announces(&two)), (0, 0));

        let expected = [
            format!("ada@example.org The token “relay” ends {said}"),
            format!("bob@example.org The token “laptop” ends {said}"),
            format!("grace@example.org The token “relay” ends {said}"),
        ];
        let mut mails: Vec<_> = (0..3).map(|_| server.next()).collect();
        mails.extend(server.all());
        assert_eq!(told(&mails), expected);
    }
}

#[actix_web::test]
async fn a_server_that_was_down_tells_of_the_nearest_only() {
    let server = MailServer::start();
    let mut down = Console::set_up(Clock::stopped(start()), |_| ()).await;
    let ada = down.owner("ada").await;
    let end = start() + TimeDelta::days(60);
    ends(&ada, "relay", end).await;

    down.clock.advance(TimeDelta::days(55));
    down = down.restarted(|config| config.mail = Some(server.config()));
    announces(&down);
    sends(&down);

    assert_eq!(told(&[server.next()]), ["ada@example.org The token “relay” ends in 5 days"]);
    assert!(server.all().is_empty());
    let days = down.texts("SELECT days::text AS text FROM expiry_notices");
    assert_eq!(days, ["7"]);
}

#[actix_web::test]
async fn an_end_that_is_moved_is_told_anew_and_what_is_dead_is_not() {
    let server = MailServer::start();
    let console =
        Console::set_up(Clock::stopped(start()), |config| config.mail = Some(server.config()))
            .await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let end = start() + TimeDelta::days(40);
    let moved = ends(&ada, "moved", end).await;
    let revoked = ends(&ada, "revoked", end).await;
    let disabled = ends(&ada, "disabled", end).await;
    ends(&ada, "short", start() + TimeDelta::days(9)).await;
    let at = |id| format!("/api/v2/organization/tokens/{id}/");
    api.delete(&at(revoked.id)).await.is(204);
    api.patch(&at(disabled.id), &serde_json::json!({ "is_active": false })).await.is(200);
    assert_eq!(announces(&console), 0, "whoever makes a token for nine days knows that it ends");

    console.clock.advance(TimeDelta::days(10));
    announces(&console);
    sends(&console);
    assert_eq!(told(&[server.next()]), ["ada@example.org The token “moved” ends in 30 days"]);
    let later = start() + TimeDelta::days(100);
    api.patch(&at(moved.id), &serde_json::json!({ "expires_at": later })).await.is(200);
    console.clock.advance(TimeDelta::days(59));
    assert_eq!(announces(&console), 0);
    console.clock.advance(TimeDelta::days(1));
    announces(&console);
    sends(&console);

    assert_eq!(told(&[server.next()]), ["ada@example.org The token “moved” ends in 30 days"]);
    assert!(server.all().is_empty());
}

#[actix_web::test]
async fn what_changed_while_a_mail_waited_is_looked_at_before_it_is_sent() {
    let server = MailServer::start();
    let console =
        Console::set_up(Clock::stopped(start()), |config| config.mail = Some(server.config()))
            .await;
    let ada = console.owner("ada").await;
    let token = ends(&ada, "relay", start() + TimeDelta::days(31)).await;
    // By hand, so that no chore sends it before it is deleted.
    let wait =
        "UPDATE expiry_notices SET due_at = due_at + interval '1 hour' RETURNING 'x' AS text";
    console.clock.advance(TimeDelta::days(2));
    let note = format!(
        "INSERT INTO expiry_notices (token_id, expires_at, days, user_id, created_at, due_at)
         SELECT id, expires_at, 30, {}, now(), '2027-03-03T10:00:00Z' FROM tokens WHERE id = {}
         RETURNING 'x' AS text",
        ada.id, token.id
    );
    assert_eq!(console.texts(&note).len(), 1);
    assert_eq!(announces(&console), 0, "it is written down already");
    assert_eq!(console.texts(wait).len(), 1);
    let api = console.api(&ada.full_pat("all").await.text);
    api.delete(&format!("/api/v2/organization/tokens/{}/", token.id)).await.is(204);

    console.clock.advance(TimeDelta::hours(3));
    assert_eq!(sends(&console), 0);

    assert!(server.all().is_empty());
    let failure = console.texts("SELECT failure AS text FROM expiry_notices WHERE due_at IS NULL");
    assert!(failure[0].contains("changed before it could be sent"), "{failure:?}");
}
