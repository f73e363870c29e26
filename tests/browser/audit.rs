//! The audit log: filtered while it is typed, and taken away as a file.
use crate::support::Console;

#[actix_web::test]
async fn the_log_is_filtered_as_one_types_and_exported_as_it_is_filtered() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    let bjorn = console.owner("björn").await;
    ada.issues("Webhook relay").await;
    bjorn.issues("Grafana bridge").await;
    ada.project("prd-greenhouse").await;
    browser.goto("/orgs/acme").await;
    browser.click("Audit log").await;
    for said in ["Webhook relay", "Grafana bridge", "Prd-greenhouse"] {
        browser.sees(said).await;
    }

    browser.fill("Who", "björn").await;
    browser.sees_no("Webhook relay").await;
    browser.sees("Grafana bridge").await;
    browser.focuses("Who").await;
    assert!(browser.place().await.contains("who=bj"));
    for export in ["Export CSV", "Export NDJSON"] {
        let file = browser.fetched(export).await;
        assert!(file.contains("Grafana bridge") && !file.contains("Webhook relay"), "{file}");
    }
    browser.fill("Who", "nobody").await;
    browser.sees("Nothing matches").await;
    browser.is_accessible().await;
    browser.click("Show all entries").await;

    browser.sees("Webhook relay").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_long_log_has_pages_and_each_has_an_address() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    for number in 1..=60 {
        ada.project(&format!("prd-{number:02}")).await;
    }
    browser.goto("/orgs/acme/audit").await;
    browser.sees("Prd-60").await;
    browser.sees_no("Prd-01").await;

    browser.click("Older").await;
    browser.sees("Prd-01").await;
    browser.sees_no("Prd-60").await;
    let older = browser.place().await;
    browser.back().await;
    browser.sees("Prd-60").await;
    browser.goto(&older).await;
    browser.sees("Prd-01").await;
    browser.click("Newer").await;

    browser.sees("Prd-60").await;
    browser.has_no_complaints().await;
}
