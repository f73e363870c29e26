//! Passwords: Argon2id, on threads of its own, two at a time.
//!
//! Hashing takes tens of milliseconds of a whole core on purpose. It must not stand in the way of
//! database work, and a flood of sign-ins must not take every core.
use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use diesel_derive_newtype::DieselNewType;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// The fewest characters of a password.
const LEAST: usize = 12;
/// The most bytes: longer ones cost work and add nothing.
const MOST: usize = 1024;

/// A password as it rests: a PHC string, parameters and salt in it.
#[derive(Clone, DieselNewType)]
pub struct PasswordHash(String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Hashes and verifies.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Verified for a user who does not exist, so that the answer takes as long.
    dummy: PasswordHash,
}

impl Passwords {
    pub fn new() -> Result<Self> {
        let dummy = hash(&"no one has this password".into())?;
        Ok(Self { turns: Arc::new(Semaphore::new(2)), dummy })
    }

    /// # Errors
    /// `Invalid` naming `field` when the password is too short or too long.
    pub async fn hash(&self, field: &'static str, password: SecretString) -> Result<PasswordHash> {
        Self::check(field, &password)?;
        self.in_turn(move || hash(&password)).await?
    }

    /// [`Passwords::hash`] for a thread that may block.
    pub fn hash_here(field: &'static str, password: &SecretString) -> Result<PasswordHash> {
        Self::check(field, password)?;
        hash(password)
    }

    /// Whether the password is right; without a hash it never is, and takes as long.
    pub async fn verify(
        &self,
        known: Option<PasswordHash>,
        password: SecretString,
    ) -> Result<bool> {
        let there = known.is_some();
        let known = known.unwrap_or_else(|| self.dummy.clone());
        let right = self.in_turn(move || verify(&known, &password)).await?;
        Ok(right && there)
    }

    fn check(field: &'static str, password: &SecretString) -> Result<()> {
        let text = password.expose_secret();
        if text.chars().count() < LEAST {
            return Err(Error::field(field, "Use 12 characters or more."));
        }
        if text.len() > MOST {
            return Err(Error::field(field, "Use at most 1024 bytes."));
        }
        Ok(())
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let turn = self.turns.clone().acquire_owned().await.map_err(anyhow::Error::from)?;
        let (answer, answered) = tokio::sync::oneshot::channel();
        std::thread::Builder::new()
            .name("password".into())
            .spawn(move || {
                let _ = answer.send(work());
                drop(turn);
            })
            .map_err(anyhow::Error::from)?;
        Ok(answered.await.map_err(anyhow::Error::from)?)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &SecretString) -> Result<PasswordHash> {
    let hash = argon2()
        .hash_password(password.expose_secret().as_bytes())
        .map_err(|cause| anyhow::anyhow!("could not hash: {cause}"))?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify(known: &PasswordHash, password: &SecretString) -> bool {
    phc::PasswordHash::new(&known.0).is_ok_and(|known| {
        argon2().verify_password(password.expose_secret().as_bytes(), &known).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let known = Passwords::hash_here("password", &"correct horse battery".into()).unwrap();
        assert!(known.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&known, &"correct horse battery".into()));
        assert!(!verify(&known, &"correct horse batterz".into()));
        assert_eq!(format!("{known:?}"), "PasswordHash(…)");
    }

    #[test]
    fn short_passwords_are_refused() {
        assert!(Passwords::hash_here("password", &"eleven char".into()).is_err());
    }
}
