//! Clients that others wrote and published, unchanged. `scripts/clients` installs them.
use std::io::Write;
use std::process::{Command, Stdio};

use jeton::access::Role;
use serde_json::Value;

use crate::support::{Console, PYTHON};

/// What the script prints, as JSON. Secrets go in by standard input.
pub async fn runs(script: &str, arguments: &[&str], input: String) -> Value {
    let script = format!("{}/tests/clients/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(PYTHON);
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
        let said = runs("introspection.py", &[&console.url, method], input).await;
        let [asked, ended, again] = [0, 1, 2].map(|at| (&said[at][0], &said[at][1]));
        assert_eq!(*asked.0, 200);
        assert_eq!(asked.1["active"], true, "{said}");
        assert_eq!(asked.1["tok"], token.id.0);
        assert_eq!((ended.0.as_i64(), ended.1.as_str()), (Some(200), Some("")), "{said}");
        assert_eq!(again.1.to_string(), "{\"active\":false}", "{said}");
    }
}
