//! The pages of platform admins.
use chrono::{DateTime, TimeDelta, Utc};
use jeton::access::Standing;
use jeton::organizations;

use crate::support::{Answer, Browser, Console, PASSWORD, Person};

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

/// The code of the link that an answer shows.
pub fn code(answer: &Answer) -> String {
    let (_, rest) = answer.text.split_once("/password#").expect("a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

async fn signs_in(browser: &Browser, email: &str, password: &str) -> u16 {
    browser.post("/login", &[("email", email), ("password", password)]).await.status
}

fn at(person: &Person, act: &str) -> String {
    format!("/admin/users/{}{act}", person.id)
}

#[actix_web::test]
async fn users_are_found_by_name_and_address_in_pages() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    console.texts(
        "INSERT INTO users (email, name, created_at)
         SELECT 'someone' || n || '@example.org', 'Someone ' || lpad(n::text, 2, '0'), now()
         FROM generate_series(1, 60) n RETURNING name AS text",
    );
    assert_eq!(root.get("/admin").await.location(), "/admin/users");
    let first = root.get("/admin/users").await;
    assert!(first.says("root@example.org") && first.says("Someone 24"));
    assert!(!first.says("Someone 25"));

    let (mut page, mut seen) = (first, Vec::new());
    loop {
        seen.extend((1..=60).filter(|n| page.says(&format!("Someone {n:02}"))));
        let Some((before, _)) = page.text.split_once("\" rel=\"next\"") else { break };
        let next = before.rsplit('"').next().unwrap().replace("&#38;", "&");
        page = root.get(&next).await;
    }
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
    let (before, _) = page.text.split_once("\" rel=\"prev\"").unwrap();
    let second = root.get(before.rsplit('"').next().unwrap()).await;
    assert!(second.says("Someone 25") && second.says("Someone 49") && !second.says("Someone 50"));

    let found = root.get("/admin/users?search=ROOT%40exam").await;
    assert!(found.says("root@example.org") && !found.says("Someone"));
    assert!(root.get("/admin/users?search=100%25").await.says("Nobody is called so"));
}

#[actix_web::test]
async fn the_way_to_them_is_shown_to_admins_only() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    assert!(root.get("/account").await.says("href=\"/admin\""));
    assert!(!ada.get("/account").await.says("href=\"/admin\""));
    let refused = ada.get("/admin/users").await;
    assert_eq!(refused.status, 403);
    assert!(refused.says("Only platform admins can do this; ask one of them."));
}

#[actix_web::test]
async fn a_user_is_made_with_a_link_that_sets_a_password_once() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    let wrong = root.post("/admin/users", &[("name", " "), ("email", "bjorn")]).await.is(422);
    assert!(
        wrong.says("id=\"name-e\"")
            && wrong.says("id=\"email-e\"")
            && wrong.says("value=\"bjorn\"")
    );
    let form = [("name", "Björn Holm"), ("email", "bjorn@example.org")];
    let made = root.post("/admin/users", &form).await.is(201);
    let code = code(&made);
    assert!(made.header("cache-control").contains("no-store"));
    assert!(!root.get("/admin/users").await.says(&code), "shown once");
    assert_eq!(
        root.post("/admin/users", &form).await.is(422).text.matches("Someone already uses").count(),
        1
    );

    let bjorn = console.stranger();
    assert!(bjorn.get("/password").await.is(200).says("Code of the link"));
    let opened = bjorn.post("/password/open", &[("code", &format!(" {code}\n"))]).await.is(200);
    assert!(opened.says("bjorn@example.org"));
    let short = bjorn.post("/password", &[("code", &code), ("password", "short")]).await.is(422);
    assert!(short.says("id=\"password-e\"") && !short.says("value=\"short\""));
    let set = [("code", code.as_str()), ("password", PASSWORD)];
    assert_eq!(bjorn.post("/password", &set).await.location(), "/");
    assert_eq!(bjorn.get("/account").await.status, 200, "signed in at once");
    assert_eq!(signs_in(&console.stranger(), "bjorn@example.org", PASSWORD).await, 303);

    let again = console.stranger().post("/password", &set).await.is(422);
    assert!(again.says("This link was used already."));
    let actions = console.audit_actions();
    assert!(
        actions.contains(&"password_link.made".into())
            && actions.contains(&"password.changed".into())
    );
}

#[actix_web::test]
async fn a_link_expires_is_replaced_by_a_newer_and_signs_out_whoever_was_in() {
    let console = Console::at(noon()).await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let link = at(&ada, "/password-link");
    assert!(root.get(&link).await.is(200).says("Reset the password of ada?"));
    let first = code(&root.post(&link, &[]).await.is(200));
    let second = code(&root.post(&link, &[]).await.is(200));
    let stranger = console.stranger();
    let open = async |code: &str| stranger.post("/password/open", &[("code", code)]).await;
    assert!(open(&first).await.is(422).says("No link has this code"));
    assert!(open("nonsense").await.is(422).says("No link has this code"));
    assert!(open("").await.is(422).says("No link has this code"));

    console.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    open(&second).await.is(200);
    console.clock.advance(TimeDelta::seconds(1));
    assert!(open(&second).await.is(422).says("This link expired on 24 Nov 2026, 12:00 UTC."));
    let late = [("code", second.as_str()), ("password", "another long password")];
    stranger.post("/password", &late).await.is(422);
    root.signs_in().await;
    ada.signs_in().await;
    let third = code(&root.post(&link, &[]).await.is(200));
    assert_eq!(ada.get("/account").await.status, 200, "until it is used");
    let set = [("code", third.as_str()), ("password", "another long password")];
    assert_eq!(stranger.post("/password", &set).await.status, 303);

    assert_eq!(ada.get("/account").await.status, 303);
    assert_eq!(signs_in(&console.stranger(), "ada@example.org", PASSWORD).await, 401);
}

#[actix_web::test]
async fn of_two_who_use_a_link_at_once_one_does() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let code = code(&root.post(&at(&ada, "/password-link"), &[]).await.is(200));
    let (one, other) = (console.stranger(), console.stranger());
    let set = [("code", code.as_str()), ("password", "another long password")];

    let (one, other) = tokio::join!(one.post("/password", &set), other.post("/password", &set));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422]);
}

#[actix_web::test]
async fn a_disabled_user_loses_sessions_and_tokens_at_once_on_every_instance() {
    let (here, there) = Console::two().await;
    let (root, ada) = (here.admin("root").await, here.owner("ada").await);
    let pat = ada.full_pat("laptop").await;
    let works = async |console: &Console| console.api(&pat.text).get("/api/v2/token/").await.status;
    let elsewhere = there.stranger();
    assert_eq!(signs_in(&elsewhere, &ada.email, PASSWORD).await, 303);
    assert_eq!((works(&here).await, works(&there).await), (200, 200));
    assert!(root.get(&at(&ada, "/disable")).await.is(200).says("Disable ada?"));

    assert_eq!(root.post(&at(&ada, "/disable"), &[]).await.location(), at(&ada, ""));

    assert_eq!(works(&here).await, 401);
    for _ in 0..50 {
        if works(&there).await == 401 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(works(&there).await, 401);
    assert_eq!(
        (ada.get("/account").await.status, elsewhere.get("/account").await.status),
        (303, 303)
    );
    let left = format!("SELECT id::text AS text FROM sessions WHERE user_id = {}", ada.id);
    assert!(here.texts(&left).is_empty(), "the sessions are gone for good");
    assert_eq!(signs_in(&here.stranger(), &ada.email, PASSWORD).await, 401);
    assert_eq!(root.post(&at(&ada, "/password-link"), &[]).await.status, 409);
    assert!(root.get(&at(&ada, "")).await.is(200).says("Enable user"));

    assert_eq!(root.post(&at(&ada, "/enable"), &[]).await.status, 303);
    assert_eq!(works(&here).await, 200);
    assert_eq!(ada.get("/account").await.status, 303, "whoever was in signs in again");
}

#[actix_web::test]
async fn the_last_admin_stays_one() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    for act in ["/unmake-admin", "/disable"] {
        let refused = root.post(&at(&root, act), &[]).await.is(409);
        assert!(refused.says("make another user a platform admin first"));
    }
    assert_eq!(root.post(&at(&ada, "/make-admin"), &[]).await.status, 303);
    assert!(ada.get("/admin/users").await.is(200).says("Platform admin"));

    // Two who take it from one another at once: one of them stays.
    let (of_root, of_ada) = (at(&root, "/unmake-admin"), at(&ada, "/unmake-admin"));
    let (one, other) = tokio::join!(root.post(&of_ada, &[]), ada.post(&of_root, &[]));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    // Whoever comes second is no admin any more, or would have been the last one.
    assert!(matches!(statuses, [303, 403 | 409]), "{statuses:?}");
    let admins = console.texts("SELECT name AS text FROM users WHERE is_admin");
    assert_eq!(admins.len(), 1);
    let left = if admins[0] == "root" { &root } else { &ada };
    console.texts("UPDATE users SET disabled_at = now() WHERE NOT is_admin RETURNING name AS text");
    assert_eq!(left.post(&at(left, "/disable"), &[]).await.status, 409);
    let gone = console.audit_actions();
    assert!(gone.contains(&"admin.added".into()) && gone.contains(&"admin.removed".into()));
}

#[actix_web::test]
async fn a_suspended_organization_is_closed_and_its_tokens_refused_until_it_is_resumed() {
    let console = Console::start().await;
    let (root, eve) = (console.admin("root").await, console.owner_of("eve", "globex").await);
    let token = eve.issues("ci").await;
    let laptop = eve.full_pat("laptop").await;
    let status = async |text: &str, path: &str| console.api(text).get(path).await.status;
    let id = eve.organization;
    let suspend = format!("/admin/organizations/{id}/suspend");
    assert!(root.get(&suspend).await.is(200).says("Suspend Globex?"));

    assert_eq!(root.post(&suspend, &[]).await.location(), "/admin/organizations");

    let refused = console.api(&token.text).get("/api/v2/token/").await.is(401);
    assert!(refused.says("organization is suspended"));
    assert_eq!(status(&laptop.text, "/api/v2/organization/tokens/").await, 403);
    assert_eq!(eve.get("/orgs/globex").await.status, 404);
    assert!(root.get("/admin/organizations").await.says("Suspended"));
    let resume = format!("/admin/organizations/{id}/resume");
    assert_eq!(root.post(&resume, &[]).await.status, 303);
    assert_eq!(status(&token.text, "/api/v2/token/").await, 200);
    assert_eq!(eve.get("/orgs/globex").await.status, 200);
}

#[actix_web::test]
async fn an_organization_is_made_with_its_owner() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let wrong = [("name", " "), ("owner", "nobody@example.org")];
    let refused = root.post("/admin/organizations", &wrong).await.is(422);
    assert!(refused.says("id=\"name-e\"") && refused.says("Nobody here has this address"));
    assert!(refused.says("value=\"nobody@example.org\""));
    let form = [("name", "Globex Fields"), ("owner", "ADA@example.org")];
    assert_eq!(root.post("/admin/organizations", &form).await.status, 303);

    assert_eq!(ada.get("/orgs/globex-fields/settings").await.status, 200);
    assert!(root.get("/admin/organizations?search=fields").await.says("1 member"));
    let taken = [("name", "Other"), ("slug", "globex-fields"), ("owner", "ada@example.org")];
    assert!(
        root.post("/admin/organizations", &taken).await.is(422).says("already an organization")
    );
    let read = |conn: &mut _| organizations::memberships(conn, ada.id);
    let mine = console.app.db.read_here(read).unwrap();
    assert!(mine.iter().all(|membership| membership.power.standing == Standing::Owner));
}

#[actix_web::test]
async fn health_says_what_is_well_and_what_is_not() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    let page = root.get("/admin/health").await.is(200);
    for said in [
        "PostgreSQL",
        "up to date",
        env!("CARGO_PKG_VERSION"),
        "connections open",
        "0 messages waiting",
    ] {
        assert!(page.says(said), "{said}: {}", page.text);
    }
}
