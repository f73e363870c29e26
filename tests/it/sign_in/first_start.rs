//! The first start: whoever can read the log makes the first admin.
use tokio::join;

use crate::support::Console;

fn form<'f>(code: &'f str, email: &'f str, organization: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("code", code),
        ("name", "Ada Lindqvist"),
        ("email", email),
        ("password", "correct horse battery staple"),
        ("organization", organization),
    ]
}

#[actix_web::test]
async fn whoever_has_the_code_makes_the_first_admin_and_is_signed_in() {
    let console = Console::start().await;
    let browser = console.stranger();
    assert_eq!(browser.get("/").await.location(), "/setup");
    assert_eq!(browser.get("/login").await.location(), "/setup");
    let code = console.app.setup_code.reveal().to_lowercase();

    let answer = browser.post("/setup", &form(&code, "ada@example.org", "Acme Greenhouses")).await;

    assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.text);
    assert_eq!(browser.get("/").await.location(), "/orgs/acme-greenhouses");
    let admins = "SELECT email AS text FROM users WHERE is_admin";
    assert_eq!(console.texts(admins), ["ada@example.org"]);
    let roles = "SELECT role AS text FROM memberships";
    assert_eq!(console.texts(roles), ["owner"]);
    let deeds =
        ["key.created", "user.created", "organization.created", "member.added", "session.started"];
    assert_eq!(console.audit_actions(), deeds);
}

#[actix_web::test]
async fn afterwards_the_first_start_is_gone() {
    let console = Console::start().await;
    console.owner("ada").await;
    let code = console.app.setup_code.reveal();

    let stranger = console.stranger();
    assert_eq!(stranger.get("/setup").await.status, 404);
    let answer = stranger.post("/setup", &form(code, "eve@example.org", "Globex")).await;

    assert_eq!(answer.status, 404);
    assert_eq!((console.rows("users"), console.rows("organizations")), (1, 1));
}

#[actix_web::test]
async fn a_wrong_code_is_named_and_what_was_typed_is_kept_but_the_password() {
    let console = Console::start().await;

    let answer =
        console.stranger().post("/setup", &form("AAAA-AAAA-AAAA", "ada@example.org", "Acme")).await;

    assert_eq!(answer.status, 422);
    assert!(answer.says("This is not the code"), "{}", answer.text);
    for kept in ["Ada Lindqvist", "ada@example.org", "Acme"] {
        assert!(answer.says(kept), "{kept}");
    }
    assert!(!answer.says("correct horse"), "{}", answer.text);
    assert_eq!((console.rows("users"), console.audit_actions()), (0, vec!["key.created".into()]));
}

#[actix_web::test]
async fn every_field_that_is_wrong_is_named_at_once() {
    let console = Console::start().await;
    let code = console.app.setup_code.reveal();
    let form = [
        ("code", code),
        ("name", ""),
        ("email", "ada"),
        ("password", "correct horse battery staple"),
        ("organization", "日本"),
    ];

    let answer = console.stranger().post("/setup", &form).await;

    assert_eq!(answer.status, 422);
    for problem in ["Give it a name.", "Give an e-mail address", "letters from a to z"] {
        assert!(answer.says(problem), "{problem}: {}", answer.text);
    }
    assert_eq!((console.rows("users"), console.rows("organizations")), (0, 0));
}

#[actix_web::test]
async fn a_short_password_is_refused() {
    let console = Console::start().await;
    let mut form = form(console.app.setup_code.reveal(), "ada@example.org", "Acme");
    form[3].1 = "eleven char";

    let answer = console.stranger().post("/setup", &form).await;

    assert_eq!(answer.status, 422);
    assert!(answer.says("Use 12 characters or more.") && !answer.says("eleven char"));
    assert_eq!(console.rows("users"), 0);
}

#[actix_web::test]
async fn of_two_at_once_one_is_first_and_the_other_is_told() {
    let console = Console::start().await;
    let code = console.app.setup_code.reveal();
    let (ada, eve) = (console.stranger(), console.stranger());
    let (hers, theirs) =
        (form(code, "ada@example.org", "Acme"), form(code, "eve@example.org", "Globex"));

    let (one, other) = join!(ada.post("/setup", &hers), eve.post("/setup", &theirs));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 303);
    assert!(matches!(statuses[1], 404 | 409), "{statuses:?}");
    assert_eq!((console.rows("users"), console.rows("organizations")), (1, 1));
    assert_eq!(console.rows("sessions"), 1);
}

#[actix_web::test]
async fn the_code_cannot_be_guessed_for_long() {
    let console = Console::at("2026-06-01T12:00:00Z".parse().unwrap()).await;
    let stranger = console.stranger();
    let mut answers = Vec::new();
    for _ in 0..8 {
        let form = form("AAAA-AAAA-AAAA", "ada@example.org", "Acme");
        answers.push(stranger.post("/setup", &form).await.status);
    }
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
}
