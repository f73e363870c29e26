//! Invitations: made by an owner, accepted with an account or with a new one, once.
use chrono::{DateTime, TimeDelta, Utc};
use jeton::access::Role;

use super::MEMBERS;
use crate::support::{Console, PASSWORD, Person};

const INVITE: &str = "/orgs/acme/access/members/invite";

/// The code of a new invitation.
async fn invited(ada: &Person, email: &str, role: &str) -> String {
    let wish = [("email", email), ("role", role), ("all_projects", "true"), ("days", "7")];
    let answer = ada.post(INVITE, &wish).await.is(201);
    let link = answer.text.split("/invitations#").nth(1).unwrap();
    link.chars().take_while(char::is_ascii_hexdigit).collect()
}

fn newcomer<'f>(code: &'f str, email: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("code", code),
        ("account", "new"),
        ("name", "Bob"),
        ("email", email),
        ("password", "a long enough password"),
    ]
}

#[actix_web::test]
async fn someone_new_makes_an_account_and_is_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let code = invited(&ada, "bob@example.org", "operator").await;
    let pending = ada.get(MEMBERS).await.is(200);
    assert!(pending.says("Invitations") && pending.says("bob@example.org"));
    assert!(!pending.says(&code), "the code is shown once");

    let bob = console.stranger();
    assert!(bob.get("/invitations").await.is(200).says("Invitation code"));
    let opened = bob.post("/invitations", &[("code", &code)]).await.is(200);
    for said in ["Join Acme", "ada invites bob@example.org", "operator", "All projects"] {
        assert!(opened.says(said), "{said}: {}", opened.text);
    }
    let mut short = newcomer(&code, "bob@example.org");
    short[4].1 = "too short";
    let refused = bob.post("/invitations/accept", &short).await.is(422);
    assert!(refused.says("Use 12 characters or more.") && refused.says("value=\"Bob\""));
    assert!(!refused.says("too short"));
    let other = bob.post("/invitations/accept", &newcomer(&code, "eve@example.org")).await;
    assert!(other.is(422).says("Use the address that the invitation is for."));
    assert_eq!(console.rows("users"), 1);
    let joined = bob.post("/invitations/accept", &newcomer(&code, "Bob@example.org")).await;
    assert_eq!(joined.is(303).location(), "/orgs/acme");

    assert!(bob.get("/orgs/acme").await.is(200).says("Bob"));
    assert!(!ada.get(MEMBERS).await.says("Not accepted yet"));
    let actions = console.audit_actions();
    let last = &actions[actions.len() - 4..];
    assert_eq!(last, ["invitation.created", "user.created", "member.added", "session.started"]);
    let again = console.stranger();
    again
        .post("/login", &[("email", "bob@example.org"), ("password", "a long enough password")])
        .await
        .is(303);
}

#[actix_web::test]
async fn someone_who_has_an_account_joins_with_it_signed_in_or_not() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    let code = invited(&ada, "", "readonly").await;
    let opened = eve.post("/invitations", &[("code", &code)]).await.is(200);
    assert!(opened.says("You are signed in as <strong>eve</strong>"));
    let joined = eve.post("/invitations/accept", &[("code", &code)]).await.is(303);
    assert_eq!(joined.location(), "/orgs/acme");
    assert!(eve.get("/orgs/acme").await.is(200).says("You are in Acme"));

    let gus = console.owner_of("gus", "initech").await;
    let code = invited(&ada, "GUS@example.org", "owner").await;
    let browser = console.stranger();
    let form = |password| {
        [
            ("code", code.as_str()),
            ("account", "known"),
            ("email", gus.email.as_str()),
            ("password", password),
        ]
    };
    let wrong = browser.post("/invitations/accept", &form("not his password")).await.is(422);
    assert!(wrong.says("E-mail and password do not match.") && !wrong.says("not his password"));
    assert_eq!(browser.post("/invitations/accept", &form(PASSWORD)).await.status, 303);
    assert!(browser.get(MEMBERS).await.is(200).says("Invite member"), "an owner");
}

#[actix_web::test]
async fn an_invitation_is_good_once() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let code = invited(&ada, "", "readonly").await;
    let eve = console.owner_of("eve", "globex").await;
    let gus = console.owner_of("gus", "initech").await;
    let form = [("code", code.as_str())];
    let (one, other) = tokio::join!(
        eve.post("/invitations/accept", &form),
        gus.post("/invitations/accept", &form)
    );
    let mut said = [one.status, other.status];
    said.sort_unstable();
    assert_eq!(said, [303, 422]);
    let late = if one.status == 422 { one } else { other };
    assert!(late.says("This invitation was used already"), "{}", late.text);
    assert_eq!(console.texts("SELECT count(*)::text AS text FROM memberships"), ["4"]);
    assert!(gus.post("/invitations", &form).await.is(422).says("used already"));
}

#[actix_web::test]
async fn a_member_cannot_use_an_invitation_up() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Readonly).await;
    let code = invited(&ada, "", "owner").await;
    let refused = bob.post("/invitations/accept", &[("code", &code)]).await.is(422);
    assert!(refused.says("You are a member of Acme already."), "{}", refused.text);
    let role = "SELECT role AS text FROM memberships ORDER BY role";
    assert_eq!(console.texts(role), ["owner", "readonly"]);
    let eve = console.owner_of("eve", "globex").await;
    eve.post("/invitations/accept", &[("code", &code)]).await.is(303);
    let again = ada.post(INVITE, &[("email", "bob@example.org"), ("role", "owner"), ("days", "7")]);
    assert!(again.await.is(422).says("bob is a member already."));
}

#[actix_web::test]
async fn an_invitation_for_someone_else_opens_nothing() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    let code = invited(&ada, "bob@example.org", "owner").await;
    let refused = eve.post("/invitations/accept", &[("code", &code)]).await.is(422);
    assert!(refused.says("This invitation is for bob@example.org, and you are eve@example.org."));
    assert_eq!(eve.get("/orgs/acme").await.status, 404);
}

#[actix_web::test]
async fn what_is_expired_withdrawn_or_never_was_says_so() {
    let start: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().unwrap();
    let console = Console::at(start).await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    let opens = async |code: &str| {
        let answer = eve.post("/invitations", &[("code", code)]).await;
        let accepted = eve.post("/invitations/accept", &[("code", code)]).await;
        assert_eq!((answer.status, accepted.status), (422, 422));
        assert_eq!(console.rows("memberships"), 2);
        answer
    };
    for code in ["", "x", &"0".repeat(64), "jtn_pat_x"] {
        assert!(opens(code).await.says("No invitation has this code."), "{code}");
    }
    let withdrawn = invited(&ada, "", "owner").await;
    let id = console.texts("SELECT id::text AS text FROM invitations").remove(0);
    let withdraw = format!("{MEMBERS}/invitations/{id}/withdraw");
    assert!(ada.get(&withdraw).await.is(200).says("Withdraw the invitation"));
    ada.post(&withdraw, &[]).await.is(303);
    ada.post(&withdraw, &[]).await.is(404);
    assert!(opens(&withdrawn).await.says("This invitation was withdrawn."));

    let late = invited(&ada, "", "owner").await;
    console.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    ada.signs_in().await;
    eve.signs_in().await;
    eve.post("/invitations", &[("code", &late)]).await.is(200);
    console.clock.advance(TimeDelta::seconds(1));
    assert!(opens(&late).await.says("This invitation expired on 29 Nov 2026, 08:00 UTC."));
    assert!(!ada.get(MEMBERS).await.is(200).says("Not accepted yet"));
}

#[actix_web::test]
async fn an_invitation_goes_no_further_than_whoever_gave_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.owner("bob").await;
    let code = invited(&bob, "", "owner").await;
    ada.post(&format!("{MEMBERS}/{}/change", bob.id), &[("role", "readonly")]).await.is(303);
    let eve = console.owner_of("eve", "globex").await;
    let refused = eve.post("/invitations/accept", &[("code", &code)]).await.is(422);
    assert!(refused.says("This invitation was withdrawn."));
    assert!(!ada.get(MEMBERS).await.says("Not accepted yet"));
}

#[actix_web::test]
async fn a_bad_invitation_comes_back_as_it_was_typed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bad = [("email", "bob"), ("role", "owner"), ("days", "7")];
    let refused = ada.post(INVITE, &bad).await.is(422);
    assert!(refused.says("value=\"bob\"") && refused.says("id=\"email-e\""));
    let bad = [("email", ""), ("role", ""), ("days", "365")];
    let refused = ada.post(INVITE, &bad).await.is(422);
    assert!(refused.says("Choose a role.") && refused.says("Choose how long it is good."));
    assert_eq!(console.rows("invitations"), 0);
}
