//! Hears every answer, reads the log, the database and what PostgreSQL wrote, and says where a
//! secret was found.
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};

use actix_web::cookie::{Cookie, CookieJar};
use secrecy::ExposeSecret;
use tracing_subscriber::EnvFilter;

use super::forms;
use crate::account_keys::private_key;
use crate::support::{Answer, Console};

/// All that this process logs, in more detail than anyone asks for; but for the test's own client.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(
            "trace,hyper=off,hyper_util=off,reqwest=off,cookie_store=off,mio=off",
        ))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    log
});

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A secret of which it is known what it is and how it could look.
struct Known {
    what: String,
    looks: Vec<String>,
    /// Comes back in its field to whoever typed it.
    is_kept_typed: bool,
}

#[derive(Default)]
pub struct Witness {
    answers: Vec<Answer>,
    tokens: Vec<String>,
    /// The same with key material.
    personal: Vec<String>,
    /// Signing secrets of webhooks.
    signing: Vec<String>,
    /// What tokens were exchanged for.
    exchanged: Vec<String>,
    cookies: BTreeSet<String>,
    known: Vec<Known>,
}

impl Witness {
    pub fn called() -> Self {
        LazyLock::force(&LOG);
        Self::default()
    }

    pub fn hears(&mut self, answer: Answer, status: u16) -> &Answer {
        assert_eq!(answer.status, status, "{}", answer.text);
        self.hears_of(answer)
    }

    /// Whatever its status.
    pub fn hears_of(&mut self, answer: Answer) -> &Answer {
        for word in words(&answer.text, "jtn_", "_") {
            if word.len() == 57 && !self.tokens.contains(&word) {
                self.tokens.push(word);
            }
        }
        for word in words(&answer.text, "pss_", "_:") {
            if word.len() > 270 && !self.personal.contains(&word) {
                self.personal.push(word);
            }
        }
        for word in words(&answer.text, "whsec_", "_+/=") {
            if word.len() > 40 && !self.signing.contains(&word) {
                self.signing.push(word);
            }
        }
        for word in words(&answer.text, "eyJ", "._-") {
            if word.split('.').count() == 3 && !self.exchanged.contains(&word) {
                self.exchanged.push(word);
            }
        }
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
        if let Some((_, value)) = cookie.split_once('=').filter(|(_, value)| !value.is_empty()) {
            self.cookies.insert(value.to_owned());
        }
        self.answers.push(answer);
        self.answers.last().unwrap()
    }

    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    pub fn newest(&self, kind: &str) -> String {
        let prefix = format!("jtn_{kind}_");
        self.tokens().filter(|token| token.starts_with(&prefix)).last().unwrap().to_owned()
    }

    /// What is typed into a field whose content comes back when the form fails.
    pub fn knows_kept(&mut self, texts: &[&str]) {
        self.known.extend(texts.iter().map(|text| Known::text(text, true)));
    }

    pub fn knows(&mut self, texts: &[&str]) {
        self.known.extend(texts.iter().map(|text| Known::text(text, false)));
    }

    pub fn knows_bytes(&mut self, what: &str, bytes: &[u8]) {
        self.known.push(Known::new(what, forms::of_bytes(bytes)));
    }

    /// The instance key, and the sessions behind the cookies.
    pub fn knows_keys(&mut self, console: &Console) {
        let app = &console.app;
        let key = app.config.secret_key.as_ref().unwrap().expose_secret();
        let digits = |at| u8::from_str_radix(&key[at..at + 2], 16).unwrap();
        let key: Vec<_> = (0..64).step_by(2).map(digits).collect();
        self.known.push(Known::new("the instance key", forms::of_bytes(&key)));
        for value in &self.cookies {
            let cookie = Cookie::parse_encoded(format!("jeton={value}")).unwrap();
            let session = CookieJar::new().private(&app.cookie_key).decrypt(cookie.clone());
            let session = session.unwrap();
            let looks = [forms::of_text(cookie.value()), forms::of_text(session.value())].concat();
            self.known.push(Known::new("a session", looks));
        }
    }

    pub fn testifies(mut self, console: &Console) {
        assert!(self.tokens.len() >= 8 && self.cookies.len() >= 2, "it heard too little");
        self.shown_once();
        assert_eq!(self.signing.len(), 4, "it heard too little");
        let signing = self.signing.iter();
        self.known.extend(signing.map(|word| Known::new(&word[..10], forms::of_signing(word))));
        assert!(self.personal.len() >= 8, "it heard too little");
        for word in &self.personal {
            self.known.push(Known::new(&word[..18], forms::of_personal(word)));
            self.known.push(Known::new("a private key", forms::of_bytes(&private(console, word))));
        }
        assert_eq!(self.exchanged.len(), 2, "it heard too little");
        for word in &self.exchanged {
            let signature = word.rsplit('.').next().unwrap().to_owned();
            self.known.push(Known::new("an exchanged token", vec![word.clone(), signature]));
        }
        let tokens = self.tokens.iter();
        self.known.extend(tokens.map(|word| Known::new(&word[..16], forms::of_token(word))));
        let log = String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap();
        assert!(log.contains("/account/tokens"), "there is a log");
        let dump = dump(console);
        let hint = &self.tokens[0][8..16];
        assert!(dump.contains(hint) && dump.contains("token.created"), "there is a dump");
        let written = console.app.config.data_dir.join("postgres/log");
        let written = fs::read_to_string(written).unwrap();
        for (place, text) in
            [("the log", log), ("the database", dump), ("PostgreSQL's log", written)]
        {
            let lower = text.to_lowercase();
            let is_there = |look: &String| text.contains(look) || lower.contains(look);
            let found = self.known.iter().filter(|known| known.looks.iter().any(is_there));
            let found: Vec<_> = found.map(|known| &known.what).collect();
            assert!(found.is_empty(), "in {place}: {found:#?}");
        }
    }

    /// Each token stands in one answer, and no other secret in any.
    fn shown_once(&self) {
        for token in self.tokens() {
            let secret = &token[8..51];
            let shown = self.answers.iter().filter(|answer| answer.says(secret)).count();
            assert_eq!(shown, 1, "{}... is in {shown} answers", &token[..16]);
        }
        for word in &self.personal {
            let shown = self.answers.iter().filter(|answer| answer.says(&word[140..])).count();
            assert_eq!(shown, 1, "{}... is in {shown} answers", &word[..18]);
        }
        for word in &self.exchanged {
            let shown = self.answers.iter().filter(|answer| answer.says(word)).count();
            assert_eq!(shown, 1, "{}... is in {shown} answers", &word[..16]);
        }
        for secret in &self.signing {
            let shown = self.answers.iter().filter(|answer| answer.says(&secret[6..])).count();
            assert_eq!(shown, 1, "{}... is in {shown} answers", &secret[..10]);
        }
        for known in self.known.iter().filter(|known| !known.is_kept_typed) {
            let shown = self.answers.iter().find(|answer| answer.says(&known.looks[0]));
            assert!(shown.is_none(), "{} is in an answer: {shown:?}", known.what);
        }
    }
}

/// What begins so, as far as it goes on with letters, digits and `more`.
fn words<'t>(text: &'t str, start: &'t str, more: &'t str) -> impl Iterator<Item = String> + 't {
    text.match_indices(start).map(move |(at, _)| {
        text[at..].chars().take_while(|&c| c.is_alphanumeric() || more.contains(c)).collect()
    })
}

impl Known {
    fn new(what: &str, looks: Vec<String>) -> Self {
        Self { what: what.to_owned(), looks, is_kept_typed: false }
    }

    fn text(text: &str, is_kept_typed: bool) -> Self {
        Self { what: text.to_owned(), looks: forms::of_text(text), is_kept_typed }
    }
}

/// The account's, which only the token and the database together make.
fn private(console: &Console, personal: &str) -> [u8; 32] {
    let shares = console.texts("SELECT key_share AS text FROM token_secrets WHERE key_share <> ''");
    shares.iter().find_map(|share| private_key(personal, share)).unwrap()
}

fn dump(console: &Console) -> String {
    let url = console.app.config.database_url.as_ref().unwrap().expose_secret();
    let output = Command::new("pg_dump").args(["--inserts", "--dbname", url]).output();
    let output = output.expect("pg_dump is installed: apt-get install postgresql-client");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_token_is_recognised_by_its_bytes() {
    let revealed = jeton::secret::PlainToken::generate(jeton::format::Kind::Pat).reveal();
    let hex = revealed.rest().unwrap().strip_prefix("User ").unwrap();
    assert!(forms::of_token(&revealed.to_string()).contains(&hex.to_owned()));
}
