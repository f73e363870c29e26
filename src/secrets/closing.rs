//! From what is written in plain to what rests: checked, then closed to the key of its environment.
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::words::{Fields, comment, key, path, tags, value};
use super::{
    Change, Kind, New, Opener, Override, Own, Plain, PlainChange, PlainOwn, Read, Secret,
    unreadable,
};
use crate::error::Result;
use crate::id::SecretId;
use crate::secret::Ciphertext;

/// A secret that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    pub key: SecretString,
    pub value: SecretString,
    pub comment: SecretString,
    /// What the reader has in the place of the value.
    pub own: Option<SecretString>,
}

impl Opener {
    /// # Errors
    /// `Invalid`, naming every field that is wrong.
    pub fn close_new(&self, plain: Plain) -> Result<New> {
        let mut fields = Fields::default();
        let name = fields.read("key", key(&plain.key));
        let path = fields.read("path", path(&plain.path));
        let tags = fields.read("tags", tags(&plain.tags));
        fields.read("value", value(&plain.value));
        fields.read("comment", comment(&plain.comment));
        if let Some(own) = &plain.own {
            fields.read("override", value(&own.value));
        }
        fields.checked(())?;
        Ok(New {
            digest: self.digest(&name),
            key: self.close(&name),
            value: self.close(plain.value.expose_secret()),
            comment: self.close_comment(&plain.comment),
            path,
            tags,
            kind: plain.kind,
            own: plain.own.as_ref().map(|own| self.closed_own(own)),
        })
    }

    /// # Errors
    /// `Invalid`, naming every field that is wrong.
    pub fn close_change(&self, id: SecretId, plain: PlainChange) -> Result<Change> {
        let mut fields = Fields::default();
        let name = plain.key.as_deref().map(|text| fields.read("key", key(text)));
        let path = plain.path.as_deref().map(|text| fields.read("path", path(text)));
        let tags = plain.tags.as_deref().map(|texts| fields.read("tags", tags(texts)));
        if let Some(text) = &plain.value {
            fields.read("value", value(text));
        }
        if let Some(text) = &plain.comment {
            fields.read("comment", comment(text));
        }
        if let Some(own) = &plain.own {
            fields.read("override", value(&own.value));
        }
        fields.checked(())?;
        Ok(Change {
            id,
            key: name.map(|name| (self.close(&name), self.digest(&name))),
            value: plain.value.map(|text| self.close(text.expose_secret())),
            comment: plain.comment.map(|text| self.close_comment(&text)),
            path,
            tags,
            kind: plain.kind,
            own: plain.own.as_ref().map(|own| self.closed_own(own)),
            version: None,
            leaves_sealed: false,
        })
    }

    /// # Errors
    /// `Invalid`, naming the value that is wrong.
    pub fn close_own(&self, own: &PlainOwn) -> Result<Own> {
        let mut fields = Fields::default();
        fields.read("value", value(&own.value));
        fields.checked(self.closed_own(own))
    }

    fn closed_own(&self, own: &PlainOwn) -> Own {
        Own { value: self.close(own.value.expose_secret()), is_active: own.is_active }
    }

    /// All of a secret.
    ///
    /// # Errors
    /// `Conflict` for what does not open: never anything else than what was closed.
    pub fn open_read(&self, (secret, own): &Read) -> Result<Opened> {
        Ok(Opened {
            key: self.must_open(secret.id, &secret.key)?,
            value: self.must_open(secret.id, &secret.value)?,
            comment: self.open_comment(secret)?,
            own: own
                .as_ref()
                .map(|own: &Override| self.must_open(secret.id, &own.value))
                .transpose()?,
        })
    }

    pub fn open_comment(&self, secret: &Secret) -> Result<SecretString> {
        let comment = secret.comment.as_ref().map(|comment| self.must_open(secret.id, comment));
        comment.unwrap_or_else(|| Ok(SecretString::default()))
    }

    /// # Errors
    /// `Conflict` for what does not open, naming the secret.
    pub fn must_open(&self, of: SecretId, closed: &Ciphertext) -> Result<SecretString> {
        let opened: Zeroizing<String> = self.open(closed).ok_or_else(|| unreadable(of))?;
        Ok(opened.as_str().into())
    }

    fn close_comment(&self, text: &SecretString) -> Option<Ciphertext> {
        let text = text.expose_secret();
        (!text.is_empty()).then(|| self.close(text))
    }
}

/// Whether nobody but programs may see the value.
pub fn is_hidden(secret: &Secret) -> bool {
    secret.kind() == Kind::Sealed
}
