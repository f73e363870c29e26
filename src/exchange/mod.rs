//! The exchange: a token for a short-lived JWT that can do less, and the keys that sign it.
//!
//! A JWT is believed only together with its parent: its signature says what it was made of and how
//! much of that it carries, the parent as it is now says how much of that is left.
mod algorithm;
mod claims;
mod grant;
mod keys;
mod recorder;
mod ring;
mod store;
mod swap;

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD as BASE64URL, Engine as _};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::access;
use crate::audit::{Actor, Subject};
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::secret::{Digest, InstanceKey, Pepper, Seal};
use crate::tokens::{Derived, Held, Parent, Reach, Verdict};

use claims::Claims;
use recorder::{Entry, Recorder};
use ring::Keys;
use swap::Swaps;

pub use algorithm::Algorithm;
pub use claims::Audience;
pub use grant::{Granted, Refused, SILENT, Wish, beyond_reach};
pub use keys::{AHEAD, KEPT, LASTING, MAX_AGE, PURPOSE, begin, rotate, tend, withdraw};
pub use store::{KeyState, SigningKey, list};

/// How long a JWT lives that a proxy puts in the place of a token.
const SWAPPED: TimeDelta = TimeDelta::minutes(1);
/// RFC 9701 section 5.
const INTROSPECTION: &str = "token-introspection+jwt";

/// Longer is no JWT of ours.
pub const LONGEST: usize = 16 * 1024;

pub struct Exchange {
    pub keys: Keys,
    recorder: Recorder,
    swaps: Swaps,
    /// For what verdicts on JWTs are kept under.
    pepper: Pepper,
    issuer: String,
    /// What it signs for: itself, and what it is told to.
    audiences: Vec<String>,
}

/// An access token, and what it is.
pub struct Issued {
    pub jwt: String,
    pub scope: String,
    pub lifetime: TimeDelta,
}

impl Exchange {
    /// Makes the first key where there is none.
    ///
    /// # Errors
    /// When the keys were sealed under another instance key.
    pub fn start(config: &Config, db: &Db, key: &InstanceKey) -> Result<Self> {
        let previous = InstanceKey::previous(config)?;
        let seal = Seal::new(key, previous.as_ref(), PURPOSE);
        db.write_here(|tx| begin(tx, &seal))?;
        let issuer = config.public_url.origin().to_owned();
        let audiences = std::iter::once(&issuer).chain(&config.audiences).cloned().collect();
        Ok(Self {
            keys: Keys::new(db.clone(), seal),
            recorder: Recorder::start(db).map_err(anyhow::Error::from)?,
            swaps: Swaps::default(),
            pepper: Pepper::new(key, "jeton jwt v1"),
            issuer,
            audiences,
        })
    }

    /// Who signs, and for whom a JWT is that is presented to us.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn audiences(&self) -> &[String] {
        &self.audiences
    }

    /// What a verdict on this JWT is kept under.
    pub fn digest(&self, jwt: &str) -> Digest {
        self.pepper.digest(jwt.as_bytes())
    }

    /// What the JWT says, if we signed it with a key that is still published; not whether any of
    /// that is still true.
    ///
    /// # Errors
    /// `Unavailable` when the keys cannot be read.
    pub async fn read(&self, jwt: &str, now: DateTime<Utc>) -> Result<Option<(Parent, Derived)>> {
        let ring = self.keys.ring(now).await?;
        let read = || {
            let claims = ring.read_signed(claims::KIND, jwt, now)?;
            let claims: Claims = serde_json::from_slice(&claims).ok()?;
            (claims.iss == self.issuer).then(|| claims.derived())?
        };
        Ok(read())
    }

    /// Makes the JWT and writes down that it did.
    pub async fn issue(
        &self,
        by: Actor,
        parent: &Verdict,
        reach: &Reach,
        granted: Granted,
        now: DateTime<Utc>,
    ) -> Result<Issued> {
        let claims = self.claims(parent, reach, granted, now);
        let jwt = self.keys.ring(now).await?.sign(claims::KIND, &claims, now)?;
        let from = parent.derived.as_ref().map(|derived| &derived.id);
        let detail = json!({
            "jti": claims.jti, "from": from, "for": claims.aud, "scope": claims.scope,
            "expires_at": DateTime::from_timestamp(claims.exp, 0), "all_projects": claims.all_projects,
            "projects": claims.projects,
        });
        let organization = match parent.holder {
            Held::Organization { .. } | Held::ServiceAccount { .. } => Some(reach.organization),
            Held::Person { .. } => None,
        };
        let id = Some(parent.token.0);
        let subject = Subject { kind: "token", id, name: parent.name.to_string(), organization };
        self.recorder.record(Entry { by, subject, detail }).await?;
        let lifetime = TimeDelta::seconds(claims.exp - claims.iat);
        Ok(Issued { jwt, scope: claims.scope, lifetime })
    }

    /// A JWT with all that the token may do there, for a minute: what a proxy hands on in the
    /// token's place. Kept for some seconds, while the verdict is the same.
    pub async fn swap(
        &self,
        parent: &Arc<Verdict>,
        reach: &Reach,
        now: DateTime<Utc>,
    ) -> Result<String> {
        if let Some(kept) = self.swaps.find(parent, reach.organization, now) {
            return Ok(kept);
        }
        let ends = parent.ends().map_or(now + SWAPPED, |ends| ends.min(now + SWAPPED));
        let granted = Granted {
            permissions: reach.held().map(|(name, level)| (name.to_owned(), level)).collect(),
            projects: reach.power.projects.clone(),
            audience: vec![self.issuer.clone()],
            ends,
        };
        let claims = self.claims(parent, reach, granted, now);
        let jwt = self.keys.ring(now).await?.sign(claims::KIND, &claims, now)?;
        self.swaps.keep(parent, reach.organization, now, &jwt);
        Ok(jwt)
    }

    /// An answer to an introspection, signed (RFC 9701 section 5).
    pub async fn sign_introspection(
        &self,
        audience: &str,
        answer: &Value,
        now: DateTime<Utc>,
    ) -> Result<String> {
        let claims = json!({
            "iss": self.issuer, "aud": audience, "iat": now.timestamp(),
            "token_introspection": answer,
        });
        Ok(self.keys.ring(now).await?.sign(INTROSPECTION, &claims, now)?)
    }

    fn claims(
        &self,
        parent: &Verdict,
        reach: &Reach,
        granted: Granted,
        now: DateTime<Utc>,
    ) -> Claims {
        let Granted { permissions, projects, audience, ends } = granted;
        Claims {
            iss: self.issuer.clone(),
            sub: parent.subject(),
            aud: audience.into(),
            client_id: parent.client_id(),
            iat: now.timestamp(),
            exp: ends.timestamp(),
            jti: unique(),
            scope: access::scope(permissions.iter().map(|(name, level)| (&**name, *level))),
            org: reach.slug.to_string(),
            org_id: reach.organization,
            tok: parent.token,
            r#gen: parent.generation,
            token_kind: parent.kind.name().to_owned(),
            all_projects: projects.is_all(),
            projects: projects.listed().map(str::to_owned).collect(),
            permissions,
        }
    }
}

/// 128 bits that nobody guesses.
fn unique() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    BASE64URL.encode(bytes)
}
