//! An owner keeps a member's personal token out of their organization: at once, on every instance,
//! and there only. A removed member's tokens have no power there either.
use std::time::{Duration, Instant};

use jeton::access::Role;
use serde_json::{Value, json};

use crate::support::{Console, Person, TestToken};

const GATE: &str = "/forward-auth/nginx?require=records:read&organization=acme";
const PERSONAL: &str = "/api/v2/organization/personal-tokens/";

async fn asks(console: &Console, token: &TestToken) -> u16 {
    console.api(&token.text).get(GATE).await.status
}

/// Until the verdict comes from memory.
async fn warm(console: &Console, token: &TestToken) {
    let (start, kept) = (Instant::now(), &console.app.verifier.meters.kept);
    let before = kept.get();
    while kept.get() == before {
        assert_eq!(asks(console, token).await, 200);
        assert!(start.elapsed() < Duration::from_secs(10), "memory is never used");
    }
}

async fn hears(console: &Console, token: &TestToken, status: u16) {
    let start = Instant::now();
    while asks(console, token).await != status {
        assert!(start.elapsed() < Duration::from_secs(10), "it was never heard of");
    }
}

fn block(token: &TestToken) -> String {
    format!("{PERSONAL}{}/block/", token.id)
}

#[actix_web::test]
async fn a_block_holds_at_once_here_and_elsewhere_and_so_does_its_end() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    let bob = here.member("bob", Role::Operator).await;
    let api = here.api(&ada.full_pat("all").await.text);
    let token = bob.full_pat("laptop").await;
    warm(&here, &token).await;
    warm(&there, &token).await;

    api.request("PUT", &block(&token)).send().await.unwrap().error_for_status().unwrap();
    assert_eq!(asks(&here, &token).await, 403);
    hears(&there, &token, 403).await;
    api.delete(&block(&token)).await.is(204);
    assert_eq!(asks(&here, &token).await, 200);
    hears(&there, &token, 200).await;

    let by_hand = format!(
        "INSERT INTO token_blocks SELECT organization_id, {}, now() FROM memberships
         WHERE user_id = {} RETURNING 'blocked' AS text",
        token.id, bob.id
    );
    warm(&there, &token).await;
    assert_eq!(here.texts(&by_hand), ["blocked"]);
    hears(&there, &token, 403).await;
    warm_elsewhere(&here, &there, &token).await;
}

/// What is let in again by hand is heard of, too.
async fn warm_elsewhere(here: &Console, there: &Console, token: &TestToken) {
    assert_eq!(here.texts("DELETE FROM token_blocks RETURNING 'let in' AS text"), ["let in"]);
    hears(there, token, 200).await;
}

#[actix_web::test]
async fn a_removed_members_token_dies_at_once_here_and_elsewhere() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    let bob = here.member("bob", Role::Operator).await;
    let token = bob.full_pat("laptop").await;
    warm(&here, &token).await;
    warm(&there, &token).await;
    let remove = format!("/orgs/acme/access/members/{}/remove", bob.id);
    // The token is in use, so that the name must be typed as soon as that is written down.
    here.note_uses();
    ada.post(&remove, &[("confirm", "bob")]).await.is(303);
    assert_eq!(asks(&here, &token).await, 403);
    hears(&there, &token, 403).await;
    let refused = here.api(&token.text).get("/api/v2/organization/projects/").await.is(403);
    assert!(refused.says("you belong to no organization"), "{}", refused.text);
}

#[actix_web::test]
async fn whoever_holds_a_blocked_token_is_told_and_it_works_on_elsewhere() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Operator).await;
    console.member_of("bob", "globex", Role::Operator).await;
    let api = console.api(&ada.full_pat("all").await.text);
    let token = bob.full_pat("laptop").await;
    let mine = console.api(&token.text);
    let projects = async |organization: &str| {
        let path = "/api/v2/organization/projects/";
        let request = mine.request("GET", path).header("X-Organization", organization);
        crate::support::Answer::to(request).await
    };
    projects("acme").await.is(200);
    api.put(&block(&token), &json!({})).await.is(200);

    let refused = projects("acme").await.is(403);
    assert!(refused.says("the token is blocked by an owner of acme"), "{}", refused.text);
    assert!(refused.header("www-authenticate").contains("blocked by an owner of acme"));
    projects("globex").await.is(200);
    mine.get("/api/v2/organization/projects/").await.is(400);
    let gate = mine.get(GATE).await.is(403);
    assert!(gate.header("www-authenticate").contains("blocked by an owner of acme"));
    let own = mine.get("/api/v2/token/").await.is(200).json();
    assert_eq!(own["blocked_in"], json!(["acme"]));
    assert_eq!(own["organizations"].as_array().unwrap().len(), 1);
    let listed = mine.get("/api/v2/user/tokens/").await.is(200).json();
    assert_eq!(listed[0]["blocked_in"], json!(["acme"]));
    assert!(bob.get("/account").await.says("Blocked in Acme by an owner."));
}

#[actix_web::test]
async fn owners_see_members_tokens_and_never_a_value() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Operator).await;
    let eve = console.owner_of("eve", "globex").await;
    let theirs = eve.full_pat("elsewhere").await;
    let token = bob.pat("laptop", &["records:read"]).await;
    let all = ada.full_pat("all").await;
    let api = console.api(&all.text);
    let listed = api.get(PERSONAL).await.is(200);
    let names: Vec<_> =
        listed.json().as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["all", "laptop"]);
    let one = &listed.json()[1];
    assert_eq!((&one["holder"]["name"], &one["role"]), (&json!("bob"), &json!("operator")));
    assert_eq!(
        (&one["permissions"], &one["state"]),
        (&json!({"records": "read"}), &json!("active"))
    );
    assert!(!listed.says(&token.text[8..16]), "not even the hint");

    let blocked = api.put(&block(&token), &json!({})).await.is(200).json();
    assert_eq!(blocked["blocked_by"], json!("ada"));
    let again = api.put(&block(&token), &json!({})).await.is(200).json();
    assert_eq!(again["blocked_at"], blocked["blocked_at"]);
    api.delete(&block(&token)).await.is(204);
    api.delete(&block(&token)).await.is(204);
    let actions = console.audit_actions();
    let of_blocks: Vec<_> =
        actions.iter().filter(|action| action.starts_with("personal_token.")).collect();
    assert_eq!(of_blocks, ["personal_token.blocked", "personal_token.unblocked"]);
    for path in [block(&theirs), format!("{PERSONAL}0/block/")] {
        assert_eq!(api.put(&path, &json!({})).await.is(404).code(), "TOKEN_NOT_FOUND");
    }
    let first = api.get(&format!("{PERSONAL}?limit=1")).await.is(200);
    assert!(first.header("link").contains("after="));
    let next = first.header("link").split(['<', '>']).nth(1).unwrap();
    let rest: Value = api.get(next.strip_prefix(&console.url).unwrap()).await.is(200).json();
    assert_eq!(rest[0]["name"], "laptop");
}

#[actix_web::test]
async fn only_who_may_manage_members_blocks_and_power_is_only_passed_down() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob: Person = console.member("bob", Role::Operator).await;
    let token = bob.full_pat("laptop").await;
    let others = console.api(&token.text);
    others.get(PERSONAL).await.is(403);
    others.put(&block(&token), &json!({})).await.is(403);
    let reader = console.api(&ada.pat("reader", &["members:read"]).await.text);
    reader.get(PERSONAL).await.is(200);
    reader.put(&block(&token), &json!({})).await.is(403);
    let narrow = console.api(&ada.pat("narrow", &["members:manage"]).await.text);
    narrow.put(&block(&token), &json!({})).await.is(200);
    let refused = narrow.delete(&block(&token)).await.is(403);
    assert!(refused.says("power is only passed down"), "{}", refused.text);
}
