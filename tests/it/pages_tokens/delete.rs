//! Deleting: asked twice, and by name while the token is in use.
use chrono::{TimeDelta, Utc};

use super::{TOKENS, names};
use crate::support::Console;

#[actix_web::test]
async fn a_token_that_nobody_uses_goes_without_its_name() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let delete = format!("{TOKENS}/{}/delete", token.id);
    let dialog = ada.part(&delete).await;
    assert!(dialog.says("Delete “CI”?") && dialog.says("It was never used."), "{}", dialog.text);
    assert!(!dialog.says("name=\"confirm\""));

    let gone = ada.post(&delete, &[("from", "sort=name")]).await;

    assert_eq!((gone.status, gone.location()), (303, "/orgs/acme/settings/tokens?sort=name"));
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 401);
    let list = ada.get(&format!("{TOKENS}?state=revoked")).await;
    assert_eq!(names(&list), ["CI"]);
    assert!(list.says("“CI” is deleted") && list.says("Revoked"), "{}", list.text);
    assert_eq!(console.audit_actions().pop().unwrap(), "token.revoked");
}

#[actix_web::test]
async fn a_token_in_use_goes_by_its_name_only() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    console.api(&token.text).get("/api/v2/token/").await;
    console.note_uses();
    let delete = format!("{TOKENS}/{}/delete", token.id);
    let dialog = ada.part(&delete).await;
    assert!(dialog.says("In use.") && dialog.says("Type “CI” to confirm"), "{}", dialog.text);
    let before = console.rows("audit_events");

    for wrong in ["", "ci", "CI2"] {
        let answer = ada.post(&delete, &[("confirm", wrong)]).await;
        assert_eq!(answer.status, 422, "{wrong:?}");
        assert!(answer.says("it was used in the last 24 hours"), "{}", answer.text);
    }
    assert_eq!(console.rows("audit_events"), before);
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);

    let gone = ada.post(&delete, &[("confirm", "CI")]).await;

    assert_eq!((gone.status, gone.location()), (303, "/orgs/acme/settings/tokens/1"));
    assert!(ada.get(&format!("{TOKENS}/{}", token.id)).await.says("deleted the token"));
}

#[actix_web::test]
async fn a_day_after_its_last_use_a_token_goes_without_its_name() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    console.api(&token.text).get("/api/v2/token/").await;
    console.note_uses();

    console.clock.advance(TimeDelta::hours(25));
    ada.signs_in().await;

    let delete = format!("{TOKENS}/{}/delete", token.id);
    let dialog = ada.part(&delete).await;
    assert!(dialog.says("1 day ago") && !dialog.says("name=\"confirm\""), "{}", dialog.text);
    assert_eq!(ada.post(&delete, &[]).await.status, 303);
}

#[actix_web::test]
async fn attempts_with_a_dead_token_are_shown_on_its_page() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    ada.post(&format!("{TOKENS}/{}/delete", token.id), &[]).await;

    for _ in 0..3 {
        console.api(&token.text).get("/api/v2/token/").await;
    }
    console.note_uses();

    let page = ada.get(&format!("{TOKENS}/{}", token.id)).await;
    assert!(
        page.says("It is still tried.") && page.says("3 calls today were refused"),
        "{}",
        page.text
    );
    assert!(page.says("127.0.0.1"));
    assert!(ada.get(TOKENS).await.says("still tried 3 times today"));
}
