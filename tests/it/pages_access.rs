//! Access control in the console: members.
mod authentication;
mod invitations;

use jeton::access::Role;

use crate::support::{Console, PASSWORD};

const MEMBERS: &str = "/orgs/acme/access/members";

#[actix_web::test]
async fn every_member_sees_who_belongs_to_the_organization_as_what() {
    let console = Console::start().await;
    console.owner("ada").await;
    console.owner_of("eve", "globex").await;
    let bob = console.member("bob", Role::Operator).await;
    let page = bob.get(MEMBERS).await.is(200);
    for said in ["ada@example.org", "bob@example.org", "owner", "operator", "(you)"] {
        assert!(page.says(said), "{said}: {}", page.text);
    }
    for unsaid in ["eve@example.org", "Invite member", "Change ada", "Remove ada"] {
        assert!(!page.says(unsaid), "{unsaid}: {}", page.text);
    }
}

#[actix_web::test]
async fn members_are_found_by_name_and_by_address_and_listed_by_pages() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let insert = "INSERT INTO users (email, name, created_at)
        SELECT 'm' || n || '@example.com', 'Member ' || to_char(n, 'FM00'), now()
        FROM generate_series(1, 30) n RETURNING name AS text";
    console.texts(insert);
    console.texts(
        "INSERT INTO memberships (organization_id, user_id, role, created_at)
         SELECT (SELECT id FROM organizations), id, 'readonly', now() FROM users
         WHERE email LIKE '%.com' RETURNING role AS text",
    );
    let first = ada.get(MEMBERS).await.is(200);
    assert!(first.says("Member 25") && !first.says("Member 26"), "ada and 25");
    let next = first.text.split("id=\"page-next\"").nth(1).unwrap();
    let next = next.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = ada.get(next).await.is(200);
    assert!(second.says("Member 26") && second.says("Member 30") && !second.says("Member 25"));
    let found = ada.get(&format!("{MEMBERS}?search=m7%40")).await.is(200);
    assert!(found.says("Member 07") && !found.says("Member 08"));
    assert!(ada.get(&format!("{MEMBERS}?search=nobody")).await.is(200).says("No member matches"));
    ada.get(&format!("{MEMBERS}?after=x")).await.is(400);
}

#[actix_web::test]
async fn an_owner_changes_a_member_and_removes_them() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let bob = console.member("bob", Role::Readonly).await;
    let token = bob.full_pat("laptop").await;
    let (change, remove) =
        (format!("{MEMBERS}/{}/change", bob.id), format!("{MEMBERS}/{}/remove", bob.id));
    assert!(ada.get(&change).await.is(200).says("Change what bob may do"));
    let wish = [("role", "operator"), ("all_projects", "false"), ("projects", "prd-greenhouse")];
    assert_eq!(ada.post(&change, &wish).await.is(303).location(), MEMBERS);
    let page = ada.get(MEMBERS).await;
    assert!(page.says("Member changed") && page.says("bob is an operator from now on."));
    assert!(page.says("1 token"));
    let own = console.api(&token.text).get("/api/v2/token/").await.json();
    assert_eq!(own["organizations"][0]["projects"], serde_json::json!(["prd-greenhouse"]));

    let refused = ada.post(&change, &[("role", "king")]).await.is(422);
    assert!(refused.says("Choose a role.") && refused.says("role-e"));
    let bad = [("role", "operator"), ("projects", "prd-nope")];
    assert!(ada.post(&change, &bad).await.is(422).says("There is no project prd-nope"));

    let ask = ada.get(&remove).await.is(200);
    assert!(ask.says("Remove bob?") && ask.says("Their personal token has no power here"));
    console.app.uses.flush(&console.app.db).unwrap();
    assert!(ada.get(&remove).await.is(200).says("Type “bob” to confirm"));
    let refused = ada.post(&remove, &[("confirm", "bop")]).await.is(422);
    assert!(refused.says("Type the name as it stands above.") && refused.says("value=\"bop\""));
    assert_eq!(ada.post(&remove, &[("confirm", "bob")]).await.is(303).location(), MEMBERS);
    assert!(!ada.get(MEMBERS).await.says("bob@example.org"));
    assert_eq!(bob.get("/orgs/acme").await.status, 404);
    let dead = console.api(&token.text).get("/api/v2/organization/acme/").await;
    assert_eq!(dead.status, 404);
    ada.get(&remove).await.is(404);
}

#[actix_web::test]
async fn an_owner_creates_a_member_who_sets_their_password_by_the_link() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let create = format!("{MEMBERS}/create");
    assert!(ada.get(&create).await.is(200).says("Create member"));
    let wish = [
        ("name", "Cleo"),
        ("email", "cleo@example.org"),
        ("role", "operator"),
        ("projects", "prd-greenhouse"),
    ];
    let made = ada.post(&create, &wish).await.is(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let start = format!("{}/password#", console.url);
    let code = made.text.split(&start).nth(1).unwrap();
    let code = code.split(['"', '<']).next().unwrap().to_owned();
    let page = ada.get(MEMBERS).await;
    assert!(page.says("cleo@example.org") && page.says("prd-greenhouse") && !page.says(&code));
    let set = [("code", code.as_str()), ("password", PASSWORD)];
    assert_eq!(console.stranger().post("/password", &set).await.status, 303);
    assert_eq!(console.stranger().post("/password", &set).await.status, 422, "once");

    // Everything that is wrong is said at once, and what was typed stays.
    let people = console.rows("users");
    let wrong = [("name", " "), ("email", "cleo"), ("role", "readonly"), ("projects", "prd-nope")];
    let refused = ada.post(&create, &wrong).await.is(422);
    for part in ["name-e", "email-e", "There is no project prd-nope", "value=\"cleo\""] {
        assert!(refused.says(part), "{part}");
    }
    let again = ada.post(&create, &wish).await.is(422);
    assert!(again.says("Someone already uses cleo@example.org here."));
    assert_eq!(console.rows("users"), people);
}

#[actix_web::test]
async fn the_last_owner_neither_leaves_nor_steps_down_and_is_told_why() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Manager).await;
    let change = format!("{MEMBERS}/{}/change", ada.id);
    let refused = ada.post(&change, &[("role", "manager")]).await.is(409);
    assert!(refused.says("Ada is the last owner of Acme; make someone else an owner first"));
    assert!(refused.says("<dialog"));
    let refused = ada.post("/orgs/acme/access/leave", &[]).await;
    assert!(refused.is(409).says("is the last owner of Acme"));
    assert_eq!(console.rows("memberships"), 2);

    assert!(bob.get("/orgs/acme/access/leave").await.is(200).says("Leave Acme?"));
    assert_eq!(bob.post("/orgs/acme/access/leave", &[]).await.is(303).location(), "/");
    assert!(bob.get("/account").await.says("You have left"));
    assert_eq!(console.rows("memberships"), 1);
}
