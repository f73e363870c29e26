//! Webhooks over the API.
use jeton::access::Role;
use jeton::clock::Clock;
use serde_json::{Value, json};

use crate::notices::allowed;
use crate::support::{Api, Console, Receiver};

const WEBHOOKS: &str = "/api/v2/organization/webhooks/";

/// The webhook's deliveries, once the newest is what it is to be.
async fn settled(api: &Api, at: &str, state: &str) -> Value {
    for _ in 0..200 {
        let deliveries = api.get(&format!("{at}deliveries/")).await.is(200).json();
        if deliveries[0]["state"] == state {
            return deliveries;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no delivery is {state}: {}", api.get(&format!("{at}deliveries/")).await.text)
}

#[actix_web::test]
async fn a_webhook_is_made_tested_paused_changed_and_deleted() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let wish = json!({ "url": receiver.url, "events": ["token.revoked", "token.created"] });
    let made = api.post(WEBHOOKS, &wish).await.is(201);
    let at = made.location().to_owned();
    let made = made.json();
    assert_eq!(made["events"], json!(["token.created", "token.revoked"]));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let shown = api.get(&at).await.is(200).json();
    assert_eq!((&shown["url"], shown.get("secret")), (&json!(receiver.url), None));
    assert_eq!(api.get(WEBHOOKS).await.is(200).json(), json!([shown]));

    let test = api.post(&format!("{at}test/"), &json!({})).await.is(202).json();
    assert_eq!((&test["event"], &test["state"]), (&json!("webhook.test"), &json!("waiting")));
    let told = receiver.next();
    assert_eq!(told.header("webhook-id"), test["message_id"].as_str().unwrap());
    let [delivery] =
        settled(&api, &at, "delivered").await.as_array().unwrap().clone().try_into().unwrap();
    assert_eq!((&delivery["status_code"], &delivery["attempts"]), (&json!(204), &json!(1)));
    assert!(delivery["duration_ms"].as_i64().unwrap() < 10_000, "{delivery}");

    let resend = format!("{at}deliveries/{}/resend/", delivery["id"]);
    let again = api.post(&resend, &json!({})).await.is(202).json();
    assert_eq!(again["message_id"], test["message_id"]);
    assert_ne!(again["id"], test["id"]);
    let same = receiver.next();
    assert_eq!((&same.body, same.header("webhook-id")), (&told.body, told.header("webhook-id")));

    let paused = api.patch(&at, &json!({ "is_active": false })).await.is(200).json();
    assert_eq!(paused["is_active"], false);
    ada.issues("unheard").await;
    assert_eq!(api.post(&format!("{at}test/"), &json!({})).await.is(409).code(), "CONFLICT");
    assert_eq!(api.post(&resend, &json!({})).await.is(409).code(), "CONFLICT");
    let change = json!({ "is_active": true, "events": ["token.dead_used"] });
    let changed = api.patch(&at, &change).await.is(200).json();
    assert_eq!(
        (&changed["is_active"], &changed["events"]),
        (&json!(true), &json!(["token.dead_used"]))
    );
    ada.issues("not picked").await;
    assert!(receiver.all().is_empty());

    let rotated = api.post(&format!("{at}secret/"), &json!({})).await.is(200).json();
    assert_ne!(rotated["secret"], made["secret"]);
    api.delete(&at).await.is(204);
    assert_eq!(api.delete(&at).await.is(404).code(), "WEBHOOK_NOT_FOUND");
    assert_eq!((console.rows("webhooks"), console.rows("webhook_deliveries")), (0, 0));
    let done: Vec<_> = console
        .audit_actions()
        .into_iter()
        .filter(|action| action.starts_with("webhook"))
        .collect();
    assert_eq!(
        done,
        ["created", "tested", "resent", "paused", "changed", "resumed", "rotated", "deleted"]
            .map(|deed| format!("webhook.{deed}"))
    );
}

#[actix_web::test]
async fn deliveries_are_listed_by_pages() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let wish = json!({ "url": receiver.url, "events": ["token.created"] });
    let at = api.post(WEBHOOKS, &wish).await.is(201).location().to_owned();
    for name in ["one", "two", "three"] {
        ada.issues(name).await;
    }
    let first = api.get(&format!("{at}deliveries/?limit=2")).await.is(200);
    let link = first.header("link").to_owned();
    let next = link.split_once(console.url.as_str()).unwrap().1.split_once('>').unwrap().0;
    let second = api.get(next).await.is(200);
    let ids = |answer: &Value| -> Vec<i64> {
        answer.as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
    };
    let all = [ids(&first.json()), ids(&second.json())].concat();
    assert_eq!(all, ids(&api.get(&format!("{at}deliveries/")).await.json()));
    assert_eq!((all.len(), second.header("link")), (3, ""));
    for bad in ["after=x", "limit=0", "before=1"] {
        api.get(&format!("{at}deliveries/?{bad}")).await.is(400);
    }
}

#[actix_web::test]
async fn what_cannot_be_told_is_refused_by_field() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let good = "https://93.184.216.34/";
    for (field, url, events) in [
        ("url", json!(""), json!(["token.created"])),
        ("url", json!("ftp://example.org/"), json!(["token.created"])),
        ("url", json!("https://ada:pw@example.org/"), json!(["token.created"])),
        ("url", json!("http://127.0.0.1/"), json!(["token.created"])),
        ("url", json!("http://localhost:9200/"), json!(["token.created"])),
        ("url", json!("http://[::ffff:10.0.0.1]/"), json!(["token.created"])),
        ("events", json!(good), json!([])),
        ("events", json!(good), json!(["token.sneezed"])),
        ("colour", json!(good), json!(["token.created"])),
    ] {
        let mut wish = json!({ "url": url, "events": events });
        if field == "colour" {
            wish["colour"] = json!("red");
        }
        let refused = api.post(WEBHOOKS, &wish).await.is(400);
        assert!(!refused.problem(field).is_empty(), "{wish}: {}", refused.text);
    }
    assert_eq!(console.rows("webhooks"), 0);
    let wish =
        |number: usize| json!({ "url": format!("{good}{number}"), "events": ["token.created"] });
    for number in 0..10 {
        api.post(WEBHOOKS, &wish(number)).await.is(201);
    }
    let enough = api.post(WEBHOOKS, &wish(10)).await.is(409);
    assert!(enough.says("at most 10 webhooks"), "{}", enough.text);
    api.delete(&format!("{WEBHOOKS}1/")).await.is(204);
    assert!(!api.post(WEBHOOKS, &wish(9)).await.is(400).problem("url").is_empty());
}

#[actix_web::test]
async fn webhooks_are_for_owners_and_of_one_organization() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    let mine = console.api(&ada.full_pat("all").await.text);
    let wish = json!({ "url": receiver.url, "events": ["token.created"] });
    let at = mine.post(WEBHOOKS, &wish).await.is(201).location().to_owned();
    mine.post(&format!("{at}test/"), &json!({})).await.is(202);

    let eve = console.owner_of("eve", "globex").await;
    let theirs = console.api(&eve.full_pat("all").await.text);
    assert_eq!(theirs.get(WEBHOOKS).await.is(200).json(), json!([]));
    for answer in [
        theirs.get(&at).await,
        theirs.patch(&at, &json!({ "is_active": false })).await,
        theirs.delete(&at).await,
        theirs.get(&format!("{at}deliveries/")).await,
        theirs.post(&format!("{at}test/"), &json!({})).await,
        theirs.post(&format!("{at}secret/"), &json!({})).await,
        theirs.post(&format!("{at}deliveries/1/resend/"), &json!({})).await,
    ] {
        assert_eq!(answer.is(404).code(), "WEBHOOK_NOT_FOUND");
    }
    let bob = console.member("bob", Role::Manager).await;
    let reader = ada.pat("reader", &["organization:read"]).await;
    for token in [bob.full_pat("all").await.text, reader.text, ada.issues("ci").await.text] {
        console.api(&token).get(WEBHOOKS).await.is(403);
        console.api(&token).post(WEBHOOKS, &wish).await.is(403);
    }
}
