//! What is asked before a token gets a new secret, whoever holds it: how long the old one works on.
use askama::Template;
use serde::Deserialize;

use super::form::Problems;
use crate::error::Error;
use crate::tokens::Grace;

#[derive(Debug, Template)]
#[template(path = "tokens/_rotate.html")]
pub struct RotateDialog {
    name: String,
    action: String,
    back: String,
    /// Sent along, to lead back to where the dialog was opened.
    from: Option<String>,
    /// Where it is shown whether the old secret is still in use.
    shown: &'static str,
    /// Seconds, words, and whether they are chosen.
    graces: Vec<(i64, &'static str, bool)>,
    problems: Problems,
}

/// As it was chosen.
#[derive(Debug, Default, Deserialize)]
pub struct RotateForm {
    #[serde(default)]
    grace: String,
    pub from: Option<String>,
}

impl RotateForm {
    /// What is chosen before anyone chooses.
    pub fn usual() -> Self {
        Self { grace: Grace::default().seconds().to_string(), from: None }
    }

    /// # Errors
    /// `Invalid` for a time that is not offered.
    pub fn grace(&self) -> Result<Grace, Error> {
        let seconds = self.grace.parse().ok();
        seconds
            .and_then(|seconds| Grace::from_seconds(seconds).ok())
            .ok_or_else(|| Error::field("grace", "Choose how long the old secret works on."))
    }
}

impl RotateDialog {
    pub fn new(
        name: &str,
        (action, back): (String, String),
        shown: &'static str,
        form: RotateForm,
        problems: Problems,
    ) -> Self {
        let chosen = |seconds: i64| seconds.to_string() == form.grace;
        Self {
            name: name.to_owned(),
            action,
            back,
            shown,
            graces: Grace::CHOICES.map(|(seconds, words)| (seconds, words, chosen(seconds))).into(),
            from: form.from,
            problems,
        }
    }

    pub fn title(&self) -> String {
        format!("Rotate “{}”", self.name)
    }
}
