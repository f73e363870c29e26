//! A person at a browser: Chromium, driven by what can be seen and pressed.
//!
//! Each [`Browser`] has a profile of its own and is closed when dropped. With `JETON_SCREENSHOTS`
//! set to a folder, [`Browser::shot`] leaves pictures there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::chromedriver;
pub use crate::options::Options;

pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub struct Browser {
    pub(super) client: Client,
    http: reqwest::Client,
    port: u16,
    session: String,
    /// What stands before an address that begins with a slash.
    home: String,
}

impl Browser {
    pub async fn open(options: Options) -> Self {
        Self::at("", options).await
    }

    /// On the server of this address, whose pages then go by their paths.
    pub async fn at(home: &str, options: Options) -> Self {
        let port = chromedriver::port();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.capabilities())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts");
        let session = client.session_id().await.expect("Chromium answers").expect("a session");
        let home = home.to_owned();
        let browser = Self { client, http: reqwest::Client::new(), port, session, home };
        browser.looks(options).await;
        browser
    }

    /// From now on as wide and as dark as this, on the page as it stands.
    pub async fn looks(&self, options: Options) {
        let Options { width, height, dark, .. } = options;
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": scheme },
                { "name": "prefers-reduced-motion", "value": "reduce" },
            ] }),
        )
        .await;
        self.stands_still().await;
    }

    /// Waits until no colour is on its way to another.
    async fn stands_still(&self) {
        let moves = "return document.getAnimations().some((one) => one.playState === 'running')";
        let end = Instant::now() + PATIENCE;
        while self.script(moves).await == true {
            assert!(Instant::now() < end, "{} never stands still", self.place().await);
            pause().await;
        }
    }

    pub async fn goto(&self, address: &str) {
        let home = if address.starts_with('/') { &self.home } else { "" };
        self.client.goto(&format!("{home}{address}")).await.expect("Chromium answers");
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("Chromium answers");
    }

    pub async fn back(&self) {
        self.client.back().await.expect("Chromium answers");
    }

    pub async fn forward(&self) {
        self.client.forward().await.expect("Chromium answers");
    }

    /// From now on nothing answers, or everything again.
    pub async fn is_offline(&self, offline: bool) {
        let conditions = json!({ "offline": offline, "latency": 0, "throughput": 1_000_000_000 });
        let body = json!({ "network_conditions": conditions });
        self.command("chromium/network_conditions", body).await;
    }

    /// The path, query and fragment of the page.
    pub async fn place(&self) -> String {
        let url = self.client.current_url().await.expect("Chromium answers");
        let part = |mark: &str, text: Option<&str>| {
            text.map(|text| format!("{mark}{text}")).unwrap_or_default()
        };
        format!("{}{}{}", url.path(), part("?", url.query()), part("#", url.fragment()))
    }

    /// Waits for a page of this path.
    pub async fn arrives_at(&self, place: &str) {
        let end = Instant::now() + PATIENCE;
        while self.place().await != place {
            assert!(Instant::now() < end, "{} is not {place}", self.place().await);
            pause().await;
        }
    }

    /// All text that can be seen.
    pub async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until a text can be seen.
    pub async fn sees(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.text().await.contains(text) {
            assert!(Instant::now() < end, "{text:?} cannot be seen in:\n{}", self.text().await);
            pause().await;
        }
    }

    /// Waits until a text can no longer be seen.
    pub async fn sees_no(&self, text: &str) {
        let end = Instant::now() + PATIENCE;
        while self.text().await.contains(text) {
            assert!(Instant::now() < end, "{text:?} can still be seen in:\n{}", self.text().await);
            pause().await;
        }
    }

    /// Waits until a text can be seen in the first element of a CSS selector.
    pub async fn sees_in(&self, selector: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let seen = self.find(selector).await.unwrap_or_default();
            if seen.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{text:?} cannot be seen in:\n{seen}");
            pause().await;
        }
    }

    /// The text of the first element of a CSS selector, and whether there is one.
    pub async fn find(&self, selector: &str) -> Option<String> {
        let element = self.client.find(Locator::Css(selector)).await.ok()?;
        element.text().await.ok()
    }

    pub async fn script(&self, body: &str) -> Value {
        self.client.execute(body, vec![]).await.expect("Chromium answers")
    }

    /// Leaves a picture of what can be seen, if anyone asked for pictures.
    #[expect(
        clippy::disallowed_methods,
        reason = "a wish of who runs the tests, not a setting of Jeton"
    )]
    pub async fn shot(&self, name: &str) {
        if let Ok(folder) = std::env::var("JETON_SCREENSHOTS") {
            let folder = PathBuf::from(folder);
            std::fs::create_dir_all(&folder).expect("Chromium answers");
            std::fs::write(
                folder.join(format!("{name}.png")),
                self.client.screenshot().await.expect("Chromium answers"),
            )
            .expect("Chromium answers");
        }
    }

    pub(super) async fn devtools(&self, method: &str, params: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": params })).await
    }

    /// A command that WebDriver itself does not have.
    pub(super) async fn command(&self, name: &str, body: Value) -> Value {
        let url = format!("http://127.0.0.1:{}/session/{}/{name}", self.port, self.session);
        let mut answer: Value = self
            .http
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("Chromium answers")
            .json()
            .await
            .expect("Chromium answers");
        let value = answer["value"].take();
        assert!(value.get("error").is_none(), "{name} {body}: {value}");
        value
    }
}

/// In a drop nothing can be awaited, and a test that fails must not leave its browser behind.
impl Drop for Browser {
    fn drop(&mut self) {
        if let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = write!(
                driver,
                "DELETE /session/{} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
                self.session
            );
            let _ = driver.set_read_timeout(Some(PATIENCE));
            let _ = driver.read(&mut [0; 64]);
        }
    }
}

pub(super) async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}
