//! Rotating a secret, and ending the grace of the old one.
use super::{TOKENS, secret_in};
use crate::support::{Console, Person, TestToken};

async fn status(console: &Console, secret: &str) -> u16 {
    console.api(secret).get("/api/v2/token/").await.status
}

async fn rotate(ada: &Person, token: &TestToken, grace: &str) -> String {
    let answer = ada.post(&format!("{TOKENS}/{}/rotate", token.id), &[("grace", grace)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.says("“CI” has a new secret") && answer.header("cache-control") == "no-store");
    secret_in(&answer).unwrap()
}

#[actix_web::test]
async fn the_old_secret_works_on_until_its_grace_is_ended() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let page = format!("{TOKENS}/{}", token.id);
    assert!(
        ada.part(&format!("{page}/rotate")).await.says("value=\"86400\" checked"),
        "a day is usual"
    );

    let new = rotate(&ada, &token, "86400").await;

    assert_eq!((status(&console, &new).await, status(&console, &token.text).await), (200, 200));
    console.note_uses();
    let shown = ada.get(&page).await;
    for said in [
        "The old secret is still in use.",
        "Generation 2",
        "In grace",
        "old secret works on for: 24 hours",
    ] {
        assert!(shown.says(said), "{said}: {}", shown.text);
    }
    assert!(!shown.says(&new), "it was shown once");
    assert!(ada.get(&format!("{page}/end-grace")).await.says("End the grace period of “CI”?"));

    let ended = ada.post(&format!("{page}/end-grace"), &[]).await;

    assert_eq!((ended.status, ended.location()), (303, page.as_str()));
    assert_eq!((status(&console, &new).await, status(&console, &token.text).await), (200, 401));
    let shown = ada.get(&page).await;
    assert!(shown.says("Retired") && !shown.says("still in use"), "{}", shown.text);
    let again = ada.post(&format!("{page}/end-grace"), &[]).await;
    assert!(
        again.status == 409 && again.says("No old secret of this token works any more"),
        "{}",
        again.text
    );
}

#[actix_web::test]
async fn without_grace_the_old_secret_stops_at_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;

    let new = rotate(&ada, &token, "0").await;

    assert_eq!((status(&console, &new).await, status(&console, &token.text).await), (200, 401));
    assert!(ada.part(&format!("{TOKENS}/{}/first-use/2", token.id)).await.status == 200);
    assert_eq!(ada.part(&format!("{TOKENS}/{}/first-use/3", token.id)).await.status, 404);
}

#[actix_web::test]
async fn only_the_offered_times_are_taken() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let before = (console.rows("token_secrets"), console.rows("audit_events"));
    for grace in ["", "1", "-1", "604801", "a day"] {
        let answer = ada.post(&format!("{TOKENS}/{}/rotate", token.id), &[("grace", grace)]).await;
        assert_eq!(answer.status, 422, "{grace:?}");
        assert!(answer.says("Choose how long the old secret works on."), "{}", answer.text);
        assert_eq!(secret_in(&answer), None);
    }
    assert_eq!((console.rows("token_secrets"), console.rows("audit_events")), before);
}
