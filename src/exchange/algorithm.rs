//! The algorithms that sign: what a key pair is made of, and how it is told apart.
use anyhow::{Context, anyhow};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64URL, Engine as _};
use derive_more::Display;
use josekit::jwk::{Jwk, KeyPair};
use josekit::jws::{ES256, JwsSigner, JwsVerifier, RS256};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const RSA_BITS: u32 = 2048;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Display)]
pub enum Algorithm {
    /// ECDSA on P-256: small and fast.
    #[default]
    #[display("ES256")]
    Es256,
    /// RSA, for services that know nothing else (RFC 9068 section 2.1 wants it known).
    #[display("RS256")]
    Rs256,
}

/// A key pair that was just made.
pub struct Fresh {
    /// RFC 7638.
    pub kid: String,
    /// The public half, as a JWK.
    pub public: Value,
    /// The private half (PKCS#8).
    pub private: Zeroizing<Vec<u8>>,
}

impl Algorithm {
    pub const ALL: [Self; 2] = [Self::Es256, Self::Rs256];

    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn generate(self) -> anyhow::Result<Fresh> {
        let pair: Box<dyn KeyPair> = match self {
            Self::Es256 => Box::new(ES256.generate_key_pair()?),
            Self::Rs256 => Box::new(RS256.generate_key_pair(RSA_BITS)?),
        };
        let mut public: Map<String, Value> = pair.to_jwk_public_key().into();
        let kid = thumbprint(&public).context("a new key lacks what a key has")?;
        public.insert("kid".into(), kid.clone().into());
        public.insert("use".into(), "sig".into());
        public.insert("alg".into(), self.name().into());
        Ok(Fresh { kid, public: public.into(), private: pair.to_der_private_key().into() })
    }

    pub(super) fn signer(self, kid: &str, private: &[u8]) -> anyhow::Result<Box<dyn JwsSigner>> {
        Ok(match self {
            Self::Es256 => {
                let mut signer = ES256.signer_from_der(private)?;
                signer.set_key_id(kid);
                Box::new(signer)
            }
            Self::Rs256 => {
                let mut signer = RS256.signer_from_der(private)?;
                signer.set_key_id(kid);
                Box::new(signer)
            }
        })
    }

    pub(super) fn verifier(self, public: &Value) -> anyhow::Result<Box<dyn JwsVerifier>> {
        let public = public.as_object().ok_or_else(|| anyhow!("a key is no object"))?;
        let jwk = Jwk::from_map(public.clone())?;
        Ok(match self {
            Self::Es256 => Box::new(ES256.verifier_from_jwk(&jwk)?),
            Self::Rs256 => Box::new(RS256.verifier_from_jwk(&jwk)?),
        })
    }
}

/// RFC 7638: the members that make the key, in the order of their names.
fn thumbprint(public: &Map<String, Value>) -> Option<String> {
    let members: &[&str] = match public.get("kty")?.as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        _ => return None,
    };
    let member = |name: &&str| Some(format!("\"{name}\":\"{}\"", public.get(*name)?.as_str()?));
    let members = members.iter().map(member).collect::<Option<Vec<_>>>()?;
    Some(BASE64URL.encode(Sha256::digest(format!("{{{}}}", members.join(",")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the thumbprint of RFC 7638 section 3.1.
    #[test]
    fn the_thumbprint_is_the_standards() {
        let public = serde_json::json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1\
                L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-\
                65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr\
                dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnq\
                DKgw",
            "e": "AQAB",
            "alg": "RS256",
            "kid": "2011-04-29",
        });
        let thumbprint = thumbprint(public.as_object().unwrap());
        assert_eq!(thumbprint.unwrap(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_new_key_tells_its_public_half_and_no_more() {
        for algorithm in Algorithm::ALL {
            let fresh = algorithm.generate().unwrap();
            let public = fresh.public.as_object().unwrap();
            assert!(
                ["d", "p", "q", "dp", "dq", "qi", "k"]
                    .iter()
                    .all(|name| !public.contains_key(*name))
            );
            let signer = algorithm.signer(&fresh.kid, &fresh.private).unwrap();
            let signature = signer.sign(b"said").unwrap();
            let verifier = algorithm.verifier(&fresh.public).unwrap();
            assert!(verifier.verify(b"said", &signature).is_ok());
            assert!(verifier.verify(b"unsaid", &signature).is_err());
            assert_eq!(verifier.key_id(), Some(fresh.kid.as_str()));
        }
    }
}
