//! Policies: shown before they hold, warned of, enforced from a day on, by the clock and at use.
mod agreement;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jeton::policies::{Expiry, PersonalWish};
use serde_json::{Value, json};

use crate::support::{Console, Person, TestToken};

const POLICIES: &str = "/orgs/acme/settings/policies";
const OURS: &str = "/api/v2/organization/policy/";
const LIST: &str = "/orgs/acme/settings/tokens";

fn noon() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

async fn works(console: &Console, token: &TestToken) -> bool {
    console.api(&token.text).get("/api/v2/token/").await.status == 200
}

/// What its holder is told.
async fn told(console: &Console, token: &TestToken) -> String {
    let answer = console.api(&token.text).get("/api/v2/token/").await.is(401);
    answer.json()["error"]["message"].as_str().unwrap().to_owned()
}

async fn for_ever(person: &Person, name: &str) -> TestToken {
    let (name, expiry) = (name.to_owned(), Expiry::Never);
    person.pat_wish(PersonalWish { name, expiry, picked: None, may_rotate_itself: false }).await
}

#[actix_web::test]
async fn a_preview_names_the_tokens_and_whose_they_are() {
    let console = Console::at(noon()).await;
    let (ada, bob) = (console.owner("ada").await, console.owner("bob").await);
    for number in 0..13 {
        bob.issues(&format!("Import {number:02}")).await;
    }
    let api = console.api(&ada.full_pat("all").await.text);

    let page = ada.get(&format!("{POLICIES}?max_lifetime_days=30")).await.is(200);
    assert!(page.says("13 more tokens would be blocked") && page.says("Import 09"));
    assert!(page.says("bob@example.org") && page.says("lives longer than 30 days"));
    assert!(!page.says("Import 10"));
    let (before, _) = page.text.split_once("\" rel=\"next\"").unwrap();
    let next = before.rsplit('"').next().unwrap().replace("&#38;", "&");
    let second = ada.get(next.split('#').next().unwrap()).await.is(200);
    assert!(second.says("Import 10") && second.says("Import 12") && !second.says("Import 09"));
    assert!(second.says("13 more tokens would be blocked"));

    let body = json!({"max_lifetime_days": 30, "allow_non_expiring": false});
    let preview = format!("{OURS}preview/?limit=10");
    let first = api.post(&preview, &body).await.is(200);
    let said = first.json();
    assert_eq!((&said["blocks"], &said["blocked_now"]), (&json!(13), &json!(0)));
    assert_eq!(said["tokens"][0]["name"], "Import 00");
    assert_eq!(said["tokens"][0]["user"]["email"], "bob@example.org");
    assert_eq!(said["tokens"][0]["reason"], "lives longer than 30 days");
    let next = first.header("link").split(['<', '>']).nth(1).unwrap().to_owned();
    let rest = api.post(next.strip_prefix(&console.url).unwrap(), &body).await.is(200).json();
    assert_eq!(rest["tokens"].as_array().unwrap().len(), 3);
    let loose = json!({"max_lifetime_days": null, "allow_non_expiring": true});
    assert_eq!(api.post(&preview, &loose).await.is(200).json()["blocks"], 0);
    for (field, value) in
        [("enforced_from", json!("2026-11-22T23:59:59Z")), ("max_lifetime_days", json!(0))]
    {
        let mut wrong = body.clone();
        wrong[field] = value;
        assert!(!api.post(&preview, &wrong).await.is(400).problem(field).is_empty());
    }
    assert!(!console.audit_actions().contains(&"policy.changed".to_owned()));
}

#[actix_web::test]
async fn a_warning_blocks_nothing_and_says_why_everywhere() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Long import").await;
    let form = [("max_lifetime_days", "30"), ("how", "warn"), ("seen", "1")];
    assert_eq!(ada.post(POLICIES, &form).await.status, 303);

    assert!(works(&console, &token).await);
    console.clock.advance(TimeDelta::days(100));
    assert!(works(&console, &token).await, "a warning stays one");
    ada.signs_in().await;
    let list = ada.get(LIST).await;
    assert!(list.says("Against the policy") && list.says("lives longer than 30 days"));
    assert!(list.says("1 token is against the new policy."));
    let flagged = ada.get(&format!("{LIST}?state=warned")).await;
    assert!(flagged.says("Long import"));
    let page = ada.get(&format!("{LIST}/{}", token.id)).await;
    assert!(
        page.says("Against the new policy, which only warns so far: it lives longer than 30 days")
    );
    assert!(ada.get("/orgs/acme").await.says("1 more against the new policy"));
    let card = ada.get(POLICIES).await;
    assert!(card.says("Tokens that exist are only flagged") && card.says("180 days"));

    let refused =
        ada.post(LIST, &[("name", "another"), ("expiry", "90"), ("role", "readonly")]).await;
    assert_eq!(refused.status, 422, "new tokens obey at once");
    assert!(refused.says("at most 30 days"));
    let last = console
        .texts("SELECT detail::text AS text FROM audit_events WHERE action = 'policy.changed'");
    assert!(last[0].contains("\"only_warns\": true"), "{last:?}");
    assert!(ada.get("/orgs/acme/audit").await.says("only warns: yes"));
}

#[actix_web::test]
async fn a_policy_is_enforced_from_its_day_on_by_the_clock_and_from_memory() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let (long, short) = (ada.issues("Long import").await, ada.issues("Short").await);
    let days = json!({"max_lifetime_days": 30, "allow_non_expiring": false});
    let api = console.api(&ada.full_pat("all").await.text);
    let set = format!("/api/v2/organization/tokens/{}/", short.id);
    let soon = json!({"expires_at": noon() + TimeDelta::days(20)});
    api.patch(&set, &soon).await.is(200);
    let form =
        [("max_lifetime_days", "30"), ("how", "date"), ("from", "2026-12-03"), ("seen", "1")];
    assert_eq!(ada.post(POLICIES, &form).await.status, 303);
    let pending = api.get(OURS).await.is(200).json();
    assert_eq!(pending["pending"]["enforced_from"], "2026-12-03T00:00:00Z");
    assert_eq!(pending["pending"]["until_then"]["max_lifetime_days"], 180);

    assert!(ada.get(LIST).await.says("Will be blocked on 3 Dec"));
    assert!(ada.get(LIST).await.says("1 token will be blocked on 3 Dec."));
    assert!(ada.get("/orgs/acme").await.says("1 more on 3 Dec"));
    console.clock.advance(TimeDelta::days(9) + TimeDelta::hours(11) + TimeDelta::minutes(59));
    assert!(works(&console, &long).await && works(&console, &short).await);
    let looked_up = console.app.verifier.meters.looked_up.get();
    console.clock.advance(TimeDelta::minutes(1));

    assert_eq!(
        told(&console, &long).await,
        "the token is blocked by a policy: it lives longer than 30 days"
    );
    assert!(works(&console, &short).await);
    assert_eq!(console.app.verifier.meters.looked_up.get(), looked_up, "without any query");
    assert_eq!(api.get(OURS).await.is(200).json(), days);
    ada.signs_in().await;
    assert!(ada.get(LIST).await.says("Blocked by policy"));
    assert!(ada.get(POLICIES).await.says("1 token is blocked by this policy: “Long import”"));

    let comply = json!({"expires_at": console.clock.now() + TimeDelta::days(29)});
    api.patch(&format!("/api/v2/organization/tokens/{}/", long.id), &comply).await.is(200);
    assert!(works(&console, &long).await, "it complies");
}

#[actix_web::test]
async fn what_was_enforced_stays_so_until_the_new_rule_takes_its_place() {
    let console = Console::at(noon()).await;
    let ada = console.owner("ada").await;
    let token = ada.issues("Long import").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let put = async |body: Value| api.put(OURS, &body).await.is(200);
    put(json!({"max_lifetime_days": 90, "allow_non_expiring": false})).await;
    assert!(!works(&console, &token).await);

    put(json!({"max_lifetime_days": 30, "allow_non_expiring": false, "enforced_from": null})).await;
    assert!(!works(&console, &token).await, "90 days are enforced as before");
    let day = "2026-12-03T00:00:00+01:00";
    put(json!({"max_lifetime_days": 365, "allow_non_expiring": false, "enforced_from": day})).await;
    assert!(works(&console, &token).await, "what is allowed again is free at once");
    let last = json!({"max_lifetime_days": 365, "allow_non_expiring": false,
        "enforced_from": "2026-11-22T12:00:00Z"});
    assert!(
        api.put(OURS, &last)
            .await
            .is(400)
            .problem("enforced_from")
            .contains("today or a later day")
    );
}

#[actix_web::test]
async fn the_policy_for_personal_tokens_is_the_admins() {
    let console = Console::at(noon()).await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let laptop = for_ever(&ada, "Laptop").await;
    let import = ada.issues("Long import").await;
    let preview = root.get("/admin/policy?max_lifetime_days=90").await.is(200);
    assert!(preview.says("1 more token would be blocked") && preview.says("Laptop"));
    assert!(preview.says("ada@example.org") && preview.says("never expires"));
    assert!(!preview.says("Long import"), "an organization has its own");

    let held_back =
        root.post("/admin/policy", &[("max_lifetime_days", "90"), ("how", "now")]).await;
    assert_eq!(held_back.status, 422);
    assert!(held_back.says("Nothing is saved yet."));
    let form =
        [("max_lifetime_days", "90"), ("how", "date"), ("from", "2026-11-30"), ("seen", "1")];
    assert_eq!(root.post("/admin/policy", &form).await.location(), "/admin/policy");
    let account = ada.get("/account").await;
    assert!(
        account.says("Will be blocked on 30 Nov")
            && account.says("1 token will be blocked on 30 Nov.")
    );
    assert!(works(&console, &laptop).await);
    console.clock.advance(TimeDelta::days(7));
    ada.signs_in().await;

    assert_eq!(told(&console, &laptop).await, "the token is blocked by a policy: it never expires");
    assert!(works(&console, &import).await);
    assert!(ada.get("/account").await.says("Blocked by policy"));
    let full = console.api(&root.full_pat("admin").await.text);
    let loose = json!({"max_lifetime_days": null, "allow_non_expiring": true});
    full.put("/api/v2/admin/policy/", &loose).await.is(200);
    assert!(works(&console, &laptop).await, "nothing is revoked by a policy");
}

#[actix_web::test]
async fn only_a_token_of_an_admin_that_holds_everything_runs_the_instance() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    let picked = root.pat("picked", &["policies:manage", "tokens:manage"]).await;
    let full = root.full_pat("full").await;
    for token in [&picked, &ada.full_pat("all").await, &root.issues("oat").await] {
        let refused = console.api(&token.text).get("/api/v2/admin/policy/").await.is(403);
        assert!(refused.says("a personal access token of a platform admin"));
    }
    console.api(&full.text).get("/api/v2/admin/policy/").await.is(200);

    console.texts(&format!(
        "UPDATE users SET is_admin = false WHERE id = {} RETURNING name AS text",
        root.id
    ));
    console.api(&full.text).get("/api/v2/admin/policy/").await.is(403);
}

#[actix_web::test]
async fn another_instance_and_a_change_by_hand_are_obeyed_at_once() {
    let (here, there) = Console::two().await;
    let ada = here.owner("ada").await;
    let token = ada.issues("Long import").await;
    let enforced = async |console: &Console, when: bool| {
        for _ in 0..200 {
            if works(console, &token).await != when {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not obeyed");
    };
    assert!(works(&here, &token).await && works(&there, &token).await);
    let form = [("max_lifetime_days", "30"), ("how", "warn"), ("seen", "1")];
    assert_eq!(ada.post(POLICIES, &form).await.status, 303);
    assert!(works(&here, &token).await && works(&there, &token).await);

    // By hand, from beside both: enforced a second from now.
    here.texts(
        "UPDATE policies SET enforced_from = clock_timestamp() + interval '1 second'
         WHERE organization_id IS NOT NULL RETURNING '' AS text",
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(
        works(&here, &token).await && works(&there, &token).await,
        "kept in memory, until then"
    );
    enforced(&here, true).await;
    enforced(&there, true).await;

    let form = [("max_lifetime_days", "365"), ("how", "now")];
    assert_eq!(ada.post(POLICIES, &form).await.status, 303);
    enforced(&there, false).await;
}
