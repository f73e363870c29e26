//! Signing in and out, and how a session ends.
mod first_start;
mod guards;
mod throttle;

use chrono::{DateTime, TimeDelta, Utc};
use jeton::access::Role;
use jeton::accounts;
use jeton::audit::Actor;
use jeton::clock::Clock;
use jeton::sessions::{self, Which};

use crate::support::{Answer, Browser, Console, PASSWORD, Person};

#[actix_web::test]
async fn whoever_has_signed_in_is_let_in_and_a_stranger_is_sent_to_sign_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Readonly).await;

    assert_eq!(ada.get("/").await.location(), "/orgs/acme");
    assert_eq!(bob.get("/").await.location(), "/orgs/acme");
    assert_eq!(console.stranger().get("/").await.location(), "/login");
}

#[actix_web::test]
async fn an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let stranger = console.stranger();

    let wrong = sign_in(&stranger, &ada.email, "correct horse battery stapler").await;
    let unknown = sign_in(&stranger, "eve@example.org", PASSWORD).await;

    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(wrong.text.replace(&ada.email, "eve@example.org"), unknown.text);
    assert!(wrong.says("E-mail and password do not match."), "{}", wrong.text);
    assert!(wrong.says(&ada.email) && !wrong.says("stapler"), "{}", wrong.text);
    assert_eq!(wrong.header("set-cookie"), "");
}

#[actix_web::test]
async fn a_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let cookie = cookie(&console, &ada).await;

    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert!(value.starts_with("jeton="));
    let attributes: Vec<_> = attributes.split("; ").collect();
    for wanted in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(attributes.contains(&wanted), "{wanted}: {attributes:?}");
    }
    assert!(!attributes.iter().any(|name| name.starts_with("Domain")), "{attributes:?}");
}

#[actix_web::test]
async fn over_https_a_cookie_is_bound_to_its_host_and_to_https() {
    let https = |config: &mut jeton::config::Config| {
        config.public_url = "https://jeton.example.org".parse().unwrap();
    };
    let console = Console::set_up(Clock::System, https).await;
    let ada = console.owner("ada").await;

    let cookie = cookie(&console, &ada).await;

    assert!(cookie.starts_with("__Host-jeton="), "{cookie}");
    assert!(cookie.contains("; Secure") && cookie.contains("; Path=/"), "{cookie}");
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[actix_web::test]
async fn signing_in_starts_a_new_session_and_ends_the_one_before() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let browser = console.stranger();
    let first = session(&sign_in(&browser, &ada.email, PASSWORD).await);

    let second = session(&sign_in(&browser, &ada.email, PASSWORD).await);

    assert_ne!(first, second);
    assert_eq!(shown(&console, &first).await, "/login");
    assert_eq!(shown(&console, &second).await, "/orgs/acme");
}

#[actix_web::test]
async fn a_forged_session_is_none() {
    let (console, other) = two_consoles_in_turn().await;
    let good = session(&sign_in(&console.stranger(), "ada@example.org", PASSWORD).await);
    assert_eq!(shown(&console, &good).await, "/orgs/acme");

    let (name, value) = good.split_once('=').unwrap();
    let other_letter = if value.starts_with('A') { "B" } else { "A" };
    let changed = format!("{name}={other_letter}{}", &value[1..]);
    for forged in
        [other, changed, good[..good.len() / 2].to_owned(), "jeton=".into(), "jeton=x".into()]
    {
        assert_eq!(shown(&console, &forged).await, "/login", "{forged}");
    }
}

#[actix_web::test]
async fn a_session_ends_after_a_day_without_use() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    console.clock.advance(sessions::IDLE - TimeDelta::minutes(2));
    assert_eq!(ada.get("/").await.location(), "/orgs/acme");
    console.clock.advance(sessions::IDLE - TimeDelta::minutes(2));
    assert_eq!(ada.get("/").await.location(), "/orgs/acme", "use keeps it");

    console.clock.advance(sessions::IDLE);

    assert_eq!(ada.get("/").await.location(), "/login");
}

#[actix_web::test]
async fn a_session_ends_after_a_fortnight_whatever_its_use() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let step = TimeDelta::hours(20);
    let mut age = step;
    while age < sessions::LONGEST {
        console.clock.advance(step);
        assert_eq!(ada.get("/").await.location(), "/orgs/acme", "after {age}");
        age += step;
    }

    console.clock.advance(step);

    assert_eq!(ada.get("/").await.location(), "/login");
}

#[actix_web::test]
async fn a_session_that_was_ended_elsewhere_is_over_at_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let (by, id) = (ada.actor(), ada.id);

    let end = console.app.db.write(move |tx| sessions::end(tx, &by, id, Which::All));
    assert_eq!(end.await.unwrap(), 1);

    assert_eq!(ada.get("/").await.location(), "/login");
}

#[actix_web::test]
async fn whoever_is_disabled_is_out_at_once_and_cannot_come_back() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let id = ada.id;

    let disable =
        console.app.db.write(move |tx| accounts::set_disabled(tx, &Actor::command(), id, true));
    disable.await.unwrap();

    assert_eq!(ada.get("/").await.location(), "/login");
    assert_eq!(sign_in(&ada, &ada.email, PASSWORD).await.status, 401);
}

#[actix_web::test]
async fn signing_out_ends_the_session_and_takes_the_cookie_back() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let kept = session(&sign_in(&ada, &ada.email, PASSWORD).await);

    let answer = ada.post("/logout", &[]).await;

    assert_eq!((answer.status, answer.location()), (303, "/login"));
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{:?}", answer.headers);
    assert_eq!(shown(&console, &kept).await, "/login", "a copy of the cookie is worth nothing");
    assert_eq!(console.rows("sessions"), 0);
}

#[actix_web::test]
async fn after_signing_in_one_is_where_one_wanted_to_be() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let browser = console.stranger();

    let sent = browser.get("/orgs/acme/projects?q=1").await;

    assert_eq!(sent.location(), "/login?next=%2Forgs%2Facme%2Fprojects%3Fq%3D1");
    let form = browser.get(sent.location()).await;
    assert!(form.says(r#"name="next" value="/orgs/acme/projects?q=1""#), "{}", form.text);
    let next = ("next", "/orgs/acme/projects?q=1");
    let there = browser
        .post("/login", &[("email", ada.email.as_str()), ("password", PASSWORD), next])
        .await;
    assert_eq!((there.status, there.location()), (303, "/orgs/acme/projects?q=1"));
}

#[actix_web::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/x",
    ] {
        let form = [("email", ada.email.as_str()), ("password", PASSWORD), ("next", next)];
        let answer = console.stranger().post("/login", &form).await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{next}");
    }
}

fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

async fn sign_in(browser: &Browser, email: &str, password: &str) -> Answer {
    browser.post("/login", &[("email", email), ("password", password)]).await
}

/// The whole `Set-Cookie` of a sign-in.
async fn cookie(console: &Console, person: &Person) -> String {
    let answer = sign_in(&console.stranger(), &person.email, PASSWORD).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("set-cookie").to_owned()
}

/// The cookie as a browser sends it back.
fn session(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap();
    assert!(cookie.starts_with("jeton="), "{:?}", answer.headers);
    cookie.to_owned()
}

/// Where `/` leads whoever presents that cookie.
async fn shown(console: &Console, cookie: &str) -> String {
    let request = console.stranger().request("GET", "/").header("Cookie", cookie);
    Answer::to(request).await.location().to_owned()
}

/// A console, and a cookie that another one with another key gave to the same person.
async fn two_consoles_in_turn() -> (Console, String) {
    let other = Console::start().await;
    other.owner("ada").await;
    let cookie = session(&sign_in(&other.stranger(), "ada@example.org", PASSWORD).await);
    drop(other);
    let console = Console::start().await;
    console.owner("ada").await;
    (console, cookie)
}
