//! Organization settings > Webhooks.
use jeton::clock::Clock;

use crate::notices::allowed;
use crate::support::{Console, Receiver, Reply};

const WEBHOOKS: &str = "/orgs/acme/settings/webhooks";

#[actix_web::test]
async fn a_webhook_is_added_and_its_secret_stands_in_that_answer_only() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    assert!(ada.get(WEBHOOKS).await.is(200).says("No webhooks yet"));
    let typed = [("url", "http://10.0.0.1/x"), ("events", "token.revoked")];
    let refused = ada.post(WEBHOOKS, &typed).await.is(422);
    assert!(refused.says("10.0.0.1, which is not a public address"), "{}", refused.text);
    assert!(
        refused.says("value=\"http://10.0.0.1/x\"")
            && refused.says("value=\"token.revoked\" checked")
    );
    let refused = ada.post(WEBHOOKS, &[("url", &receiver.url)]).await.is(422);
    assert!(refused.says("id=\"events-e\"") && refused.says("Pick at least one event."));
    assert_eq!(console.rows("webhooks"), 0);

    let form =
        [("url", receiver.url.as_str()), ("events", "token.created"), ("events", "token.expiring")];
    let made = ada.post(WEBHOOKS, &form).await.is(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let secret = made.text.split("whsec_").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(made.says("You won’t see it again."));
    let again = ada.post(WEBHOOKS, &form).await.is(422);
    assert!(again.says("There is a webhook to this address already"), "{}", again.text);
    for path in
        [WEBHOOKS, &format!("{WEBHOOKS}/1"), &format!("{WEBHOOKS}/1/edit"), "/orgs/acme/audit"]
    {
        let page = ada.get(path).await.is(200);
        assert!(!page.says("whsec_") && !page.says(&secret), "{path}");
        assert!(page.says("127.0.0.1"), "{path}");
    }
    assert!(!ada.get("/orgs/acme/audit").await.says("/jeton<"), "a path may be a secret");
}

#[actix_web::test]
async fn a_page_shows_what_was_told_and_sends_it_again() {
    let (console, receiver) = (Console::set_up(Clock::System, allowed).await, Receiver::start());
    let ada = console.owner("ada").await;
    ada.post(WEBHOOKS, &[("url", &receiver.url), ("events", "token.created")]).await.is(201);
    let page = format!("{WEBHOOKS}/1");
    receiver.answers(&[Reply::Status(500)]);
    let sent = ada.post(&format!("{page}/test"), &[]).await.is(303);
    assert_eq!(sent.location(), page);
    receiver.next();
    let mut shown = ada.get(&page).await.is(200);
    assert!(shown.says("Test sent") && shown.says("every 1s"));
    for _ in 0..100 {
        shown = ada.get(&page).await.is(200);
        if shown.says("It answered 500.") {
            break;
        }
        actix_web::rt::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(
        shown.says("It answered 500. 1 attempt, the next") && shown.says("no thanks"),
        "{}",
        shown.text
    );
    ada.post(&format!("{page}/deliveries/1/resend"), &[]).await.is(303);
    assert_eq!(receiver.next().json()["type"], "webhook.test");

    ada.post(&format!("{page}/pause"), &[]).await.is(303);
    let paused = ada.get(&page).await.is(200);
    assert!(paused.says("Paused.") && !paused.says("Send again") && !paused.says("every 1s"));
    ada.post(&format!("{page}/test"), &[]).await.is(409);
    ada.post(&format!("{page}/resume"), &[]).await.is(303);
    let form = [("url", receiver.url.as_str()), ("events", "token.revoked")];
    ada.post(&format!("{page}/edit"), &form).await.is(303);
    assert!(ada.get(&page).await.says("A token was deleted"));
    let rotated = ada.post(&format!("{page}/secret"), &[]).await.is(200);
    assert!(rotated.says("whsec_") && !ada.get(&page).await.says("whsec_"));
    ada.post(&format!("{page}/delete"), &[]).await.is(303);
    assert!(ada.get(WEBHOOKS).await.says("is told no more."));
    ada.get(&page).await.is(404);
}
