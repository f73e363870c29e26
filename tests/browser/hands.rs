//! What is done at a browser: pressed, typed, chosen, by name as a person would say it.
use std::time::Instant;

use fantoccini::Locator;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;

use crate::driver::{Browser, PATIENCE, pause};

impl Browser {
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

    /// Waits until the keyboard is at the element with this id, or in it.
    pub async fn keeps_the_keyboard_in(&self, id: &str) {
        let end = Instant::now() + PATIENCE;
        let inside = format!("return Boolean(document.activeElement.closest('[id=\"{id}\"]'))");
        while self.script(&inside).await != true {
            let here = self.script("return document.activeElement.outerHTML").await;
            assert!(Instant::now() < end, "the keyboard is not in {id:?}, but at {here}");
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
}

/// A text as an `XPath` writes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
