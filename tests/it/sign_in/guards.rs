//! What a browser is protected from: other sites, frames, scripts, caches.
use jeton::clock::Clock;

use crate::support::{Answer, Console, PASSWORD, Person};

const FOREIGN: &[(&str, &str)] = &[
    ("Origin", "https://evil.example"),
    ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-site"),
];

async fn post(person: &Person, path: &str, header: (&str, &str)) -> Answer {
    let form = [("project_id", "prd-x"), ("name", "X"), ("email", &person.email)];
    let request = person.request("POST", path).header(header.0, header.1).form(&form);
    Answer::to(request).await
}

#[actix_web::test]
async fn a_form_of_another_site_is_refused_and_changes_nothing() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let before = (console.rows("audit_events"), console.rows("sessions"));
    for &foreign in FOREIGN {
        for path in ["/orgs/acme/projects", "/logout", "/login", "/setup"] {
            let answer = post(&ada, path, foreign).await;
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
            assert!(answer.says("sent from another site"), "{}", answer.text);
        }
    }
    assert_eq!((console.rows("audit_events"), console.rows("sessions")), before);
    assert_eq!((console.rows("projects"), console.rows("sign_in_failures")), (0, 1));
}

#[actix_web::test]
async fn a_form_of_our_own_is_taken() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let own = console.url.clone();
    for (number, header) in
        [("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none")]
            .into_iter()
            .enumerate()
    {
        let (id, request) = (format!("prd-{number}"), ada.request("POST", "/orgs/acme/projects"));
        let form = [("project_id", id.as_str()), ("name", "X")];
        let answer = Answer::to(request.header(header.0, header.1).form(&form)).await;
        assert!(answer.status < 400, "{header:?}: {}", answer.text);
    }
    assert_eq!(console.rows("projects"), 3);
}

#[actix_web::test]
async fn every_answer_carries_the_headers_that_protect_a_browser() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for path in [
        "/",
        "/login",
        "/healthz",
        "/orgs/acme/settings",
        "/nothing",
        "/static/x/y.js",
        "/api/v2/x",
    ] {
        let answer = ada.get(path).await;
        let csp = answer.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(csp.contains(directive), "{path}: {csp}");
        }
        assert!(!csp.contains("unsafe") && !csp.contains("http"), "{path}: {csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", ""),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}: {name}");
        }
    }
}

#[actix_web::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let https = |config: &mut jeton::config::Config| {
        config.public_url = "https://jeton.example.org".parse().unwrap();
    };
    let console = Console::set_up(Clock::System, https).await;

    let answer = console.stranger().get("/setup").await;

    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"));
}

#[actix_web::test]
async fn a_body_beyond_the_bound_is_refused() {
    let console = Console::start().await;
    console.owner("ada").await;
    let email = "a".repeat(70_000);

    let form = [("email", email.as_str()), ("password", PASSWORD)];
    let answer = console.stranger().post("/login", &form).await;

    assert_eq!(answer.status, 413, "{}", answer.text);
}
