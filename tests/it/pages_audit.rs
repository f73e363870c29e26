//! The audit log and its exports.
use chrono::TimeDelta;
use jeton::access::Role;
use jeton::audit::{self, Action, Subject};
use serde_json::{Value, json};

use crate::support::{Console, Person};

const LOG: &str = "/orgs/acme/audit";

/// Entries that somebody could have made, without the work of making them.
async fn entries(console: &Console, ada: &Person, number: usize) {
    let (by, organization) = (ada.actor(), ada.organization);
    let write = console.app.db.write(move |tx| {
        for n in 0..number {
            let name = format!("project-{n}");
            let subject =
                Subject { kind: "project", id: None, name, organization: Some(organization) };
            audit::record(tx, &by, Action::ProjectCreated, subject, json!({}))?;
        }
        Ok(())
    });
    write.await.unwrap();
}

#[actix_web::test]
async fn the_log_says_who_did_what_in_words() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    ada.post("/orgs/acme/projects/prd-greenhouse/rename", &[("name", "Glass house")]).await;

    let page = ada.get(LOG).await;

    assert!(page.says("created the project") && page.says("renamed the project"));
    assert!(page.says("name: Prd-greenhouse → Glass house"), "{}", page.text);
}

#[actix_web::test]
async fn filters_narrow_and_what_cannot_be_read_is_named() {
    let console = Console::at("2026-11-21T14:05:00Z".parse().unwrap()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    console.clock.advance(TimeDelta::days(2));
    let ben = console.owner("ben").await;
    ben.project("prd-greenhouse").await;

    ada.signs_in().await;
    let of = async |filter: &str| ada.get(&format!("{LOG}?{filter}")).await;
    let (by_action, by_who) = (of("action=project.created").await, of("who=BEN").await);
    for page in [&by_action, &by_who, &of("from=2026-11-23").await] {
        assert!(page.says("prd-greenhouse") && !page.says("created the token"), "{}", page.text);
    }
    for page in [&of("to=2026-11-21").await, &of(&format!("token={}", token.id)).await] {
        assert!(page.says("created the token") && !page.says("prd-greenhouse"));
    }
    assert!(of("who=nobody").await.says("Nothing matches"));
    for bad in ["action=x", "from=x", "to=2026-02-30", "token=x", "before=x"] {
        assert_eq!(of(bad).await.status, 422, "{bad}");
    }
    assert!(of("from=tomorrow").await.says("value=\"tomorrow\""));
}

#[actix_web::test]
async fn pages_lead_on_and_back() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    entries(&console, &ada, 120).await;

    let first = ada.get(LOG).await;
    assert!(
        first.says(">project-119<") && first.says(">project-70<") && !first.says(">project-69<")
    );
    assert!(!first.says("rel=\"prev\""));
    let second = ada.get(&link(&first.text, "page-older")).await;
    assert!(
        second.says(">project-69<") && second.says(">project-20<") && !second.says(">project-70<")
    );
    let third = ada.get(&link(&second.text, "page-older")).await;
    assert!(third.says(">project-0<") && !third.says("rel=\"next\""));
    let back = ada.get(&link(&third.text, "page-newer")).await;
    assert!(back.says(">project-69<") && back.says(">project-20<") && !back.says(">project-19<"));
    let top = ada.get(&link(&back.text, "page-newer")).await;
    assert!(top.says(">project-119<") && !top.says("rel=\"prev\""));
}

#[actix_web::test]
async fn the_audit_log_exports_what_it_shows() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    entries(&console, &ada, 1_100).await;
    ada.issues("CI").await;
    let shown = console.rows("audit_events WHERE organization_id IS NOT NULL");

    let csv = ada.get(&format!("{LOG}/export.csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment; filename=\"audit-acme-"));
    let mut table = csv::Reader::from_reader(csv.text.as_bytes());
    assert_eq!(table.headers().unwrap().get(6), Some("action"));
    assert_eq!(i64::try_from(table.records().map(Result::unwrap).count()), Ok(shown));

    let ndjson = ada.get(&format!("{LOG}/export.ndjson?action=token.created")).await;
    let lines: Vec<Value> = ndjson.text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(
        (&lines[0]["subject"]["name"], &lines[0]["actor"]["name"]),
        (&json!("CI"), &json!("ada"))
    );
    assert_eq!(ada.get(&format!("{LOG}/export.csv?from=x")).await.status, 422);
}

#[actix_web::test]
async fn no_cell_of_an_export_is_a_formula() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.issues("=HYPERLINK(\"http://evil\")").await;
    let csv = ada.get(&format!("{LOG}/export.csv?action=token.created")).await;
    let mut table = csv::Reader::from_reader(csv.text.as_bytes());
    let record = table.records().next().unwrap().unwrap();
    assert_eq!(record.get(9), Some("'=HYPERLINK(\"http://evil\")"));
}

#[actix_web::test]
async fn the_log_is_for_owners_and_holds_nothing_of_other_organizations() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Manager).await;
    let eve = console.owner_of("eve", "globex").await;
    eve.project("secret-plan").await;
    for path in ["", "/export.csv", "/export.ndjson"] {
        assert_eq!(bob.get(&format!("{LOG}{path}")).await.status, 403, "{path}");
        assert!(!ada.get(&format!("{LOG}{path}")).await.says("secret-plan"), "{path}");
    }
}

/// The address behind a link, as a browser would read it.
fn link(page: &str, id: &str) -> String {
    let from = page.find(&format!("id=\"{id}\"")).unwrap();
    let href = page[from..].split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    href.replace("&#38;", "&").replace("&amp;", "&")
}
