//! The README's lines, run as they stand.
use std::process::Command;

use crate::support::Console;

const README: &str = include_str!("../../README.md");

/// The text of every fenced block of that language, indented ones too.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in README.lines().map(str::trim_start) {
        if line == fence {
            blocks.push(String::new());
            inside = true;
        } else if line == "```" {
            inside = false;
        } else if inside && let Some(block) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

/// Any call that is refused ends the script.
const STRICT: &str = "set -euo pipefail\ncurl() { command curl --fail-with-body \"$@\"; echo; }\n";

#[actix_web::test]
async fn the_curl_lines_of_the_readme_work_as_they_stand() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("prd-greenhouse").await;
    let (pat, token) = (ada.full_pat("script").await.text, ada.issues("first").await.text);
    let blocks = blocks("sh");
    assert_eq!(blocks.len(), 2, "the README has two blocks for a shell");
    for block in blocks {
        let mut script = Command::new("bash");
        script.args(["-c", &format!("{STRICT}{block}")]);
        script.env("JETON", &console.url).env("PAT", &pat).env("TOKEN", &token);
        let run = tokio::task::spawn_blocking(move || script.output()).await.unwrap();
        let output = run.expect("bash and curl are installed");
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\nsaid {said}\n{why}");
        assert!(said.contains("jtn_oat_"), "{said}");
    }
    let revoked = "SELECT name AS text FROM tokens WHERE revoked_at IS NOT NULL";
    assert_eq!(console.texts(revoked), ["Webhook relay (old)"]);
}
