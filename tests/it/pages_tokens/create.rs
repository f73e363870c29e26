//! Making a token by the form, and the one page that shows it.
use jeton::access::Role;

use super::{READER, TOKENS, names, secret_in, typed};
use crate::support::{Console, Person};

#[actix_web::test]
async fn a_new_token_is_shown_once_and_never_again() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let made = ada.post(TOKENS, &READER).await;

    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"));
    let secret = secret_in(&made).unwrap();
    assert!(made.says("“CI” is ready") && made.says("You won’t see it again."));
    assert_eq!(console.api(&secret).get("/api/v2/token/").await.status, 200);
    for path in [TOKENS, "/orgs/acme/settings/tokens/1", "/orgs/acme/audit", TOKENS] {
        assert!(!ada.get(path).await.says(&secret), "{path}");
    }
    assert_eq!(names(&ada.get(TOKENS).await), ["CI"]);
}

#[actix_web::test]
async fn the_page_that_shows_it_says_how_it_is_used() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let made = ada.post(TOKENS, &typed(&[("name", "Webhook relay (north)")])).await;

    let secret = secret_in(&made).unwrap();
    for said in [
        format!("curl {}/api/v2/token/", console.url),
        format!("-H 'Authorization: Bearer {secret}'"),
        format!("JETON_URL={}\nJETON_TOKEN={secret}", console.url),
        "JETON_TOKEN: ${{ secrets.JETON_TOKEN }}".to_owned(),
        format!("metadata: {{ name: webhook-relay-north }}\nstringData:\n  JETON_TOKEN: {secret}"),
    ] {
        assert!(made.text.contains(&said), "{said}\n{}", made.text);
    }
}

#[actix_web::test]
async fn a_form_that_was_sent_twice_says_how_to_come_by_the_value() {
    let console = Console::at(chrono::Utc::now()).await;
    let ada = console.owner("ada").await;
    ada.post(TOKENS, &READER).await.is(201);
    let own = [("name", "CI"), ("expiry", "30"), ("power", "all")];
    ada.post("/account/tokens", &own).await.is(200);

    for (path, form, rotate) in [
        (TOKENS, &READER[..], format!("href=\"{TOKENS}/1/rotate\"")),
        ("/account/tokens", &own, "href=\"/account/tokens/2/rotate\"".to_owned()),
    ] {
        let again = ada.post(path, form).await.is(422);
        for said in ["Another token is called “CI”.", "“CI” was made", "was sent twice", &rotate]
        {
            assert!(again.says(said), "{said}: {}", again.text);
        }
        assert_eq!(secret_in(&again), None);
    }

    console.clock.advance(chrono::TimeDelta::minutes(16));
    assert!(!ada.post(TOKENS, &READER).await.says("was sent twice"), "that is another form");
}

#[actix_web::test]
async fn its_line_waits_until_the_secret_is_used() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let made = ada.post(TOKENS, &READER).await;
    let line = format!("{TOKENS}/1/first-use/1");
    assert!(made.says(&format!("hx-get=\"{line}\"")), "{}", made.text);
    let waiting = ada.part(&line).await;
    assert!(waiting.says("Waiting for first use") && waiting.says("hx-trigger"));

    console.api(&secret_in(&made).unwrap()).get("/api/v2/token/").await;
    console.note_uses();

    let used = ada.part(&line).await;
    assert!(used.says("just now</time> from 127.0.0.1"), "{}", used.text);
    assert!(!used.says("hx-get"), "it asks no more");
}

#[actix_web::test]
async fn htmx_is_given_the_dialog_alone_or_the_page_with_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let dialog = ada.part(&format!("{TOKENS}/new")).await;
    let page = ada.get(&format!("{TOKENS}/new")).await;

    assert!(dialog.says("<dialog") && !dialog.says("<html"), "{}", dialog.text);
    assert!(page.says("<dialog") && page.says("<html") && page.says("class=\"app\" inert"));
    let made = ada.hx_post(TOKENS, &READER).await;
    assert_eq!(names(&made), ["CI"], "the row is there, behind the dialog");
    assert_eq!(made.header("hx-replace-url"), TOKENS);
}

/// Leaves nothing behind, and gives back what was typed.
async fn refused(console: &Console, ada: &Person, form: &[(&str, &str)], said: &str) {
    let before =
        (console.rows("tokens"), console.rows("token_secrets"), console.rows("audit_events"));
    let answer = ada.post(TOKENS, form).await;
    assert_eq!(answer.status, 422, "{form:?}: {}", answer.text);
    assert!(answer.says(said), "{form:?}: {said}: {}", answer.text);
    assert_eq!(answer.text.matches(" autofocus").count(), 1, "one field has the keyboard");
    assert_eq!(secret_in(&answer), None);
    let after =
        (console.rows("tokens"), console.rows("token_secrets"), console.rows("audit_events"));
    assert_eq!(after, before, "{form:?}");
}

#[actix_web::test]
async fn each_bad_field_is_named_and_nothing_happens() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console.owner_of("eve", "globex").await.project("prd-secret").await;
    let long = "x".repeat(81);
    for (fields, said) in [
        (&[("name", "")][..], "Give it a name."),
        (&[("name", "   ")], "Give it a name."),
        (&[("name", &long)], "Use at most 80 characters."),
        (&[("name", "a\nb")], "Leave out line breaks"),
        (&[("expiry", "")], "Choose when it ends."),
        (&[("expiry", "soon")], "Choose when it ends."),
        (&[("expiry", "keep")], "Choose when it ends."),
        (&[("expiry", "never")], "the policy lets no token live for ever"),
        (&[("expiry", "181")], "the policy allows at most 180 days"),
        (&[("expiry", "date")], "Choose a date, such as 2027-03-20."),
        (&[("expiry", "date"), ("until", "20/03/2027")], "Choose a date, such as 2027-03-20."),
        (&[("expiry", "date"), ("until", "2020-01-01")], "Choose a moment in the future."),
        (&[("expiry", "date"), ("until", "2999-01-01")], "the policy allows at most 180 days"),
        (&[("role", "owner")], "Choose a role."),
        (&[("role", "")], "Choose a role."),
        (
            &[("all_projects", "false"), ("projects", "prd-secret")],
            "There is no project prd-secret",
        ),
        (
            &[("narrow", "true"), ("permissions.records", "write")],
            "records:write is more than the role readonly grants.",
        ),
        (
            &[("role", "manager"), ("narrow", "true"), ("permissions.tokens", "manage")],
            "No organization token can hold tokens:manage.",
        ),
        (&[("narrow", "true"), ("permissions.fish", "read")], "There is no resource fish."),
        (&[("narrow", "true"), ("permissions.records", "own")], "There is no level “own”"),
    ] {
        refused(&console, &ada, &typed(fields), said).await;
    }
    assert_eq!(ada.post(TOKENS, &READER).await.status, 201);
}

#[actix_web::test]
async fn a_failed_form_comes_back_as_it_was_typed() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let form = [
        ("name", "a \"b\" <c>\u{7}"),
        ("expiry", "date"),
        ("until", "2020-02-03"),
        ("role", "operator"),
        ("all_projects", "false"),
        ("projects", "prd-greenhouse"),
        ("narrow", "true"),
        ("permissions.records", "write"),
        ("may_rotate_itself", "true"),
    ];

    let answer = ada.post(TOKENS, &form).await;

    assert_eq!(answer.status, 422);
    for kept in [
        "value=\"a &#34;b&#34; &#60;c&#62;",
        "value=\"date\" checked",
        "value=\"2020-02-03\"",
        "value=\"operator\" checked",
        "id=\"some-projects\" value=\"false\" checked",
        "value=\"prd-greenhouse\" checked",
        "id=\"narrow\" value=\"true\" checked",
        "aria-label=\"records: write\" checked",
        "name=\"may_rotate_itself\" value=\"true\" checked",
        "Leave out line breaks",
        "Choose a moment in the future.",
    ] {
        assert!(answer.says(kept), "{kept}: {}", answer.text);
    }
}

#[actix_web::test]
async fn a_name_is_given_once_even_to_two_at_a_time() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;

    let (one, other) = tokio::join!(ada.post(TOKENS, &READER), ada.post(TOKENS, &READER));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    refused(&console, &ada, &READER, "Another token is called “CI”.").await;
    assert_eq!((console.rows("tokens"), console.rows("token_secrets")), (1, 1));
}

#[actix_web::test]
async fn a_preview_changes_nothing_and_says_what_would_be() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let preview = format!("{TOKENS}/preview");
    let before = (console.rows("tokens"), console.rows("audit_events"));

    let template = ada.post(&preview, &typed(&[("template", "webhook-processor")])).await;
    let fields = [("role", "readonly"), ("narrow", "true"), ("permissions.records", "manage")];
    let lowered = ada.post_part(&preview, &typed(&fields)).await;

    assert_eq!((template.status, lowered.status), (200, 200));
    for said in [
        "value=\"CI\"",
        "value=\"webhook-processor\" formaction",
        "aria-pressed=\"true\"",
        "value=\"operator\" checked",
        "aria-label=\"events: write\" checked",
        "Read and write records, baselines and events",
        "23:59 UTC</time>",
    ] {
        assert!(template.says(said), "{said}: {}", template.text);
    }
    assert!(lowered.says("aria-label=\"records: read\" checked") && !lowered.says("<html"));
    assert!(lowered.says("aria-label=\"records: write\" disabled"), "{}", lowered.text);
    assert_eq!((console.rows("tokens"), console.rows("audit_events")), before);
}

#[actix_web::test]
async fn what_the_policy_forbids_is_not_offered() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let form = ada.get(&format!("{TOKENS}/new")).await;
    assert!(form.says("180 days</label>") && !form.says("Never</label>"));
    assert!(form.says("Your organization allows at most 180 days."));

    let policy = [("limited", "true"), ("max_lifetime_days", "60"), ("allow_non_expiring", "true")];
    let saved = ada.post("/orgs/acme/settings/policies", &policy).await;
    assert!(saved.status < 400, "{}", saved.text);

    let form = ada.get(&format!("{TOKENS}/new")).await;
    assert!(form.says("60 days</label>") && !form.says("90 days</label>"), "{}", form.text);
    assert!(form.says("Never</label>"));
    let made = ada.post(TOKENS, &typed(&[("expiry", "never")])).await;
    assert!(made.status == 201 && made.says("never expires"), "{}", made.text);
}

#[actix_web::test]
async fn power_is_what_was_chosen() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let form = typed(&[
        ("role", "operator"),
        ("all_projects", "false"),
        ("projects", "prd-greenhouse"),
        ("narrow", "true"),
        ("permissions.records", "write"),
        ("permissions.events", "none"),
        ("may_rotate_itself", "true"),
    ]);

    let made = ada.post(TOKENS, &form).await;

    let api = console.api(&secret_in(&made).unwrap());
    let access = api.get("/api/v2/token/").await.json()["access_config"].clone();
    assert_eq!(access["role"], "operator");
    assert_eq!(access["projects"][0], "prd-greenhouse");
    assert_eq!(access["permissions"], serde_json::json!({ "records": "write" }));
    let page = ada.get(&format!("{TOKENS}/1")).await;
    assert!(page.says("Read and write records in") && page.says("Allowed"), "{}", page.text);
    assert!(console.member("bob", Role::Operator).await.get(TOKENS).await.status == 403);
}
