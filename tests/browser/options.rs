//! What kind of browser someone has, and what Chromium is told for it.
use fantoccini::wd::Capabilities;
use serde_json::json;

/// What kind of browser someone has. The default is a wide, light one with script.
#[derive(Clone, Copy)]
pub struct Options {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    pub script: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 1440, height: 900, dark: false, script: true }
    }
}

impl Options {
    pub fn narrow(self) -> Self {
        Self { width: 360, height: 780, ..self }
    }

    pub fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    pub fn without_script(self) -> Self {
        Self { script: false, ..self }
    }

    pub fn capabilities(self) -> Capabilities {
        let mut chrome = json!({
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--hide-scrollbars",
            ],
        });
        if !self.script {
            chrome["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), chrome);
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        capabilities
    }
}
