//! What every face may reach, and what is the same for all of them on the way in and out.
pub mod around;
pub mod aside;
pub mod assets;
pub mod authentication;
pub mod body;
pub mod challenge;
pub mod client;
pub mod credential;
pub mod forward;
pub mod gates;
pub mod headers;
pub mod health;
pub mod log;
pub mod metrics;
pub mod nul;
pub mod origin;
pub mod prepared;

use std::sync::Arc;

use actix_web::cookie::Key;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::accounts::Passwords;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::exchange::Exchange;
use crate::notices::Notices;
use crate::secret::{InstanceKey, LinkCode, Pepper};
use crate::secrets::Vault;
use crate::sessions::Sessions;
use crate::tokens::{Mint, Peppers, Uses, Verifier};

use metrics::Metrics;

/// Whether a service asks about a token there, as they do by the thousand a second.
pub fn is_question(path: &str) -> bool {
    path.starts_with("/forward-auth/") || path == "/oauth2/introspect"
}

/// The whole of a running Jeton, but for its sockets.
pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub config: Config,
    pub peppers: Peppers,
    pub mint: Mint,
    /// For what is compared but never read: addresses of failed sign-ins, idempotency keys.
    pub pepper: Pepper,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub verifier: Verifier,
    pub exchange: Exchange,
    pub uses: Uses,
    pub notices: Arc<Notices>,
    /// The keys of environments.
    pub vault: Arc<Vault>,
    pub metrics: Metrics,
    /// Signs and encrypts cookies.
    pub cookie_key: Key,
    pub setup_code: SetupCode,
}

impl App {
    pub fn new(config: Config, db: Db, clock: Clock, key: &InstanceKey) -> Result<Self> {
        let sessions = Pepper::new(key, "jeton session key v1");
        let peppers = Peppers::configured(&config, key)?;
        peppers.recognise(&db)?;
        let notices = Arc::new(Notices::start(&config, key, &db)?);
        let verifier = Verifier::start(&db).map_err(anyhow::Error::from)?;
        let uses = Uses::default();
        Ok(Self {
            metrics: Metrics::new(&db, &verifier, &uses),
            sessions: Sessions::new(db.clone(), clock.clone(), sessions),
            exchange: Exchange::start(&config, &db, key)?,
            verifier,
            peppers,
            mint: Mint::configured(&config, key)?,
            pepper: Pepper::new(key, "jeton comparison v1"),
            passwords: Passwords::new()?,
            uses,
            notices,
            vault: Arc::new(Vault::new(&config, key)?),
            cookie_key: Key::from(key.derive::<64>("jeton cookie v1").as_slice()),
            setup_code: SetupCode::generate(),
            db,
            clock,
            config,
        })
    }

    /// Its code stands in the fragment, which a browser keeps to itself: no log and no `Referer`
    /// has it.
    pub fn invitation_link(&self, code: LinkCode) -> SecretString {
        let code = code.reveal();
        format!("{}/invitations#{}", self.config.public_url, code.expose_secret()).into()
    }
}

impl App {
    /// Its code stands in the fragment, which a browser keeps to itself: no log and no `Referer`
    /// has it.
    pub fn password_link(&self, code: LinkCode) -> SecretString {
        let code = code.reveal();
        format!("{}/password#{}", self.config.public_url, code.expose_secret()).into()
    }
}

/// Proves that whoever opens `/setup` can read the log. It is of use only while there is no user.
pub struct SetupCode(SecretString);

impl SetupCode {
    /// Three groups of four letters and digits that are not taken for one another: 58 bits.
    fn generate() -> Self {
        const LETTERS: &[u8; 29] = b"ABCDEFGHJKMNPQRSTVWXYZ2345679";
        let mut code = String::new();
        while code.len() < 14 {
            let mut byte = [0];
            getrandom::fill(&mut byte).expect("the operating system gives randomness");
            // Whole multiples of 29 only, so that each letter is as likely.
            if byte[0] < 232 {
                code.push(char::from(LETTERS[usize::from(byte[0]) % LETTERS.len()]));
                if matches!(code.len(), 4 | 9) {
                    code.push('-');
                }
            }
        }
        Self(code.into())
    }

    /// For the log, at the start, once.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    pub fn is(&self, typed: &str) -> bool {
        let typed: String =
            typed.trim().to_uppercase().chars().filter(|c| !c.is_whitespace()).collect();
        typed.as_bytes().ct_eq(self.0.expose_secret().as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_code_is_known_as_it_was_printed() {
        let code = SetupCode::generate();
        assert_eq!(code.reveal().len(), 14);
        assert!(code.is(&format!(" {} ", code.reveal().to_lowercase())));
        assert!(!code.is("AAAA-AAAA-AAAA") && !code.is(""));
    }
}
