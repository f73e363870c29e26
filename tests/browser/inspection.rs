//! What cannot be seen of a page: barriers, errors, the clipboard.

use serde_json::{Value, json};

use crate::driver::Browser;

const AXE: &str = include_str!("vendor/axe-core-4.14.1/axe.min.js");

/// Something that keeps people out, as axe-core sees it.
#[derive(Debug)]
#[expect(dead_code, reason = "shown when a test fails")]
pub struct Violation {
    pub rule: String,
    pub impact: String,
    pub help: String,
    /// Where, as selectors.
    pub places: Vec<String>,
}

impl Browser {
    /// All that the browser holds of the page, seen or not.
    pub async fn markup(&self) -> String {
        self.script("return document.documentElement.outerHTML").await.to_string()
    }

    /// Whether it can be seen where the keyboard is.
    pub async fn shows_focus(&self) -> bool {
        let seen = "const at = document.activeElement, style = getComputedStyle(at);
            return at.matches(':focus-visible') && (style.outlineStyle !== 'none' || style.boxShadow !== 'none')";
        self.script(seen).await == true
    }

    /// Whether nothing of the page, or of the dialog before it, is cut off at the side.
    pub async fn fits(&self) -> bool {
        let wider = "const wide = (e) => e.scrollWidth > e.clientWidth + 1;
            return [document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] section, .card, .fold')].some(wide)";
        self.script(wider).await == false
    }

    /// What was copied last.
    pub async fn clipboard(&self) -> String {
        self.devtools("Browser.grantPermissions", json!({ "permissions": ["clipboardReadWrite"] }))
            .await;
        let read = "const done = arguments[0];
            navigator.clipboard.readText().then(done, (e) => done('refused: ' + e))";
        let text = self.client.execute_async(read, vec![]).await.expect("Chromium answers");
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What the link that is called so leads to, as text.
    pub async fn fetched(&self, link: &str) -> String {
        let fetch = "const [name, done] = arguments;
            const link = [...document.links].find((link) => link.innerText.trim() === name);
            fetch(link.href).then((answer) => answer.text()).then(done, (e) => done('refused: ' + e))";
        let text = self.client.execute_async(fetch, vec![json!(link)]).await;
        text.expect("Chromium answers").as_str().unwrap_or_default().to_owned()
    }

    /// Fails unless axe-core finds nothing that is serious or critical, on the page as it stands.
    pub async fn is_accessible(&self) {
        let violations = self.axe().await;
        assert!(violations.is_empty(), "{} has barriers: {violations:#?}", self.place().await);
    }

    pub async fn axe(&self) -> Vec<Violation> {
        if self.script("return typeof axe").await == "undefined" {
            self.script(AXE).await;
        }
        let run = "const done = arguments[0];
            axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations))";
        let found = self.client.execute_async(run, vec![]).await.expect("Chromium answers");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        found
            .as_array()
            .expect("axe answers with a list")
            .iter()
            .filter(|violation| {
                matches!(violation["impact"].as_str(), Some("serious" | "critical"))
            })
            .map(|violation| Violation {
                rule: text(&violation["id"]),
                impact: text(&violation["impact"]),
                help: text(&violation["help"]),
                places: violation["nodes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|node| node["target"].to_string())
                    .collect(),
            })
            .collect()
    }

    /// Fails if the page reported an error since the last call: a script that broke, a file that is
    /// not there, something that the content security policy refused.
    pub async fn has_no_complaints(&self) {
        let errors = self.complaints().await;
        assert!(errors.is_empty(), "{} complains: {errors:#?}", self.place().await);
    }

    /// Like [`Browser::has_no_complaints`], where an answer of this status was provoked.
    pub async fn complains_only_of(&self, status: u16) {
        let mut errors = self.complaints().await;
        let provoked = format!("the server responded with a status of {status} ");
        errors.retain(|error| !error.contains(&provoked));
        assert!(errors.is_empty(), "{} complains: {errors:#?}", self.place().await);
    }

    async fn complaints(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({ "type": "browser" })).await;
        let severe = |entry: &&Value| entry["level"] == "SEVERE";
        let entries = entries.as_array().into_iter().flatten().filter(severe);
        entries.map(|entry| entry["message"].to_string()).collect()
    }
}
