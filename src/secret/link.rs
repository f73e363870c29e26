//! The code that a link carries: shown once, and good for one use.
use std::fmt;

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{Digest, Pepper, random};
use crate::format;

pub struct LinkCode(Zeroizing<[u8; 32]>);

impl LinkCode {
    pub fn generate() -> Self {
        Self(random())
    }

    /// 64 hexadecimal digits, with whatever a paste brings along around them.
    pub fn parse(text: &str) -> Option<Self> {
        format::from_hex(text.trim()).map(Self)
    }

    pub fn digest(&self, pepper: &Pepper) -> Digest {
        pepper.digest(self.0.as_slice())
    }

    /// Gives the text up for showing.
    pub fn reveal(self) -> SecretString {
        format::to_hex(&self.0).as_str().into()
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::secret::InstanceKey;

    #[test]
    fn a_code_is_known_again_by_its_text() {
        let pepper = Pepper::new(&InstanceKey::generate(), "test");
        let code = LinkCode::generate();
        assert_eq!(format!("{code:?}"), "LinkCode(…)");
        let digest = code.digest(&pepper);
        let text = code.reveal();
        let again = LinkCode::parse(&format!(" {}\n", text.expose_secret())).unwrap();
        assert_eq!(again.digest(&pepper), digest);
        assert!(LinkCode::parse("").is_none() && LinkCode::parse("jtn_oat_x").is_none());
    }
}
