//! `ph:v1:<a public key made for it>:<base64>`: a text that only one key pair opens.
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use diesel_derive_newtype::DieselNewType;
use serde::Serialize;
use zeroize::Zeroizing;

use super::pair::{KeyPair, PublicKey};
use super::{NONCE, close, open};

const VERSION: &str = "ph:v1:";
const TAG: usize = 16;

/// Kept as it came: what a client closed is handed back letter for letter.
#[derive(Debug, Clone, PartialEq, Eq, DieselNewType, Serialize)]
pub struct Ciphertext(String);

impl Ciphertext {
    /// `None` unless it has the form; whether it opens, only its key pair can say.
    pub fn parse(text: impl Into<String>) -> Option<Self> {
        let text = Self(text.into());
        text.parts().is_some().then_some(text)
    }

    /// For whoever holds the other half of `to`.
    pub fn close(plain: &str, to: PublicKey) -> Self {
        let once = KeyPair::generate();
        let closed = close(plain.as_bytes(), &once.key_to(to));
        Self(format!("{VERSION}{}:{}", once.public(), BASE64_STANDARD.encode(closed)))
    }

    /// `None` where it was closed to another key, or was changed or cut since.
    pub fn open(&self, pair: &KeyPair) -> Option<Zeroizing<String>> {
        let (from, closed) = self.parts()?;
        let mut plain = open(&closed, &*pair.key_from(from)?)?;
        String::from_utf8(std::mem::take(&mut *plain)).ok().map(Zeroizing::new)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes it closes, which its length gives away.
    pub fn plain_len(&self) -> usize {
        let closed = self.0.rsplit(':').next().unwrap_or_default();
        let padding = closed.bytes().rev().take_while(|&byte| byte == b'=').count();
        (closed.len() / 4 * 3).saturating_sub(padding + TAG + NONCE)
    }

    fn parts(&self) -> Option<(PublicKey, Vec<u8>)> {
        let (from, closed) = self.0.strip_prefix(VERSION)?.split_once(':')?;
        let closed = BASE64_STANDARD.decode(closed).ok()?;
        (closed.len() >= TAG + NONCE).then_some((PublicKey::parse(from)?, closed))
    }
}

impl fmt::Display for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_closed_opens_with_its_key_pair_and_no_other(plain in ".{0,200}") {
            let (mine, other) = (KeyPair::generate(), KeyPair::generate());
            let closed = Ciphertext::close(&plain, mine.public());
            prop_assert_eq!(Ciphertext::parse(closed.as_str()), Some(closed.clone()));
            prop_assert_eq!(closed.open(&mine), Some(Zeroizing::new(plain.clone())));
            prop_assert!(closed.open(&other).is_none());
            prop_assert_eq!(closed.plain_len(), plain.len());
            prop_assert_ne!(Ciphertext::close(&plain, mine.public()), closed);
        }

        #[test]
        fn one_changed_bit_is_noticed(plain in ".{0,40}", at: prop::sample::Index, bit in 0u8..8) {
            let mine = KeyPair::generate();
            let closed = Ciphertext::close(&plain, mine.public());
            let (from, mut bytes) = closed.parts().unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let changed = format!("{VERSION}{from}:{}", BASE64_STANDARD.encode(bytes));
            prop_assert!(Ciphertext::parse(changed).unwrap().open(&mine).is_none());
        }

        #[test]
        fn what_is_cut_anywhere_is_noticed(plain in ".{0,40}", at: prop::sample::Index) {
            let mine = KeyPair::generate();
            let text = Ciphertext::close(&plain, mine.public()).to_string();
            let cut = Ciphertext::parse(&text[..at.index(text.len())]);
            prop_assert!(cut.is_none_or(|cut| cut.open(&mine).is_none()));
        }

        #[test]
        fn nothing_makes_the_parser_stumble(text in "(ph:v1:)?[0-9a-f]{0,66}:?.{0,80}") {
            let pair = KeyPair::from_private(&[7; 32]).unwrap();
            prop_assert!(Ciphertext::parse(text).is_none_or(|it| it.open(&pair).is_none()));
        }
    }

    #[test]
    fn a_public_key_that_makes_no_secret_opens_nothing() {
        let mine = KeyPair::generate();
        let closed = BASE64_STANDARD.encode([0; TAG + NONCE]);
        let text = format!("{VERSION}{}:{closed}", "0".repeat(64));
        assert!(Ciphertext::parse(text).unwrap().open(&mine).is_none());
    }
}
