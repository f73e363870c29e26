//! Guessing passwords grows slow, for the account and for the address.
use chrono::TimeDelta;

use super::{noon, sign_in};
use crate::support::{Console, PASSWORD};

#[actix_web::test]
async fn after_some_failures_an_account_must_wait_and_is_told_how_long() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let stranger = console.stranger();
    for _ in 0..6 {
        assert_eq!(sign_in(&stranger, &ada.email, "wrong").await.status, 401);
    }

    let refused = sign_in(&stranger, " ADA@example.org", PASSWORD).await;

    assert_eq!(refused.status, 429, "in any spelling, and with the right password too");
    assert_eq!(refused.header("retry-after"), "2");
    assert!(refused.says("Too many attempts. Try again in 2 seconds."), "{}", refused.text);
    assert!(!refused.says(PASSWORD));
    assert_eq!(refused.header("set-cookie"), "");
}

#[actix_web::test]
async fn after_the_wait_the_account_is_free_again() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let stranger = console.stranger();
    while sign_in(&stranger, &ada.email, "wrong").await.status != 429 {}

    console.clock.advance(TimeDelta::seconds(2));

    assert_eq!(sign_in(&stranger, &ada.email, PASSWORD).await.status, 303);
    assert_eq!(sign_in(&stranger, &ada.email, "wrong").await.status, 401, "it starts anew");
}

#[actix_web::test]
async fn each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let stranger = console.stranger();
    let mut waits = Vec::new();
    while waits.len() < 11 {
        let answer = sign_in(&stranger, &ada.email, "wrong").await;
        if answer.status == 429 {
            let wait: i64 = answer.header("retry-after").parse().unwrap();
            waits.push(wait - 1);
            console.clock.advance(TimeDelta::seconds(wait));
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
}

#[actix_web::test]
async fn an_address_that_tries_many_accounts_must_wait_too() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let stranger = console.stranger();
    let mut tried = 0;
    while sign_in(&stranger, &format!("user{tried}@example.org"), "wrong").await.status == 401 {
        tried += 1;
        assert!(tried < 50, "nobody stops it");
    }
    assert!(tried >= 20, "an address may stand for many people: {tried}");

    let refused = sign_in(&stranger, &ada.email, PASSWORD).await;
    assert_eq!(refused.status, 429);

    console.clock.advance(TimeDelta::minutes(15));
    assert_eq!(sign_in(&stranger, &ada.email, PASSWORD).await.status, 303);
}
