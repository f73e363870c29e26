//! Editing, disabling and enabling.
use super::{READER, TOKENS, names, typed};
use crate::support::Console;

#[actix_web::test]
async fn an_edit_changes_what_it_says_and_the_trail_tells() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let token = ada.issues("CI").await;
    let page = format!("{TOKENS}/{}", token.id);
    let form = [
        ("name", "Deploys"),
        ("expiry", "keep"),
        ("role", "manager"),
        ("all_projects", "false"),
        ("projects", "prd-greenhouse"),
    ];

    let saved = ada.post(&format!("{page}/edit"), &form).await;

    assert_eq!((saved.status, saved.location()), (303, page.as_str()));
    let shown = ada.get(&page).await;
    for said in [
        "“Deploys” is saved",
        "<h1>Deploys</h1>",
        "name: CI → Deploys",
        "role: operator → manager",
        "projects: none → prd-greenhouse",
        "in 180 days",
    ] {
        assert!(shown.says(said), "{said}: {}", shown.text);
    }
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
    assert!(!ada.get(&page).await.says("is saved"), "it is said once");
}

#[actix_web::test]
async fn the_edit_form_shows_the_token_as_it_is() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues_as("CI", jeton::access::Role::Operator, &["records:write"]).await;

    let dialog = ada.part(&format!("{TOKENS}/{}/edit?from=state%3Dactive", token.id)).await;

    for said in [
        "value=\"CI\"",
        "value=\"keep\" checked",
        "value=\"operator\" checked",
        "id=\"all-projects\" value=\"true\" checked",
        "id=\"narrow\" value=\"true\" checked",
        "aria-label=\"records: write\" checked",
        "aria-label=\"events: none\" checked",
        "name=\"from\" value=\"state=active\"",
    ] {
        assert!(dialog.says(said), "{said}: {}", dialog.text);
    }
    assert!(!dialog.says("id=\"template-"), "templates are for new tokens");
}

#[actix_web::test]
async fn a_bad_edit_changes_nothing() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.issues("CD").await;
    let token = ada.issues("CI").await;
    let edit = format!("{TOKENS}/{}/edit", token.id);
    let before = console.rows("audit_events");
    for (fields, said) in [
        (&[("name", "CD")][..], "Another token is called “CD”."),
        (&[("name", "")], "Give it a name."),
        (&[("expiry", "date"), ("until", "2020-01-01")], "Choose a moment in the future."),
        (&[("role", "boss")], "Choose a role."),
    ] {
        let answer = ada.post(&edit, &typed(fields)).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.says(said) && answer.says("Edit token"), "{fields:?}: {}", answer.text);
    }
    assert_eq!(console.rows("audit_events"), before);
    assert_eq!(names(&ada.get(&format!("{TOKENS}?sort=name")).await), ["CD", "CI"]);
}

#[actix_web::test]
async fn a_token_is_disabled_and_enabled_in_its_row() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let act = |verb: &str| format!("{TOKENS}/{}/{verb}", token.id);

    let row = ada.post_part(&act("disable"), &[("from", "sort=name")]).await;

    assert_eq!(row.status, 200);
    assert!(
        row.text.trim_start().starts_with("<tr id=\"token-1\" class=\"is-updated\">"),
        "{}",
        row.text
    );
    for said in
        ["Disabled", "by you, just now", "“CI” is disabled", "Undo", "/edit?from=sort%3Dname"]
    {
        assert!(row.says(said), "{said}: {}", row.text);
    }
    assert!(!row.says("<html"));
    let counts = [
        "hx-target=\"#facets\"",
        "Active <span class=\"num\">0<",
        "Disabled <span class=\"num\">1<",
    ];
    for said in counts {
        assert!(row.says(said), "{said}: {}", row.text);
    }
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 401);

    let row = ada.post_part(&act("enable"), &[("from", "sort=name")]).await;

    assert!(row.says("Active") && row.says("“CI” is enabled"), "{}", row.text);
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
    let actions = console.audit_actions();
    assert_eq!(actions[actions.len() - 2..], ["token.disabled", "token.enabled"]);
}

#[actix_web::test]
async fn without_script_one_comes_back_to_where_one_was() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let page = format!("{TOKENS}/{}", token.id);
    let disable = format!("{page}/disable");

    let to_list = ada.post(&disable, &[("from", "state=active&sort=name")]).await;
    let to_page = ada.post(&disable, &[]).await;
    let astray = ada.post(&disable, &[("from", "https://evil.example")]).await;

    assert_eq!(to_list.location(), format!("{TOKENS}?state=active&sort=name"));
    assert_eq!((to_page.status, to_page.location()), (303, page.as_str()));
    assert_eq!(astray.location(), TOKENS);
    assert!(ada.get(TOKENS).await.says("“CI” is disabled"));
}

#[actix_web::test]
async fn what_is_deleted_cannot_be_changed_any_more() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("CI").await;
    let act = |verb: &str| format!("{TOKENS}/{}/{verb}", token.id);
    ada.post(&act("delete"), &[]).await;
    let before = console.rows("audit_events");
    for verb in ["edit", "disable", "enable", "rotate", "end-grace", "delete"] {
        let answer = ada.post(&act(verb), &typed(&[("grace", "0"), READER[0]])).await;
        assert_eq!(answer.status, 409, "{verb}: {}", answer.text);
        assert!(answer.says("what is revoked stays revoked"), "{verb}: {}", answer.text);
    }
    assert_eq!(console.rows("audit_events"), before);
    let page = ada.get(&format!("{TOKENS}/{}", token.id)).await;
    assert!(page.says("Revoked") && !page.says("Danger zone"), "{}", page.text);
}
