//! What a secret may be: its kinds, its bounds, and what is said of one that is beyond them.
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Problem, Result};
use crate::name;
use crate::secret::Ciphertext;

/// Bytes of a value, at most.
pub const MOST_VALUE: usize = 1024 * 1024;
/// Secrets of one call, at most.
pub const MOST_AT_ONCE: usize = 10_000;
/// Bytes of a comment, at most.
const MOST_COMMENT: usize = 16 * 1024;
/// Characters of a name; of a path; of a tag; and tags of a secret, at most.
const MOST_KEY: usize = 255;
const MOST_PATH: usize = 512;
const MOST_TAG: usize = 64;
const MOST_TAGS: usize = 32;

/// How a secret is handled by whoever shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Secret,
    /// Written once and shown to nobody; only programs read it.
    Sealed,
    /// No secret at all.
    Config,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Secret, Self::Sealed, Self::Config];

    pub fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Sealed => "sealed",
            Self::Config => "config",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A secret as whoever has no key writes it.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    pub key: String,
    pub value: SecretString,
    pub comment: SecretString,
    pub path: String,
    pub tags: Vec<String>,
    pub kind: Kind,
    /// What the writer alone sees in the place of the value.
    pub own: Option<PlainOwn>,
}

#[derive(Debug, Clone)]
pub struct PlainOwn {
    pub value: SecretString,
    pub is_active: bool,
}

/// The same of a secret that is there. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct PlainChange {
    pub key: Option<String>,
    pub value: Option<SecretString>,
    pub comment: Option<SecretString>,
    pub path: Option<String>,
    pub tags: Option<Vec<String>>,
    pub kind: Option<Kind>,
    pub own: Option<PlainOwn>,
}

/// The name as it is stored: trimmed, in capitals.
///
/// # Errors
/// What is wrong and what to do.
pub fn key(text: &str) -> Result<String, &'static str> {
    let key = text.trim().to_uppercase();
    if key.is_empty() {
        return Err("Give the secret a name, such as DATABASE_URL.");
    }
    if key.chars().count() > MOST_KEY {
        return Err("Use at most 255 characters.");
    }
    if key.chars().any(|c| c.is_whitespace() || c == '=' || name::is_unseen(c)) {
        return Err("Leave out spaces, equals signs and control characters.");
    }
    Ok(key)
}

/// A path begins with a slash and ends with none: `/`, `/mail/outgoing`.
///
/// # Errors
/// What is wrong and what to do.
pub fn path(text: &str) -> Result<String, &'static str> {
    let parts = text.trim().split('/').filter(|part| !part.is_empty());
    let path = format!("/{}", parts.collect::<Vec<_>>().join("/"));
    if path.chars().count() > MOST_PATH {
        return Err("Use at most 512 characters.");
    }
    if path.chars().any(name::is_unseen) {
        return Err("Leave out line breaks and other control characters.");
    }
    Ok(path)
}

/// Each once and in order; a tag comes to be by being named.
///
/// # Errors
/// What is wrong and what to do.
pub fn tags(texts: &[String]) -> Result<Vec<String>, &'static str> {
    let mut tags: Vec<_> = texts.iter().map(|tag| tag.trim().to_owned()).collect();
    tags.retain(|tag| !tag.is_empty());
    tags.sort();
    tags.dedup();
    if tags.len() > MOST_TAGS {
        return Err("Use at most 32 tags.");
    }
    if tags.iter().any(|tag| tag.chars().count() > MOST_TAG) {
        return Err("Use at most 64 characters for a tag.");
    }
    if tags.iter().any(|tag| tag.contains(',') || tag.chars().any(name::is_unseen)) {
        return Err("Leave commas and control characters out of tags.");
    }
    Ok(tags)
}

pub(super) fn value(text: &SecretString) -> Result<(), &'static str> {
    if text.expose_secret().len() > MOST_VALUE {
        return Err("Use at most 1 MiB.");
    }
    unstored(text)
}

pub(super) fn comment(text: &SecretString) -> Result<(), &'static str> {
    if text.expose_secret().len() > MOST_COMMENT {
        return Err("Use at most 16 KiB.");
    }
    unstored(text)
}

/// No environment variable can hold it, and so no program could be given it.
fn unstored(text: &SecretString) -> Result<(), &'static str> {
    if text.expose_secret().contains('\0') { Err("Leave out NUL characters.") } else { Ok(()) }
}

/// What was closed by someone else is measured, for it cannot be read.
pub(super) fn closed_key(closed: &Ciphertext) -> Result<(), &'static str> {
    // Four bytes a character, at most.
    within(closed, 4 * MOST_KEY, "Use at most 255 characters.")
}

pub(super) fn closed_value(closed: &Ciphertext) -> Result<(), &'static str> {
    within(closed, MOST_VALUE, "Use at most 1 MiB.")
}

pub(super) fn closed_comment(closed: &Ciphertext) -> Result<(), &'static str> {
    within(closed, MOST_COMMENT, "Use at most 16 KiB.")
}

fn within(closed: &Ciphertext, most: usize, beyond: &'static str) -> Result<(), &'static str> {
    if closed.plain_len() > most { Err(beyond) } else { Ok(()) }
}

/// Gathers what is wrong with the fields of one secret.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Problem>);

impl Fields {
    /// What was right; where it is wrong, whatever is empty.
    pub fn read<T: Default>(&mut self, field: &'static str, read: Result<T, &'static str>) -> T {
        read.unwrap_or_else(|message| {
            self.0.push(Problem::new(field, message));
            T::default()
        })
    }

    pub fn checked<T>(self, done: T) -> Result<T> {
        if self.0.is_empty() { Ok(done) } else { Err(Error::Invalid(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stored_in_capitals_and_have_no_spaces() {
        assert_eq!(key(" database_url ").unwrap(), "DATABASE_URL");
        assert!(key(&"x".repeat(255)).is_ok());
        for bad in ["", "  ", "A B", "A=B", "A\nB", "A\u{0}B", "A\u{202e}B", &"x".repeat(256)] {
            assert!(key(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_is_written_in_one_way() {
        for (typed, kept) in
            [("", "/"), ("/", "/"), ("mail", "/mail"), ("//mail//out/", "/mail/out")]
        {
            assert_eq!(path(typed).unwrap(), kept, "{typed:?}");
        }
        assert!(path("/a\nb").is_err() && path(&"x/".repeat(300)).is_err());
    }

    #[test]
    fn tags_are_each_there_once() {
        let typed = ["b", " a ", "b", ""].map(str::to_owned);
        assert_eq!(tags(&typed).unwrap(), ["a", "b"]);
        assert!(tags(&["x".repeat(65)]).is_err() && tags(&["a,b".to_owned()]).is_err());
    }
}
