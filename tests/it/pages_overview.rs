//! The overview, and the error page for whoever is signed in.
use jeton::access::Role;

use crate::support::{Answer, Console};

#[actix_web::test]
async fn owners_see_what_ends_next_and_what_asks_for_a_look() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Nightly report").await;
    let gone = ada.issues("Old gateway").await;
    assert_eq!(console.api(&gone.text).delete("/api/v2/token/").await.status, 204);
    for _ in 0..2 {
        console.api(&gone.text).get("/api/v2/token/").await;
        console.api(&token.text).get("/api/v2/token/").await;
    }
    console.note_uses();

    let page = ada.get("/orgs/acme").await;

    assert!(page.says("Nightly report") && page.says("in 180 days"), "{}", page.text);
    assert!(page.says("Old gateway") && page.says("Deleted, still tried 2 times today"));
    assert!(page.says("Accepted 3") && page.says("Dead secret 2"), "{}", page.text);
}

#[actix_web::test]
async fn one_unused_token_is_spoken_of_as_one() {
    let console = Console::at("2026-05-21T14:05:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Nightly report").await;
    let later = async |days| {
        console.clock.advance(chrono::TimeDelta::days(days));
        ada.signs_in().await;
        ada.get("/orgs/acme").await
    };
    assert!(later(91).await.says("it was never used"));

    console.api(&token.text).get("/api/v2/token/").await;
    console.note_uses();

    assert!(later(1).await.says("each was used since"));
    console.clock.advance(chrono::TimeDelta::days(-92));
    let second = ada.issues("Second").await;
    console.api(&second.text).get("/api/v2/token/").await;
    console.note_uses();
    assert!(later(92).await.says("it was used before"));
}

#[actix_web::test]
async fn other_members_see_figures_and_no_names() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.issues("Nightly report").await;
    let bob = console.member("bob", Role::Readonly).await;
    let page = bob.get("/orgs/acme").await;
    assert!(page.says("Active") && page.says("<strong>1</strong>"));
    assert!(!page.says("Nightly report") && !page.says("/settings/tokens"), "{}", page.text);
}

#[actix_web::test]
async fn an_error_leaves_whoever_is_signed_in_inside_the_console() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let lost = ada.get("/orgs/acme/settings/nothing").await;
    assert_eq!(lost.status, 404);
    assert!(lost.says("There is no such page") && lost.says("Organization settings"));
    assert!(!console.stranger().get("/nothing").await.says("Organization settings"));

    let ask = ada.request("GET", "/orgs/acme/projects/none/delete").header("HX-Request", "true");
    let notice = Answer::to(ask).await;
    assert_eq!((notice.status, notice.header("hx-retarget")), (404, "#toasts"));
    assert!(notice.says("There is no such project") && !notice.says("<html"));
}

#[actix_web::test]
async fn a_banner_says_how_many_tokens_end_within_a_fortnight() {
    let console = Console::at("2027-03-01T09:00:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    ada.issues("Nightly report").await;
    for path in ["/orgs/acme", "/orgs/acme/settings/tokens"] {
        assert!(!ada.get(path).await.is(200).says("within 14 days."), "{path}");
    }
    console.clock.advance(chrono::TimeDelta::days(170));
    ada.issues("Later").await;
    ada.signs_in().await;

    for path in ["/orgs/acme", "/orgs/acme/settings/tokens"] {
        let page = ada.get(path).await.is(200);
        assert!(page.says("1 token ends within 14 days.") && page.says("Show them"), "{path}");
    }
    let bob = console.member("bob", Role::Operator).await;
    let page = bob.get("/orgs/acme").await.is(200);
    assert!(page.says("1 token ends within 14 days.") && !page.says("Show them"));
}
