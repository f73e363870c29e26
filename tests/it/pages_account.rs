//! Configuration: what people do with their own account.
use chrono::TimeDelta;
use jeton::access::Role;

use crate::support::{Browser, Console, PASSWORD, Person};

const NEW: &str = "another long enough password";

/// The same person in another browser.
async fn elsewhere(console: &Console, person: &Person) -> Browser {
    let browser = console.stranger();
    let form = [("email", person.email.as_str()), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &form).await.status, 303);
    browser
}

fn passwords<'p>(old: &'p str, new: &'p str) -> [(&'p str, &'p str); 2] {
    [("current_password", old), ("new_password", new)]
}

#[actix_web::test]
async fn changing_the_password_ends_other_sessions_and_no_token() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let phone = elsewhere(&console, &ada).await;
    let token = ada.full_pat("laptop").await;

    let changed = ada.post("/account/password", &passwords(PASSWORD, NEW)).await;

    assert_eq!((changed.status, changed.location()), (303, "/account"));
    let page = ada.get("/account").await;
    assert!(page.says("One other browser was signed out"), "{}", page.text);
    assert!(!ada.get("/account").await.says("was signed out"), "it is said once");
    assert!(phone.get("/account").await.location().starts_with("/login"));
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
    let again = [("email", ada.email.as_str()), ("password", NEW)];
    assert_eq!(console.stranger().post("/login", &again).await.status, 303);
}

#[actix_web::test]
async fn a_wrong_old_password_changes_nothing() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let phone = elsewhere(&console, &ada).await;
    let before = console.rows("audit_events");

    let refused = ada.post("/account/password", &passwords("not the old one", NEW)).await;

    assert_eq!(refused.status, 422);
    assert!(refused.says("This is not your current password."));
    assert!(!refused.says("not the old one") && !refused.says(NEW), "a password came back");
    assert_eq!(console.rows("audit_events"), before);
    assert_eq!(phone.get("/account").await.status, 200);
}

#[actix_web::test]
async fn a_short_new_password_is_named_and_refused() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let refused = ada.post("/account/password", &passwords(PASSWORD, "eleven char")).await;

    assert_eq!(refused.status, 422);
    assert!(refused.says("Use 12 characters or more.") && refused.says("id=\"new_password-e\""));
}

#[actix_web::test]
async fn guessing_the_old_password_grows_slow() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let mut last = 0;
    for _ in 0..8 {
        last = ada.post("/account/password", &passwords("a guess", NEW)).await.status;
    }
    assert_eq!(last, 429);
    let waits = ada.post("/account/password", &passwords(PASSWORD, NEW)).await;
    assert_eq!(waits.status, 429);
    assert!(waits.says("Too many attempts.") && !waits.header("retry-after").is_empty());
}

#[actix_web::test]
async fn a_profile_that_cannot_be_saved_comes_back_as_typed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Readonly).await;

    let taken = [("name", " "), ("email", bob.email.as_str()), ("theme", "dark")];
    let refused = ada.post("/account", &taken).await;

    assert_eq!(refused.status, 422);
    assert!(refused.says("Give it a name.") && refused.says("value=\"bob@example.org\""));
    let saved = [("name", "Ada L"), ("email", "ada@new.example"), ("theme", "dark")];
    assert_eq!(ada.post("/account", &saved).await.status, 303);
    let page = ada.get("/account").await;
    assert!(
        page.says("class=\"theme-dark\"") && page.says("Ada L") && page.says("ada@new.example")
    );
}

#[actix_web::test]
async fn a_theme_is_changed_where_one_stands_and_nowhere_else() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let page = ada.get("/orgs/acme/projects?x=1").await;
    assert!(page.says("name=\"next\" value=\"/orgs/acme/projects?x=1\""), "{}", page.text);

    let form = [("theme", "light"), ("next", "/orgs/acme/projects?x=1")];
    assert_eq!(ada.post("/account/theme", &form).await.location(), "/orgs/acme/projects?x=1");
    assert!(ada.get("/account").await.says("class=\"theme-light\""));

    let foreign = [("theme", "dark"), ("next", "//evil.example")];
    assert_eq!(ada.post("/account/theme", &foreign).await.location(), "/");
    let unknown = ada.post("/account/theme", &[("theme", "pink"), ("next", "/")]).await;
    assert_eq!(unknown.status, 422);
}

#[actix_web::test]
async fn sessions_are_listed_by_name_and_ended_one_by_one_or_together() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Readonly).await;
    let (one, two) = (elsewhere(&console, &ada).await, elsewhere(&console, &ada).await);
    assert!(ada.get("/account").await.says("this browser"));
    let ids =
        format!("SELECT id::text AS text FROM sessions WHERE user_id = {} ORDER BY id", ada.id);
    let [_, first, _] = &console.texts(&ids)[..] else { panic!("three sessions") };
    let end = format!("/account/sessions/{first}/end");

    assert_eq!(bob.post(&end, &[]).await.status, 404, "another's session is not there");
    assert_eq!(ada.post(&end, &[]).await.status, 303);
    assert!(one.get("/account").await.location().starts_with("/login"));
    assert_eq!(two.get("/account").await.status, 200);

    assert_eq!(ada.post("/account/sessions/end", &[]).await.status, 303);
    assert!(two.get("/account").await.location().starts_with("/login"));
    assert_eq!(ada.get("/account").await.status, 200);
    assert_eq!(bob.get("/account").await.status, 200);
}

#[actix_web::test]
async fn a_personal_token_is_created_shown_once_used_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let wish = [("name", "Laptop CLI"), ("expiry", "never"), ("power", "all")];

    let reveal = ada.post("/account/tokens", &wish).await;

    assert_eq!((reveal.status, reveal.header("cache-control")), (200, "no-store"));
    let text = secret(&reveal.text);
    assert!(reveal.says("User ") && reveal.says("it never expires"));
    let page = ada.get("/account").await;
    assert!(page.says("Laptop CLI") && page.says("Everything I may") && !page.says(&text));
    assert_eq!(ada.get("/account/tokens").await.location(), "/account#personal-access-tokens");
    assert_eq!(console.api(&text).get("/api/v2/token/").await.status, 200);

    console.note_uses();
    let id = console.texts("SELECT id::text AS text FROM tokens").remove(0);
    let delete = format!("/account/tokens/{id}/delete");
    assert!(ada.get(&delete).await.says("Type “Laptop CLI” to confirm"));
    let refused = ada.post(&delete, &[("confirm", "laptop")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.says("value=\"laptop\""));
    assert_eq!(ada.post(&delete, &[("confirm", "Laptop CLI")]).await.status, 303);
    assert_eq!(console.api(&text).get("/api/v2/token/").await.status, 401);
    assert_eq!(ada.get(&delete).await.status, 404);
}

#[actix_web::test]
async fn a_token_that_was_not_used_lately_is_deleted_without_typing_its_name() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.pat("old", &["records:read"]).await;
    let delete = format!("/account/tokens/{}/delete", token.id);
    assert!(!ada.get(&delete).await.says("to confirm"));
    assert_eq!(ada.post(&delete, &[]).await.status, 303);
}

#[actix_web::test]
async fn nobody_picks_more_for_a_token_than_they_have() {
    let console = Console::start().await;
    let bob = console.member("bob", Role::Operator).await;
    let form = bob.get("/account/tokens/new").await;
    assert!(form.says("name=\"permissions.records\"") && !form.says("name=\"permissions.audit\""));

    let more = [("name", "mine"), ("expiry", "30"), ("permissions.records", "manage")];
    let refused = bob.post("/account/tokens", &more).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.says("You do not hold records:manage yourself.") && refused.says("value=\"mine\"")
    );

    let nothing = [("name", "mine"), ("expiry", "30"), ("power", "picked")];
    assert!(bob.post("/account/tokens", &nothing).await.says("Pick at least one permission"));
    assert_eq!(console.rows("tokens"), 0);

    let fitting = [("name", "mine"), ("expiry", "30"), ("permissions.records", "write")];
    assert_eq!(bob.post("/account/tokens", &fitting).await.status, 200);
    assert!(bob.get("/account").await.says("records: write"));
}

#[actix_web::test]
async fn every_field_of_a_wish_that_is_wrong_is_named_at_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let wish = [("name", " "), ("expiry", "date"), ("until", "soon"), ("power", "picked")];
    let refused = ada.post("/account/tokens", &wish).await;
    assert_eq!(refused.status, 422);
    for said in ["Give it a name.", "Choose the day on which it ends.", "Pick at least one"] {
        assert!(refused.says(said), "{said}");
    }
}

#[actix_web::test]
async fn what_a_token_could_do_is_said_before_it_is_made() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let typed = "/account/tokens/new?name=x&expiry=7&power=picked&permissions.records=read";
    let page = ada.get(typed).await;
    assert!(page.says("Read records in all projects") && page.says("Stops working on"));
    let all = ada.get("/account/tokens/new?power=all").await;
    assert!(all.says("Read, write and manage all data") && all.says("never expires"));
    assert_eq!(console.rows("tokens"), 0);
}

#[actix_web::test]
async fn a_rotated_token_has_a_new_secret_and_the_old_one_a_while() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.full_pat("laptop").await;
    let rotate = format!("/account/tokens/{}/rotate", token.id);
    assert!(ada.get(&rotate).await.says("The old secret works on for"));
    assert_eq!(ada.post(&rotate, &[("grace", "7")]).await.status, 422);

    let reveal = ada.post(&rotate, &[("grace", "3600")]).await;

    let new = secret(&reveal.text);
    assert!(reveal.says("The old secret works on until"));
    for text in [&token.text, &new] {
        assert_eq!(console.api(text).get("/api/v2/token/").await.status, 200);
    }
    assert!(ada.get("/account").await.says("End grace now"));
    let end = format!("/account/tokens/{}/end-grace", token.id);
    assert_eq!(ada.post(&end, &[]).await.status, 303);
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 401);
    assert_eq!(console.api(&new).get("/api/v2/token/").await.status, 200);
}

#[actix_web::test]
async fn the_first_use_is_seen_where_the_secret_was_shown() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.full_pat("laptop").await;
    let line = format!("/account/tokens/{}/secrets/1/first-use", token.id);
    assert!(ada.hx_get(&line).await.says("Waiting for first use"));

    console.api(&token.text).get("/api/v2/token/").await;
    console.note_uses();

    assert!(ada.hx_get(&line).await.says("just now</time> from 127.0.0.1"));
}

#[actix_web::test]
async fn the_tokens_of_others_are_not_there() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    let token = ada.full_pat("laptop").await;
    for path in ["rotate", "delete", "secrets/1/first-use"] {
        let path = format!("/account/tokens/{}/{path}", token.id);
        assert_eq!(bob.get(&path).await.status, 404, "{path}");
    }
    for path in ["rotate", "delete", "end-grace"] {
        let path = format!("/account/tokens/{}/{path}", token.id);
        assert_eq!(bob.post(&path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(console.api(&token.text).get("/api/v2/token/").await.status, 200);
}

#[actix_web::test]
async fn a_token_for_some_days_ends_with_the_last_of_them() {
    let now = "2026-11-21T14:05:00Z".parse().unwrap();
    let console = Console::at(now).await;
    let ada = console.owner("ada").await;
    let wish = [("name", "week"), ("expiry", "7"), ("power", "all")];
    let text = secret(&ada.post("/account/tokens", &wish).await.text);

    console.clock.advance(TimeDelta::days(7));
    assert_eq!(console.api(&text).get("/api/v2/token/").await.status, 200);
    console.clock.advance(TimeDelta::hours(10));
    let refused = console.api(&text).get("/api/v2/token/").await;
    assert_eq!(refused.status, 401);
    assert!(refused.says("expired on 2026-11-28T23:59:59Z"), "{}", refused.text);
}

/// The value that a reveal shows.
fn secret(page: &str) -> String {
    let (_, shown) = page.split_once("<output").unwrap();
    let from = shown.find("jtn_pat_").unwrap();
    shown[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}
