//! Finding a token among many: search, states, orders, pages.
use crate::support::{Console, Person};

const LIST: &str = "/orgs/acme/settings/tokens";

/// Enough for a second page.
async fn many(ada: &Person) {
    for number in 1..=27 {
        ada.issues(&format!("Sensor {number:02}")).await;
    }
    ada.issues("Webhook relay").await;
}

#[actix_web::test]
async fn a_search_finds_by_name_and_by_the_first_letters_while_it_is_typed() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    many(&ada).await;
    let token = ada.issues("Grafana bridge").await;
    browser.goto(LIST).await;

    browser.fill("Search tokens", "relay").await;
    browser.sees_no("Sensor").await;
    browser.sees("Webhook relay").await;
    browser.focuses("Search tokens").await;
    assert!(browser.place().await.contains("search=relay"));
    browser.fill("Search tokens", &token.text[8..16]).await;
    browser.sees("Grafana bridge").await;
    browser.sees_no("Webhook relay").await;
    browser.fill("Search tokens", "nothing like it").await;
    browser.sees("Show all tokens").await;
    browser.is_accessible().await;
    browser.click("Show all tokens").await;

    browser.sees("Sensor").await;
    assert_eq!(browser.value("Search tokens").await, "");
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_state_an_order_and_a_page_are_links_that_can_be_kept() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    many(&ada).await;
    browser.goto(LIST).await;
    browser.sees("25 of 28 tokens").await;

    browser.menu("Sort").await;
    browser.click("Name").await;
    browser.sees("Sensor 01").await;
    browser.sees_no("Webhook relay").await;
    browser.click("Next").await;
    browser.sees("Webhook relay").await;
    browser.sees_no("Sensor 01").await;
    let kept = browser.place().await;
    browser.back().await;
    browser.sees("Sensor 01").await;
    browser.goto(&kept).await;
    browser.sees("Webhook relay").await;
    browser.menu("Actions for Webhook relay").await;
    browser.click("Disable").await;
    browser.sees("“Webhook relay” is disabled").await;
    browser.reload().await;
    browser.click("Disabled 1").await;

    browser.sees_no("Sensor").await;
    browser.sees("Webhook relay").await;
    assert!(browser.place().await.contains("state=disabled"));
    browser.has_no_complaints().await;
}
