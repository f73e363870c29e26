//! Projects in the console.
use jeton::access::{AccessConfig, Projects, Role};
use jeton::policies::{Expiry, Wish};

use crate::support::{Answer, Console};

fn only(project: &str) -> Wish {
    Wish {
        name: "Catalog sync".into(),
        expiry: Expiry::Longest,
        access: AccessConfig {
            role: Role::Operator,
            projects: Projects::new(false, [project.to_owned()]),
            permissions: None,
        },
        may_rotate_itself: false,
    }
}

#[actix_web::test]
async fn a_project_is_created_renamed_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let create = [("project_id", "prd-greenhouse"), ("name", "Greenhouse")];
    assert_eq!(ada.post("/orgs/acme/projects", &create).await.location(), "/orgs/acme/projects");
    assert!(ada.get("/orgs/acme/projects").await.says("Project created"));

    let rename = "/orgs/acme/projects/prd-greenhouse/rename";
    assert!(ada.get(rename).await.says("value=\"Greenhouse\""));
    assert_eq!(ada.post(rename, &[("name", "Glass house")]).await.status, 303);
    assert!(ada.get("/orgs/acme/projects").await.says("Glass house"));

    assert_eq!(ada.post("/orgs/acme/projects/prd-greenhouse/delete", &[]).await.status, 303);
    assert_eq!(console.rows("projects"), 0);
    let actions = console.audit_actions();
    assert!(
        actions.ends_with(
            &["project.created", "project.changed", "project.deleted"].map(String::from)
        )
    );
}

#[actix_web::test]
async fn a_project_named_by_a_token_is_not_deleted_and_says_which() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let token = ada.issues_wish(only("prd-greenhouse")).await;
    assert!(ada.get("/orgs/acme/projects").await.says("1 token"));
    let delete = "/orgs/acme/projects/prd-greenhouse/delete";
    let link = format!("/orgs/acme/settings/tokens/{}", token.id);

    for answer in [ada.get(delete).await, ada.post(delete, &[]).await] {
        assert!(answer.says("Catalog sync") && answer.says(&link), "{}", answer.text);
    }
    assert_eq!(ada.post(delete, &[]).await.status, 409);
    assert_eq!(console.rows("projects"), 1);
}

#[actix_web::test]
async fn a_form_that_fails_keeps_what_was_typed_and_names_the_fields() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let before = console.rows("audit_events");

    let bad = [("project_id", "Prd Greenhouse!"), ("name", "")];
    let refused = ada.post("/orgs/acme/projects", &bad).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("value=\"Prd Greenhouse!\"") && refused.says("Give it a name."));
    assert!(refused.says("id=\"project_id-e\"") && refused.says("<dialog"));

    let twice = [("project_id", "prd-greenhouse"), ("name", "Again")];
    let refused = ada.post("/orgs/acme/projects", &twice).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.says("There is already a project prd-greenhouse.")
            && refused.says("value=\"Again\"")
    );
    assert_eq!((console.rows("projects"), console.rows("audit_events")), (1, before));
}

#[actix_web::test]
async fn members_see_projects_and_only_owners_change_them() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let bob = console.member("bob", Role::Manager).await;

    let page = bob.get("/orgs/acme/projects").await;
    assert!(page.says("prd-greenhouse") && !page.says("Create project") && !page.says("Rename"));
    let create = [("project_id", "mine"), ("name", "Mine")];
    for refused in [
        bob.get("/orgs/acme/projects/new").await,
        bob.post("/orgs/acme/projects", &create).await,
        bob.post("/orgs/acme/projects/prd-greenhouse/rename", &[("name", "x")]).await,
        bob.post("/orgs/acme/projects/prd-greenhouse/delete", &[]).await,
    ] {
        assert_eq!(refused.status, 403);
        assert!(refused.says("Only owners of Acme can do this"), "{}", refused.text);
    }
    assert_eq!(console.rows("projects"), 1);
}

#[actix_web::test]
async fn a_dialog_comes_alone_where_a_part_is_asked_for() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let ask = ada.request("GET", "/orgs/acme/projects/new").header("HX-Request", "true");
    let part = Answer::to(ask.header("HX-Request-Type", "partial")).await;
    assert!(part.text.trim_start().starts_with("<dialog") && !part.says("<html"));
    let page = ada.get("/orgs/acme/projects/new").await;
    assert!(page.says("<html") && page.says("class=\"app\" inert") && page.says("<dialog"));
}

#[actix_web::test]
async fn a_project_of_another_organization_is_not_there() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    ada.project("prd-greenhouse").await;
    let delete = "/orgs/globex/projects/prd-greenhouse/delete";
    assert_eq!(eve.get(delete).await.status, 404);
    assert_eq!(eve.post(delete, &[]).await.status, 404);
    assert_eq!(console.rows("projects"), 1);
}
