//! Protect a service: the configuration of a proxy, and what it would be answered.
use jeton::access::Role;

use crate::support::{Answer, Console, Person};

const PAGE: &str = "/orgs/acme/settings/forward-auth";

/// What is chosen: records:read on one project.
const CHOSEN: [(&str, &str); 4] = [
    ("permissions.records", "read"),
    ("permissions.events", "none"),
    ("projects", "greenhouse"),
    ("projects", "elsewhere"),
];

async fn ask(ada: &Person, proxy: &str, token: &str) -> Answer {
    let form: Vec<_> = CHOSEN.into_iter().chain([("proxy", proxy), ("token", token)]).collect();
    ada.post(PAGE, &form).await
}

/// The headers that the page says the proxy would be sent.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let rows = answer.text.split("<dt><code>").skip(1);
    let row = |row: &str| {
        let (name, rest) = row.split_once("</code></dt><dd>").unwrap();
        let (value, _) = rest.split_once("</dd>").unwrap();
        let value = value
            .strip_prefix("<code>")
            .map_or("", |value| value.strip_suffix("</code>").unwrap_or_default());
        (name.to_owned(), value.replace("&#34;", "\"").replace("&#39;", "'"))
    };
    rows.map(row).collect()
}

#[actix_web::test]
async fn each_proxy_is_given_a_configuration_for_what_is_chosen() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let host = console.url.trim_start_matches("http://");
    let asked = "organization=acme&#38;require=records:read&#38;project=greenhouse";
    let chosen =
        "permissions.records=read&permissions.nonsense=read&projects=greenhouse&projects=no";
    for (proxy, address) in [
        ("nginx", format!("proxy_pass http://{host}/forward-auth/nginx?{asked};")),
        ("traefik", format!("address: &#34;http://{host}/forward-auth/traefik?{asked}&#34;")),
        ("caddy", format!("uri /forward-auth/caddy?{asked}\n")),
        ("envoy", format!("path_prefix: &#34;/forward-auth/envoy/{asked}&#34;")),
    ] {
        let page = ada.get(&format!("{PAGE}?proxy={proxy}&{chosen}")).await.is(200);
        assert!(page.says(&address), "{address}: {}", page.text);
        assert!(!page.says("require=nonsense") && !page.says("project=no"), "{proxy}");
        assert!(page.text.to_lowercase().contains("x-token-scopes"), "{proxy}");
    }
    let other = ada.get(&format!("{PAGE}?headers=auth-request&names=true")).await;
    assert!(other.says("headers=auth-request&#38;names=true;"), "{}", other.text);
    assert!(other.says("X-Auth-Request-Email") && other.says("No permission is chosen."));
    assert!(other.says("Jeton trusts no proxy yet"));
}

#[actix_web::test]
async fn a_trial_says_what_the_proxy_would_hear_and_leaves_no_trace() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let good = ada.issues("good").await;
    let narrow = ada.issues_as("narrow", Role::Readonly, &["metrics:read"]).await;
    let dead = ada.issues("dead").await;
    ada.post(&format!("/orgs/acme/settings/tokens/{}/delete", dead.id), &[]).await;
    let own = ada.full_pat("own").await;
    for (token, said) in [
        (&good.text, "200 let in"),
        (&own.text, "200 let in"),
        (&narrow.text, "The token needs records:read."),
        (&dead.text, "The token was revoked."),
        (&good.text.replace("jtn_oat_", "jtn_oat_x"), "Jeton knows no such token."),
    ] {
        let before = console.texts("SELECT count(*)::text AS text FROM token_use_days");
        let answer = ask(&ada, "nginx", token).await.is(200);
        assert!(answer.says(said), "{said}: {}", answer.text);
        assert!(!answer.says(token) && answer.header("cache-control") == "no-store");
        console.note_uses();
        assert_eq!(console.texts("SELECT count(*)::text AS text FROM token_use_days"), before);

        let gate = "organization=acme&require=records:read&project=greenhouse";
        let real = console.api(token).get(&format!("/forward-auth/nginx?{gate}")).await;
        assert!(answer.says(&format!("{} ", real.status)), "{said}");
        console.note_uses();
        let headers = told(&answer);
        assert!(!headers.is_empty(), "{}", answer.text);
        for (name, value) in headers {
            assert_eq!(real.header(&name), value, "{name} of {said}");
        }
    }
}

#[actix_web::test]
async fn a_token_is_tried_in_any_form_and_none_is_asked_for() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let token = ada.issues("ci").await.text;
    let person = ada.full_pat("laptop").await;
    for typed in [
        format!(" {token}\n"),
        format!("Bearer {token}"),
        format!("Authorization: Bearer {token}"),
        format!("OAT#acme#{token}"),
        person.rest.unwrap(),
    ] {
        assert!(ask(&ada, "caddy", &typed).await.is(200).says("200 let in"), "{typed}");
    }
    let nothing = ask(&ada, "caddy", "  ").await.is(422);
    assert!(nothing.says("Paste the token to try.") && nothing.says("value=\"caddy\" checked"));
    let in_the_address = ada.get(&format!("{PAGE}?token={token}")).await.is(200);
    assert!(!in_the_address.says("200 let in"), "it is taken from a body only");
}
