//! What reverse proxies are answered, dialect by dialect.
use std::io::{Read, Write};
use std::net::TcpStream;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jeton::access::Role;
use jeton::http::forward::Preset;
use reqwest::RequestBuilder;

use crate::support::{Answer, Console};

const GATE: &str = "organization=acme&require=records:read&project=greenhouse";

/// Every dialect's address for the same question.
fn addresses(gate: &str) -> [String; 4] {
    let envoy = if gate.is_empty() { "-" } else { gate };
    [
        format!("/forward-auth/nginx?{gate}"),
        format!("/forward-auth/traefik?{gate}"),
        format!("/forward-auth/caddy?{gate}"),
        format!("/forward-auth/envoy/{envoy}/records/7?organization=globex&require=x"),
    ]
}

fn asks(console: &Console, path: &str, authorization: &str) -> RequestBuilder {
    let request = console.anonymous().request("GET", path);
    request.header("Authorization", authorization)
}

#[actix_web::test]
async fn a_token_that_may_is_let_in_and_the_service_hears_who_it_is() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let oat = ada.issues_as("ci", Role::Operator, &["records:write", "metrics:read"]).await;
    let pat = ada.pat("laptop", &["records:read"]).await;
    for path in addresses(GATE) {
        let answer = Answer::to(asks(&console, &path, &format!("Bearer {}", oat.text))).await;
        let answer = answer.is(200);
        for (name, value) in [
            ("remote-user", format!("org:{}", ada.organization)),
            ("remote-groups", "acme,acme:operator".into()),
            ("remote-name", String::new()),
            ("remote-email", String::new()),
            ("x-token-id", oat.id.to_string()),
            ("x-token-kind", "oat".into()),
            ("x-token-scopes", "records:read records:write metrics:read".into()),
            ("x-org-id", ada.organization.to_string()),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
            assert!(answer.headers.contains_key(name), "{path} says nothing of {name}");
        }
        assert!(!answer.header("token-expires-at").is_empty());
        assert_eq!(answer.header("cache-control"), "no-store");

        let answer = Answer::to(asks(&console, &path, &format!("Bearer {}", pat.text))).await;
        let answer = answer.is(200);
        assert_eq!(answer.header("remote-user"), format!("user:{}", ada.id));
        assert_eq!(answer.header("remote-email"), "ada@example.org");
        assert_eq!(
            answer.header("remote-name"),
            "",
            "names are told only where they are asked for"
        );
    }
}

#[actix_web::test]
async fn every_header_of_the_preset_is_sent_blank_where_nothing_is_known() {
    let console = Console::start().await;
    let ada = console.owner("Ädä").await;
    let (oat, pat) = (ada.issues("ci").await, ada.full_pat("laptop").await);
    for preset in Preset::ALL {
        let path = format!("/forward-auth/nginx?names=true&headers={}", preset.name());
        for token in [&oat, &pat] {
            let answer = console.api(&token.text).get(&path).await.is(200);
            for name in preset.all_names() {
                let value = answer.headers.get(name).unwrap_or_else(|| panic!("no {name}"));
                assert!(value.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte)), "{name}");
            }
        }
    }
    let answer = console.api(&pat.text).get("/forward-auth/nginx?names=true").await;
    assert_eq!(answer.header("remote-name"), "", "what is not ASCII is not sent");
    let bob = console.member("bob", Role::Readonly).await;
    let api = console.api(&bob.full_pat("x").await.text);
    let answer = api.get("/forward-auth/caddy?names=true").await.is(200);
    assert_eq!(answer.header("remote-name"), "bob");
}

#[actix_web::test]
async fn what_is_missing_is_named_in_a_403() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let bob = console.member("bob", Role::Readonly).await;
    let narrow = bob.pat("narrow", &["metrics:read"]).await;
    let eve = console.owner_of("eve", "globex").await;
    let foreign = eve.issues("foreign").await;
    for (token, gate, scope, why) in [
        (&narrow, GATE, "records:read", "needs records:read"),
        (
            &narrow,
            "organization=acme&require=records:write&require=metrics:read&require=tokens:manage",
            "records:write tokens:manage",
            "needs records:write tokens:manage",
        ),
        (&narrow, "require=metrics:read&require=nonsense:read", "nonsense:read", "needs nonsense"),
        (&foreign, GATE, "", "does not reach the organization acme"),
        (&foreign, "organization=1", "", "does not reach the organization 1"),
    ] {
        for path in addresses(gate) {
            let answer = console.api(&token.text).get(&path).await.is(403);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
            assert!(challenge.contains(why), "{challenge}");
            if !scope.is_empty() {
                assert!(challenge.contains(&format!("scope=\"{scope}\"")), "{challenge}");
            }
            assert_eq!(answer.json()["error"], "insufficient_scope", "{path}");
            assert!(answer.location().is_empty());
        }
    }
}

#[actix_web::test]
async fn a_project_is_part_of_the_question() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let access = jeton::access::AccessConfig {
        role: Role::Readonly,
        projects: jeton::access::Projects::new(false, ["greenhouse".to_owned()]),
        permissions: None,
    };
    let expiry = jeton::policies::Expiry::Longest;
    let wish =
        jeton::policies::Wish { name: "ci".into(), expiry, access, may_rotate_itself: false };
    let api = console.api(&ada.issues_wish(wish).await.text);
    api.get("/forward-auth/nginx?project=greenhouse").await.is(200);
    for gate in ["project=coldroom", "project=greenhouse&project=coldroom", "project=nowhere"] {
        let answer = api.get(&format!("/forward-auth/nginx?{gate}")).await.is(403);
        assert!(answer.says("does not reach the project"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn who_shows_no_good_token_hears_401_and_is_never_sent_elsewhere() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("ci").await;
    let dead = ada.issues("dead").await;
    console
        .api(&ada.full_pat("x").await.text)
        .delete(&format!("/api/v2/organization/tokens/{}/", dead.id))
        .await
        .is(204);
    for path in addresses("organization=acme") {
        let bare = console.anonymous().get(&path).await.is(401);
        assert_eq!(bare.header("www-authenticate"), console.challenge(""));
        for (sent, error, why) in [
            (format!("Bearer {}x", token.text), "invalid_token", "not valid"),
            (format!("Bearer {}", dead.text), "invalid_token", "was revoked"),
            (format!("Digest {}", token.text), "invalid_token", "not valid"),
            ("Basic %%%".to_owned(), "invalid_token", "not valid"),
        ] {
            let answer = Answer::to(asks(&console, &path, &sent)).await.is(401);
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains(error) && challenge.contains(why), "{sent}: {challenge}");
            assert_eq!(answer.json()["error"], error);
        }
        let twice = asks(&console, &path, &format!("Bearer {}", token.text))
            .header("Authorization", format!("Bearer {}", token.text));
        let answer = Answer::to(twice).await.is(401);
        assert!(answer.header("www-authenticate").contains("invalid_request"));
    }
}

#[actix_web::test]
async fn basic_with_the_token_as_password_will_do() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues("ci").await.text;
    for user in ["", "x", "anyone at all"] {
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{token}")));
        Answer::to(asks(&console, "/forward-auth/nginx", &basic)).await.is(200);
        Answer::to(asks(&console, "/api/v2/token/", &basic)).await.is(401);
    }
}

#[actix_web::test]
async fn a_gate_that_is_not_understood_lets_no_one_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let api = console.api(&ada.full_pat("all").await.text);
    for gate in ["require=records", "requires=records:read", "organization=a&organization=b", "x"] {
        for path in addresses(gate) {
            let answer = api.get(&path).await.is(403);
            assert_eq!(answer.json()["error"], "invalid_request", "{path}: {}", answer.text);
        }
    }
}

#[actix_web::test]
async fn envoy_s_client_cannot_say_what_is_asked() {
    let console = Console::start().await;
    let own = console.owner("ada").await.issues("ci").await.text;
    let foreign = console.owner_of("eve", "globex").await.issues("x").await.text;
    for (method, tail) in [
        ("GET", "/a?organization=globex"),
        ("POST", "/organization=globex/x"),
        ("DELETE", "/../organization=globex/x"),
        ("PROPFIND", "/%2e%2e/organization=globex?access_token=1"),
    ] {
        let path = format!("/forward-auth/envoy/organization=acme{tail}");
        assert_eq!(status(&console, method, &path, &own), "200", "{path}");
        assert_eq!(status(&console, method, &path, &foreign), "403", "{path}");
    }
    for unsaid in ["/forward-auth/envoy/", "/forward-auth/envoy//a"] {
        assert_eq!(status(&console, "GET", unsaid, &own), "403", "{unsaid}");
    }
    assert_eq!(status(&console, "GET", "/forward-auth/envoy/-/a", &own), "200");
}

/// As it stands, byte for byte: a client of ours would tidy the path up.
fn status(console: &Console, method: &str, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(console.url.trim_start_matches("http://")).unwrap();
    let headers = "Host: x\r\nConnection: close\r\nAuthorization: Bearer";
    write!(stream, "{method} {path} HTTP/1.1\r\n{headers} {token}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().to_owned()
}

#[actix_web::test]
async fn a_person_of_several_organizations_says_which_where_the_proxy_does_not() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    console.owner_of("ada", "globex").await;
    let api = console.api(&ada.full_pat("all").await.text);
    let path = "/forward-auth/traefik?require=records:read";
    assert!(api.get(path).await.is(403).says("several organizations"));
    let named = api.request("GET", path).header("X-Organization", "globex");
    assert_eq!(Answer::to(named).await.is(200).header("remote-groups"), "globex,globex:owner");
    let other = "/forward-auth/traefik?organization=acme";
    let named = api.request("GET", other).header("X-Organization", "globex");
    assert_eq!(
        Answer::to(named).await.is(200).header("remote-groups"),
        "acme,acme:owner",
        "the proxy's word is the last"
    );
}

#[actix_web::test]
async fn each_question_is_a_use_with_its_outcome_and_the_client_s_address() {
    let console = Console::set_up(jeton::clock::Clock::System, |config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let ada = console.owner("ada").await;
    let token = ada.issues_as("ci", Role::Readonly, &[]).await;
    for gate in ["", "require=records:write"] {
        let path = format!("/forward-auth/nginx?{gate}");
        let asked = console.api(&token.text).request("GET", &path);
        Answer::to(asked.header("X-Forwarded-For", "192.0.2.7").header("User-Agent", "curl")).await;
    }
    console.note_uses();
    let seen = console
        .texts("SELECT host(address) || ' ' || agent || ' ' || calls AS text FROM token_addresses");
    assert_eq!(seen, ["192.0.2.7 curl 2"]);
    let counted = console.texts("SELECT accepted || ' ' || refused AS text FROM token_use_days");
    assert_eq!(counted, ["1 1"]);
}
