//! A person at a browser: Chromium, driven by what can be seen and pressed.
//!
//! Each [`Browser`] has a profile of its own and is closed when dropped. With `JETON_SCREENSHOTS`
//! set to a folder, [`Browser::shot`] leaves pictures there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::chromedriver;
pub use crate::options::Options;

const PATIENCE: Duration = Duration::from_secs(10);

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

    /// Presses the link, button, label or choice that is called so, or has a part that is.
    pub async fn click(&self, name: &str) {
        let pressable = "self::a or self::button or self::summary or self::label or self::input \
                         or @role='button'";
        let called = format!(
            "normalize-space()={0} or @aria-label={0} or *[normalize-space()={0}] \
             or text()[normalize-space()={0}]",
            quoted(name)
        );
        self.pressed(&format!("//*[{pressable}][not(@aria-hidden)][{called}]"), name).await;
    }

    /// Opens the menu whose button begins so.
    pub async fn menu(&self, name: &str) {
        let called =
            format!("starts-with(normalize-space(), {0}) or @aria-label={0}", quoted(name));
        self.pressed(&format!("//button[@popovertarget][{called}]"), name).await;
    }

    async fn pressed(&self, path: &str, name: &str) {
        let element = self.visible(path, name).await;
        if let Err(why) = element.click().await {
            panic!("{name:?} cannot be pressed: {why}");
        }
    }

    /// Replaces what stands in the field that is called so.
    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.field(field).await;
        field.clear().await.expect("Chromium answers");
        field.send_keys(text).await.expect("Chromium answers");
    }

    /// What stands in the field that is called so.
    pub async fn value(&self, field: &str) -> String {
        self.field(field).await.prop("value").await.expect("Chromium answers").unwrap_or_default()
    }

    async fn field(&self, name: &str) -> Element {
        let called = quoted(name);
        let fields = "self::input or self::select or self::textarea";
        let path = format!(
            "//*[{fields}][@id=//label[normalize-space()={called}]/@for or @aria-label={called} \
             or ancestor::label[normalize-space()={called}]]"
        );
        self.visible(&path, name).await
    }

    /// The element that has the keyboard: its label or text.
    pub async fn focused(&self) -> String {
        let name = "const at = document.activeElement;
            const text = at.ariaLabel ?? at.labels?.[0]?.innerText ?? at.innerText;
            return text.trim().replace(/\\s+/g, ' ')";
        self.script(name).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the keyboard is at what is called so.
    pub async fn focuses(&self, name: &str) {
        let end = Instant::now() + PATIENCE;
        while self.focused().await != name {
            let here = self.focused().await;
            assert!(Instant::now() < end, "the keyboard is at {here:?}, not at {name:?}");
            pause().await;
        }
    }

    /// Types into whatever has the keyboard.
    pub async fn types(&self, text: &str) {
        for letter in text.chars() {
            self.keys(&[letter]).await;
        }
    }

    pub async fn press(&self, key: Key) {
        self.keys(&[key.into()]).await;
    }

    /// Holds one key and presses another.
    pub async fn press_with(&self, held: Key, key: Key) {
        self.keys(&[held.into(), key.into()]).await;
    }

    async fn keys(&self, chord: &[char]) {
        let keys = KeyActions::new("keyboard".to_owned());
        let keys = chord.iter().fold(keys, |keys, &value| keys.then(KeyAction::Down { value }));
        let keys = chord.iter().rev().fold(keys, |keys, &value| keys.then(KeyAction::Up { value }));
        self.client.perform_actions(keys).await.expect("Chromium answers");
    }

    /// Waits for an element that can be seen, on a page that does not wait for an answer: what is
    /// pressed while it is replaced was not pressed. One in an open dialog comes first.
    async fn visible(&self, path: &str, name: &str) -> Element {
        let end = Instant::now() + PATIENCE;
        while self.find(".htmx-request").await.is_some() && Instant::now() < end {
            pause().await;
        }
        loop {
            for path in [&format!("//dialog[@open]{path}"), path] {
                for element in self.client.find_all(Locator::XPath(path)).await.unwrap_or_default()
                {
                    if element.is_displayed().await.unwrap_or(false) {
                        return element;
                    }
                }
            }
            assert!(Instant::now() < end, "nothing is called {name:?} in:\n{}", self.text().await);
            pause().await;
        }
    }

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

    /// Presses Tab until the keyboard is at what is called so, and sees on the way where it is.
    pub async fn tabs_to(&self, name: &str) {
        for _ in 0..80 {
            self.press(Key::Tab).await;
            // Past the last of a page or a dialog comes the frame of the browser.
            if self.script("return document.activeElement === document.body").await == true {
                continue;
            }
            let here = self.focused().await;
            assert!(self.shows_focus().await, "nobody can see that the keyboard is at {here:?}");
            if here == name {
                return;
            }
        }
        panic!("the keyboard does not come to {name:?} in:\n{}", self.text().await);
    }

    /// Whether nothing of the page, or of the dialog before it, is cut off at the side.
    pub async fn fits(&self) -> bool {
        let wider = "const wide = (e) => e.scrollWidth > e.clientWidth + 1;
            return [document.documentElement, ...document.querySelectorAll('dialog[open], dialog[open] section, .card, .fold')].some(wide)";
        self.script(wider).await == false
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

/// A text as an `XPath` writes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}
