//! Phase's own clients, as they were published and unchanged, with both kinds of token.
use std::path::PathBuf;
use std::process::{Command, Stdio};

use jeton::access::{AccessConfig, Projects, Role};
use serde_json::{Value, json};

use crate::clients::runs;
use crate::support::{Console, Person};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/phase/bin/python");
const CLI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/phase/bin/phase");

/// How the command ended, and what it said.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    #[track_caller]
    fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    #[track_caller]
    fn badly(self, said: &str) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.err.contains(said) || self.out.contains(said), "{self:?}");
    }
}

/// Someone at a terminal of their own, with a token in the environment.
struct Terminal {
    address: String,
    token: String,
    home: PathBuf,
}

impl Terminal {
    fn of(console: &Console, token: &str) -> Self {
        let (address, token) = (console.url.clone(), token.to_owned());
        let own = token.get(..40).unwrap_or("short").replace(':', "-");
        let home = std::env::temp_dir().join(format!("jeton-phase-{}-{own}", std::process::id()));
        std::fs::create_dir_all(&home).unwrap();
        Self { address, token, home }
    }

    async fn runs(&self, arguments: &[&str], typed: &str) -> Ended {
        let mut command = Command::new(CLI);
        command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", &self.home).env("NO_PROXY", "*").env("PYTHONUTF8", "1");
        command.env("COLUMNS", "300").env("PHASE_HOST", &self.address);
        command.env("PHASE_SERVICE_TOKEN", &self.token).current_dir(&self.home);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("scripts/clients installs it");
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes()).unwrap();
        let ended = actix_web::rt::task::spawn_blocking(|| child.wait_with_output());
        let ended = ended.await.unwrap().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: ended.status.code(), out: text(ended.stdout), err: text(ended.stderr) }
    }

    /// With the project and the environment that everything here is about.
    async fn there(&self, arguments: &[&str], typed: &str) -> Ended {
        let of = ["--app", "Greenhouse", "--env", "Development"];
        self.runs(&[&arguments[..2], &of, &arguments[2..]].concat(), typed).await
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// A personal token, and one of a service account that may write in one project of two.
async fn greenhouse() -> (Console, Person, [String; 2]) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.project("coldroom").await;
    let pat = ada.full_pat("laptop").await.personal.unwrap();
    let projects = Projects::new(false, ["greenhouse".to_owned()]);
    let access = AccessConfig { role: Role::Operator, projects, permissions: None };
    let account = ada.account_with("Deployer", access).await;
    let sat = ada.sat(&account, "cluster").await.personal.unwrap();
    (console, ada, [pat, sat])
}

#[actix_web::test]
async fn the_command_line_makes_reads_changes_runs_with_and_deletes_secrets() {
    let (console, _ada, tokens) = greenhouse().await;
    for token in tokens {
        let terminal = Terminal::of(&console, &token);
        let made = terminal.there(&["secrets", "create", "database_url"], "postgres://x").await;
        assert!(made.well().contains("DATABASE_URL"));
        let shown = terminal.there(&["secrets", "list", "--show"], "").await.well();
        assert!(shown.contains("DATABASE_URL") && shown.contains("postgres://x"), "{shown}");
        let hidden = terminal.there(&["secrets", "list"], "").await.well();
        assert!(!hidden.contains("postgres://x"), "{hidden}");
        let one = terminal.there(&["secrets", "get", "DATABASE_URL"], "").await.well();
        let one: Value = serde_json::from_str(&one).unwrap();
        assert_eq!((&one["value"], &one["overridden"]), (&json!("postgres://x"), &Value::Null));

        let changed = terminal.there(&["secrets", "update", "DATABASE_URL"], "postgres://y").await;
        assert!(changed.well().contains("Successfully updated"));
        let exported = terminal.there(&["secrets", "export", "--format", "json"], "").await.well();
        assert!(exported.contains(r#""DATABASE_URL": "postgres://y""#), "{exported}");
        let of = ["run", "--app", "Greenhouse", "--env", "dev", "printenv", "DATABASE_URL"];
        assert!(terminal.runs(&of, "").await.well().contains("postgres://y\n"));
        std::fs::write(terminal.home.join(".env"), "A=1\nB='two words'\n").unwrap();
        terminal.there(&["secrets", "import", ".env"], "").await.well();
        let shown = terminal.there(&["secrets", "list", "--show"], "").await.well();
        assert!(shown.contains("two words"), "{shown}");
        terminal.there(&["secrets", "delete", "A", "B", "DATABASE_URL"], "").await.well();
        let left = terminal.there(&["secrets", "export"], "").await.well();
        assert!(!left.contains("DATABASE_URL"), "{left}");
        let who = terminal.runs(&["secrets", "list", "--app", "Nowhere"], "").await;
        who.badly("Nowhere");
    }
}

#[actix_web::test]
async fn the_sdk_for_python_does_too_and_shows_a_person_their_override() {
    let (console, _ada, [pat, sat]) = greenhouse().await;
    let arguments = [console.url.as_str(), "Greenhouse"];
    let said = runs(PYTHON, "phase_calls.py", &arguments, pat.clone()).await;
    assert_eq!((&said["created"], &said["updated"]), (&json!("Success"), &json!("Success")));
    assert_eq!(said["all"], json!([["MAIL", "smtp://fast", false], ["MODE", "fast", false]]));
    assert_eq!((&said["one"], &said["overridden"]), (&json!("fast"), &json!("Success")));
    assert_eq!(said["again"], json!([["MAIL", "smtp://mine", false], ["MODE", "mine", true]]));
    assert_eq!(said["left"], json!([["MODE", "mine", true]]), "{said}");

    let terminal = Terminal::of(&console, &pat);
    let of = ["secrets", "list", "--show", "--app", "Greenhouse", "--env", "Staging"];
    let shown = terminal.runs(&of, "").await.well();
    assert!(shown.contains("🔏") && shown.contains("mine"), "{shown}");
    let others = Terminal::of(&console, &sat).runs(&of, "").await.well();
    assert!(!others.contains("🔏") && others.contains("slow"), "{others}");

    // A service account is nobody who could have an override: one that it sends is left aside.
    console.texts("DELETE FROM secrets RETURNING 'x' AS text");
    let said = runs(PYTHON, "phase_calls.py", &arguments, sat).await;
    assert_eq!(said["all"], json!([["MAIL", "smtp://fast", false], ["MODE", "fast", false]]));
    assert_eq!(said["again"], json!([["MAIL", "smtp://slow", false], ["MODE", "slow", false]]));
    assert_eq!(said["left"], json!([["MODE", "slow", false]]), "{said}");
}

#[actix_web::test]
async fn the_sdks_say_so_of_a_token_that_is_none_and_of_a_project_out_of_reach() {
    let (console, ada, [pat, sat]) = greenhouse().await;
    let broken = pat[..200].to_owned();
    let arguments = [console.url.as_str(), "Greenhouse"];
    let said = runs(PYTHON, "phase_calls.py", &arguments, broken.clone()).await;
    assert!(said["refused"].is_string(), "{said}");
    let elsewhere = [console.url.as_str(), "Coldroom"];
    let said = runs(PYTHON, "phase_calls.py", &elsewhere, sat).await;
    assert!(said["all"]["refused"].is_string(), "{said}");

    let folder = format!("{ROOT}/target/phase-node");
    let of_nobody = "00000000-0000-0000-0000-000000000000";
    for token in [broken, pat] {
        let arguments = [folder.as_str(), &console.url, of_nobody];
        let said = runs("node", "phase_calls.mjs", &arguments, token).await;
        assert!(said["refused"].is_string() || said["one"]["refused"].is_string(), "{said}");
    }
    assert_eq!(console.rows("secrets"), 0);
    drop(ada);
}

#[actix_web::test]
async fn the_sdk_for_node_does_too() {
    let (console, ada, tokens) = greenhouse().await;
    let folder = format!("{ROOT}/target/phase-node");
    for token in tokens {
        let app = console
            .texts("SELECT uuid::text AS text FROM projects WHERE project_id = 'greenhouse'");
        let arguments = [folder.as_str(), &console.url, &app[0]];
        let said = runs("node", "phase_calls.mjs", &arguments, token).await;
        let mode = |value, comment| json!({ "key": "MODE", "value": value, "comment": comment, "path": "/", "tags": [] });
        let mail = json!({ "key": "MAIL", "value": "smtp://x", "comment": "", "path": "/mail", "tags": ["eu"] });
        assert_eq!(said["one"], json!([mode("fast", "how")]), "{said}");
        let all = said["all"].as_array().unwrap();
        assert!(
            all.len() == 2 && all.contains(&mode("fast", "how")) && all.contains(&mail),
            "{said}"
        );
        // The client sends no comment where it is told of none.
        assert_eq!(said["again"], json!([mode("slow", "")]), "{said}");
        assert_eq!(said["left"], json!([mail]), "{said}");
        console.texts("DELETE FROM secrets RETURNING 'x' AS text");
    }
    drop(ada);
}

#[actix_web::test]
async fn a_token_that_is_dead_or_reaches_no_further_is_told_so() {
    let (console, _ada, [pat, sat]) = greenhouse().await;
    let terminal = Terminal::of(&console, &sat);
    terminal.there(&["secrets", "list"], "").await.well();
    let elsewhere = ["secrets", "list", "--app", "Coldroom", "--env", "Development"];
    terminal.runs(&elsewhere, "").await.badly("Coldroom");
    console.texts("UPDATE tokens SET revoked_at = now() WHERE kind = 'sat' RETURNING 'x' AS text");
    terminal
        .there(&["secrets", "list"], "")
        .await
        .badly("Not authorized. Token expired or deleted");
    let made = terminal.there(&["secrets", "create", "KEY"], "value").await;
    made.badly("Not authorized. Token expired or deleted");

    let expired = Terminal::of(&console, &pat);
    console.texts(
        "UPDATE tokens SET expires_at = now() - interval '1 minute' WHERE kind = 'pat' RETURNING 'x' AS text",
    );
    expired.there(&["secrets", "list"], "").await.badly("Not authorized. Token expired or deleted");

    for malformed in [&pat[..200], &pat.replace("pss_user", "pss_nobody"), "jtn_pat_x"] {
        let ended = Terminal::of(&console, malformed).there(&["secrets", "list"], "").await;
        ended.badly("Invalid Phase");
    }
    let folder = format!("{ROOT}/target/phase-node");
    let arguments = [folder.as_str(), console.url.as_str(), "x"];
    let said = runs("node", "phase_calls.mjs", &arguments, sat).await;
    assert!(said["refused"].is_string(), "{said}");
    let said = runs(PYTHON, "phase_calls.py", &[&console.url, "Greenhouse"], pat).await;
    assert!(said["all"]["refused"].is_string(), "{said}");
    let printed = said["printed"].as_str().unwrap();
    assert!(printed.contains("Not authorized. Token expired or revoked."), "{said}");
}
