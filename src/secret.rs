//! Text that must not be printed, logged, copied or serialised by accident: the instance key, and
//! a token's secret on its way from [`PlainToken`] to a [`Digest`] or a [`Revealed`].
mod kx;
mod link;
mod seal;

use std::fmt;

use anyhow::Context as _;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Bytea;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::format::{self, Kind};

pub use kx::{Ciphertext, ClientShare, EnvironmentKeys, KeyPair, PublicKey, ServerShare};
pub use link::LinkCode;
pub use seal::{Seal, Sealed};

/// The root of every other key of this instance. It lives outside the database.
pub struct InstanceKey(Zeroizing<[u8; 32]>);

impl InstanceKey {
    pub fn generate() -> Self {
        Self(random())
    }

    /// 64 hexadecimal digits, in `JETON_SECRET_KEY` and in the key file alike.
    pub fn parse(text: &SecretString) -> Option<Self> {
        format::from_hex(text.expose_secret().trim()).map(Self)
    }

    /// The one before it, while it is being rotated.
    ///
    /// # Errors
    /// When it is malformed.
    pub fn previous(config: &Config) -> anyhow::Result<Option<Self>> {
        let previous = config.previous_secret_key.as_ref().map(|text| {
            Self::parse(text)
                .context("JETON_PREVIOUS_SECRET_KEY is malformed: expected 64 hexadecimal digits")
        });
        previous.transpose()
    }

    /// The text that [`InstanceKey::parse`] reads.
    pub fn to_text(&self) -> SecretString {
        format::to_hex(&self.0).as_str().into()
    }

    /// A key of its own for one purpose (HKDF-SHA-256, RFC 5869).
    pub fn derive<const N: usize>(&self, purpose: &str) -> Zeroizing<[u8; N]> {
        let mut key = Zeroizing::new([0; N]);
        Hkdf::<Sha256>::new(None, self.0.as_slice())
            .expand(purpose.as_bytes(), key.as_mut_slice())
            .expect("no purpose wants more than 255 blocks");
        key
    }
}

/// Turns secrets into digests: HMAC-SHA-256 under a key derived from the instance key.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    pub fn new(key: &InstanceKey, purpose: &str) -> Self {
        let key = key.derive::<32>(purpose);
        Self(Hmac::new_from_slice(key.as_slice()).expect("HMAC takes a key of any length"))
    }

    pub fn digest(&self, bytes: &[u8]) -> Digest {
        Digest(self.0.clone().chain_update(bytes).finalize().into_bytes().into())
    }
}

/// The 32 random bytes of a token. They live from generation to the one page that shows them, or
/// from a request's header to the digest that looks them up.
pub struct PlainToken {
    kind: Kind,
    bytes: Zeroizing<[u8; 32]>,
}

impl PlainToken {
    pub fn generate(kind: Kind) -> Self {
        Self { kind, bytes: random() }
    }

    /// Reads `jtn_{kind}_{secret}{crc}`; `None` unless the checksum is right.
    pub fn parse(text: &str) -> Option<Self> {
        format::parse(text).map(|(kind, bytes)| Self { kind, bytes })
    }

    /// Reads the REST form: the same bytes as 64 hexadecimal digits.
    pub fn from_hex(kind: Kind, text: &str) -> Option<Self> {
        format::from_hex(text).map(|bytes| Self { kind, bytes })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn digest(&self, pepper: &Pepper) -> Digest {
        pepper.digest(self.bytes.as_slice())
    }

    /// The first 8 characters of the secret, which lists show.
    pub fn hint(&self) -> String {
        format::hint(self.kind, &self.bytes)
    }

    /// Gives the text up for showing. The token cannot be used afterwards.
    pub fn reveal(self) -> Revealed {
        let rest = self.holder().map(|(word, _)| {
            let hex = format::to_hex(&self.bytes);
            format!("{word} {}", *hex).into()
        });
        Revealed { word: format::print(self.kind, &self.bytes).into(), rest, personal: None }
    }

    /// The same, and as a personal secret token, which carries its holder's key material.
    pub fn reveal_with(self, share: &ClientShare) -> Revealed {
        let personal = self.holder().map(|(_, prefix)| {
            let (hex, fields) = (format::to_hex(&self.bytes), share.fields());
            format!("{prefix}:{}:{}", *hex, *fields).into()
        });
        Revealed { personal, ..self.reveal() }
    }

    /// How clients of application secrets call whose token it is, with the bytes alone and with key
    /// material. An organization has no keys.
    fn holder(&self) -> Option<(&'static str, &'static str)> {
        match self.kind {
            Kind::Oat => None,
            Kind::Sat => Some(("ServiceAccount", "pss_service:v2")),
            Kind::Pat => Some(("User", "pss_user:v1")),
        }
    }
}

impl fmt::Debug for PlainToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainToken(…)")
    }
}

/// A secret's text on its way into one response. The only secret with `Display`.
#[derive(Debug)]
pub struct Revealed {
    word: SecretString,
    rest: Option<SecretString>,
    personal: Option<SecretString>,
}

impl Revealed {
    /// The same secret as `User <hex>` or `ServiceAccount <hex>`; organization tokens have none.
    pub fn rest(&self) -> Option<&str> {
        self.rest.as_ref().map(ExposeSecret::expose_secret)
    }

    /// The same secret with key material: `pss_user:v1:...` or `pss_service:v2:...`.
    pub fn personal(&self) -> Option<&str> {
        self.personal.as_ref().map(ExposeSecret::expose_secret)
    }
}

impl fmt::Display for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word.expose_secret())
    }
}

/// What signs the deliveries of a webhook, as Standard Webhooks has it. Shown once, and sealed in the
/// database: every delivery takes it.
pub struct SigningSecret(Zeroizing<[u8; 32]>);

impl SigningSecret {
    pub fn generate() -> Self {
        Self(random())
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Gives the text up for showing: `whsec_` and the bytes in base64.
    pub fn reveal(self) -> Revealed {
        let text = Zeroizing::new(BASE64_STANDARD.encode(self.0.as_slice()));
        Revealed { word: format!("whsec_{}", *text).into(), rest: None, personal: None }
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(…)")
    }
}

/// What the database keeps of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Bytea)]
pub struct Digest([u8; 32]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl ToSql<Bytea, Pg> for Digest {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Bytea, Pg>::to_sql(self.0.as_slice(), &mut out.reborrow())
    }
}

impl FromSql<Bytea, Pg> for Digest {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(bytes.as_bytes().try_into()?))
    }
}

fn random() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice()).expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_token_never_prints_itself() {
        assert_eq!(format!("{:?}", PlainToken::generate(Kind::Oat)), "PlainToken(…)");
    }

    #[test]
    fn one_secret_has_one_digest_in_every_form() {
        let key = InstanceKey::generate();
        let pepper = Pepper::new(&key, "test");
        let plain = PlainToken::generate(Kind::Pat);
        let digest = plain.digest(&pepper);
        let shown = plain.reveal_with(&KeyPair::generate().split().0);

        let word = PlainToken::parse(&shown.to_string()).unwrap();
        let hex = shown.rest().unwrap().strip_prefix("User ").unwrap();
        let rest = PlainToken::from_hex(Kind::Pat, hex).unwrap();

        assert_eq!((word.digest(&pepper), rest.digest(&pepper)), (digest, digest));
        let personal: Vec<_> = shown.personal().unwrap().split(':').collect();
        assert_eq!((personal.len(), personal[..3].join(":")), (6, format!("pss_user:v1:{hex}")));
        assert!(PlainToken::generate(Kind::Oat).reveal().rest().is_none());
        assert_ne!(digest, word.digest(&Pepper::new(&key, "another purpose")));
    }

    #[test]
    fn the_instance_key_survives_its_text() {
        let key = InstanceKey::generate();
        let again = InstanceKey::parse(&key.to_text()).unwrap();
        assert_eq!(key.derive::<32>("x"), again.derive::<32>("x"));
        assert!(InstanceKey::parse(&"00ff".into()).is_none());
    }
}
