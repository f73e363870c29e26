//! What the record of use tells an owner: an old secret that is still needed, a dead one that is
//! still tried.
use chrono::{TimeDelta, Utc};

use super::TOKENS;
use crate::support::{Answer, Console, Person};

/// Calls so often with this secret, from 127.0.0.1, as curl does.
async fn call(console: &Console, secret: &str, times: usize) -> u16 {
    let mut status = 0;
    for _ in 0..times {
        let call = console.api(secret).request("GET", "/api/v2/token/");
        status = Answer::to(call.header("user-agent", "curl/8.14.1")).await.status;
    }
    console.note_uses();
    status
}

async fn rotate(ada: &Person, page: &str, grace: &str) {
    ada.post(&format!("{page}/rotate"), &[("grace", grace)]).await.is(200);
}

/// The text that someone reads, without the markup.
fn read(answer: &Answer) -> String {
    let parts = answer.text.split('<').map(|part| part.split_once('>').map_or(part, |(_, it)| it));
    parts.collect()
}

#[actix_web::test]
async fn a_secret_in_grace_says_how_often_and_whence_it_is_still_used() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let page = format!("{TOKENS}/{}", token.id);
    call(&console, &token.text, 5).await;

    rotate(&ada, &page, "86400").await;

    let quiet = read(&ada.get(&page).await);
    assert!(
        quiet.contains("The old secret is not used any more.")
            && quiet.contains("no call with it since it was replaced just now"),
        "{quiet}"
    );
    assert_eq!(call(&console, &token.text, 3).await, 200);
    let used = read(&ada.get(&page).await);
    let said = "The old secret is still in use. 3 calls since it was replaced just now, \
                the last just now from 127.0.0.1, curl/8.14.1. It works on until tomorrow, ";
    assert!(used.contains(said) && used.contains("End grace now"), "{used}");

    // Of two old ones the one that is used is told of.
    rotate(&ada, &page, "3600").await;
    assert!(read(&ada.get(&page).await).contains(" 3 calls since it was replaced"));
    ada.post(&format!("{page}/end-grace"), &[]).await;
    let ended = read(&ada.get(&page).await);
    assert!(!ended.contains("still in use") && !ended.contains("not used any more"), "{ended}");
}

#[actix_web::test]
async fn a_secret_that_was_rotated_out_and_is_still_tried_is_told_of() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let page = format!("{TOKENS}/{}", token.id);
    rotate(&ada, &page, "0").await;

    assert_eq!(call(&console, &token.text, 2).await, 401);

    let shown = read(&ada.get(&page).await);
    for said in [
        "An old secret of it is still tried. 2 calls today were refused, the last just now from \
         127.0.0.1, curl/8.14.1. Give whatever runs there the new value.",
        "2 while dead",
        "tried just now from 127.0.0.1",
        "2 with a dead secret",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let list = read(&ada.get(TOKENS).await);
    assert!(list.contains("Active") && list.contains("old secret still tried 2 times today"));
}

#[actix_web::test]
async fn each_kind_of_dead_token_says_what_can_be_done() {
    let console = Console::at(Utc::now()).await;
    let ada = console.owner("ada").await;
    let [off, gone, over] =
        [ada.issues("off").await, ada.issues("gone").await, ada.issues("over").await];
    console.clock.advance(TimeDelta::days(181));
    ada.signs_in().await;
    ada.post(&format!("{TOKENS}/{}/disable", off.id), &[]).await;
    ada.post(&format!("{TOKENS}/{}/delete", gone.id), &[]).await;
    for (token, remedy) in [
        (&off, "Enable the token, or stop whatever runs there."),
        (&gone, "Give whatever runs there another token, or stop it."),
        (&over, "Set another expiry, or give whatever runs there another token."),
    ] {
        assert_eq!(call(&console, &token.text, 1).await, 401);
        let shown = read(&ada.get(&format!("{TOKENS}/{}", token.id)).await);
        let said = format!(
            "It is still tried. 1 call today was refused, the last just now from 127.0.0.1, \
             curl/8.14.1. {remedy}"
        );
        assert!(shown.contains(&said), "{said}: {shown}");
    }
    let list = read(&ada.get(TOKENS).await);
    assert_eq!(list.matches("still tried once today").count(), 3, "{list}");

    console.clock.advance(TimeDelta::hours(25));
    ada.signs_in().await;
    let page = format!("{TOKENS}/{}", gone.id);
    assert!(!read(&ada.get(&page).await).contains("still tried"), "it is no news any more");
}

#[actix_web::test]
async fn a_personal_token_tells_its_holder_the_same() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (laptop, gone) = (ada.full_pat("laptop").await, ada.full_pat("gone").await);
    let rotate = format!("/account/tokens/{}/rotate", laptop.id);
    ada.post(&rotate, &[("grace", "3600")]).await.is(200);
    assert!(read(&ada.get("/account").await).contains("No call since it was replaced."));
    ada.post(&format!("/account/tokens/{}/delete", gone.id), &[]).await;

    call(&console, &laptop.text, 2).await;
    assert_eq!(call(&console, &gone.text, 1).await, 401);

    let shown = read(&ada.get("/account").await);
    for said in [
        "2 calls since it was replaced, the last just now from 127.0.0.1, curl/8.14.1.",
        "Still tried. 1 call today was refused, the last just now from 127.0.0.1, curl/8.14.1.",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}
