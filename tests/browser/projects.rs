//! Projects: created, renamed, and deleted once no token names them.
use jeton::access::{AccessConfig, Projects, Role};
use jeton::policies::{Expiry, Wish};

use crate::support::Console;

#[actix_web::test]
async fn a_project_is_created_renamed_and_deleted() {
    let console = Console::start().await;
    let (_, browser) = console.ada().await;
    browser.goto("/orgs/acme").await;
    browser.click("Projects").await;
    browser.sees("No projects yet").await;
    browser.click("Create project").await;
    browser.focuses("Name").await;

    browser.fill("Name", "Greenhouse, production").await;
    browser.fill("Project id", "Prd Greenhouse").await;
    browser.click("Create project").await;
    browser.sees("Use 1 to 63 lower-case letters").await;
    browser.focuses("Project id").await;
    assert_eq!(browser.value("Name").await, "Greenhouse, production");
    assert_eq!(browser.value("Project id").await, "Prd Greenhouse");
    browser.fill("Project id", "prd-greenhouse").await;
    browser.click("Create project").await;
    browser.sees("Project created").await;
    browser.click("Rename prd-greenhouse").await;
    browser.fill("Name", "Greenhouse north").await;
    browser.click("Rename project").await;
    browser.sees("Project renamed").await;
    browser.sees("Greenhouse north").await;
    browser.click("Delete prd-greenhouse").await;
    browser.click("Delete project").await;

    browser.sees("prd-greenhouse is gone.").await;
    browser.keeps_the_keyboard_in("main").await;
    browser.sees("No projects yet").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn a_project_that_tokens_name_is_not_deleted_and_says_which() {
    let console = Console::start().await;
    let (ada, browser) = console.ada().await;
    ada.project("prd-greenhouse").await;
    let projects = Projects::new(false, ["prd-greenhouse".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let name = "Webhook relay".to_owned();
    let wish = Wish { name, expiry: Expiry::Longest, access, may_rotate_itself: false };
    ada.issues_wish(wish).await;
    browser.goto("/orgs/acme/projects").await;
    browser.sees("1 token").await;

    browser.click("Delete prd-greenhouse").await;

    browser.sees("prd-greenhouse cannot be deleted yet").await;
    browser.click("Webhook relay").await;
    browser.sees("Danger zone").await;
    assert_eq!(console.rows("projects"), 1);
    browser.has_no_complaints().await;
}
