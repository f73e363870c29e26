//! Clients that others wrote and published, unchanged. `scripts/clients` installs them.
use std::io::Write;
use std::process::{Command, Stdio};

use jeton::access::Role;
use jeton::audit::Actor;
use jeton::clock::Clock;
use jeton::db::Tx;
use jeton::exchange::{self, Algorithm};
use serde_json::Value;

use crate::exchange::{exchanged, part};
use crate::support::{Console, PYTHON};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const DIGITALHUB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/digitalhub/bin/python");
const NODE: &str = "node";

/// What the script prints, as JSON. Secrets go in by standard input.
pub async fn runs(program: &str, script: &str, arguments: &[&str], input: String) -> Value {
    let script = format!("{ROOT}/tests/clients/{script}");
    let mut command = Command::new(program);
    command.arg(script).args(arguments).env("NO_PROXY", "*");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("scripts/clients installs it");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = actix_web::rt::task::spawn_blocking(|| child.wait_with_output());
    let ended = ended.await.unwrap().unwrap();
    assert!(ended.status.success());
    serde_json::from_slice(&ended.stdout).unwrap()
}

#[actix_web::test]
async fn authlib_asks_about_a_token_and_ends_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let gateway = ada.issues_as("gateway", Role::Readonly, &["introspection:read"]).await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let token = ada.issues(method).await;
        let input = format!("{}\n{}\n", gateway.text, token.text);
        let said = runs(PYTHON, "introspection.py", &[&console.url, method], input).await;
        let [asked, ended, again] = [0, 1, 2].map(|at| (&said[at][0], &said[at][1]));
        assert_eq!(*asked.0, 200);
        assert_eq!(asked.1["active"], true, "{said}");
        assert_eq!(asked.1["tok"], token.id.0);
        assert_eq!((ended.0.as_i64(), ended.1.as_str()), (Some(200), Some("")), "{said}");
        assert_eq!(again.1.to_string(), "{\"active\":false}", "{said}");
    }
}

/// The JWT as clients of others verify it, who know nothing but the address.
async fn verified(console: &Console, jwt: &str) -> [Value; 2] {
    let jose = format!("{ROOT}/target/jose-6.2.17/dist/webapi/index.js");
    [
        runs(PYTHON, "verify_jwt.py", &[&console.url], jwt.to_owned()).await,
        runs(NODE, "verify_jwt.mjs", &[&jose, &console.url], jwt.to_owned()).await,
    ]
}

#[actix_web::test]
async fn pyjwt_and_jose_verify_what_we_sign_and_refuse_what_we_did_not() {
    let console = Console::set_up(Clock::System, |config| {
        config.audiences = vec!["https://elsewhere.example.org".into()];
    })
    .await;
    let ada = console.owner("ada").await;
    let oat = ada.issues("ci").await;
    let es256 = exchanged(&console, &oat.text, &[("scope", "records:read")]).await;
    // As if the next key had waited for its turn.
    let (db, seal) = (&console.app.db, console.app.exchange.keys.seal());
    let rotate =
        |tx: &mut Tx| exchange::rotate(tx, &Actor::command(), seal, Some(Algorithm::Rs256));
    db.write_here(rotate).unwrap();
    console.texts("UPDATE signing_keys SET signs_from = now() - interval '1 second' WHERE algorithm = 'RS256' RETURNING kid AS text");
    let rs256 = exchanged(&console, &oat.text, &[("scope", "records:read")]).await;
    for (jwt, algorithm) in [(&es256, "ES256"), (&rs256, "RS256")] {
        assert_eq!(part(jwt, 0)["alg"], algorithm);
        for said in verified(&console, jwt).await {
            assert_eq!(said, part(jwt, 1), "{algorithm}");
        }
        let (head, _) = jwt.rsplit_once('.').unwrap();
        let (_, other) = if jwt == &es256 { &rs256 } else { &es256 }.rsplit_once('.').unwrap();
        for said in verified(&console, &format!("{head}.{other}")).await {
            assert!(said["refused"].is_string(), "{algorithm}: {said}");
        }
    }
    let audience = [("audience", "https://elsewhere.example.org")];
    let elsewhere = exchanged(&console, &oat.text, &audience).await;
    for said in verified(&console, &elsewhere).await {
        assert!(said["refused"].is_string(), "it is for others: {said}");
    }
}

#[actix_web::test]
async fn digitalhubs_own_client_finds_the_exchange_and_calls_with_what_it_gets() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let pat = ada.pat("notebook", &["organization:read", "projects:read"]).await;
    let folder = std::env::temp_dir().join(format!("jeton-digitalhub-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let paths = ["/api/v2/token/", "/api/v2/organization/acme/"];
    let arguments = [console.url.as_str(), folder.to_str().unwrap(), paths[0], paths[1]];
    let run = |token: String| runs(DIGITALHUB, "digitalhub_calls.py", &arguments, token);
    let good = run(pat.text.clone()).await;
    let bad = run(format!("{}x", pat.text)).await;
    console.texts("UPDATE tokens SET revoked_at = now() RETURNING name AS text");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let dead = run(pat.text.clone()).await;
    std::fs::remove_dir_all(&folder).unwrap();

    assert_eq!(good["read"][0]["name"], "notebook", "{good}");
    assert_eq!(good["read"][1]["slug"], "acme");
    assert!(good["kept"].as_str().unwrap().contains("dhcore_access_token = eyJ"), "{good}");
    let actions = console.audit_actions();
    assert!(actions.contains(&"token.exchanged".to_owned()));
    for refused in [bad, dead] {
        let said = refused["refused"].as_str().unwrap_or_default();
        assert!(said.contains("400 Client Error") && said.contains("/oauth2/token"), "{refused}");
    }
}
