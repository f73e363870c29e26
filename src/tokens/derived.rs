//! JWTs as verdicts: their parent's, as it is at this moment, and no more of it than they carry.
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::lookup::look_up_parent;
use super::verdict::{Dead, Held, Reach, Verdict};
use super::{Peppers, Verifier};
use crate::access::{Permissions, Projects};
use crate::db::Db;
use crate::error::Result;
use crate::id::{OrganizationId, TokenId};
use crate::secret::Digest;

/// What a JWT was made from: a token, and which of its secrets. It ends with either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    pub token: TokenId,
    pub generation: i32,
}

/// What a JWT carries of its parent. All of it is signed; nothing says that it is still true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Its `jti`.
    pub id: String,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub audience: Vec<String>,
    pub organization: OrganizationId,
    pub permissions: Permissions,
    pub projects: Projects,
}

impl Derived {
    pub(super) fn dead(&self, left: &[Reach], now: DateTime<Utc>) -> Option<Dead> {
        if self.expires_at <= now {
            return Some(Dead::Expired(self.expires_at));
        }
        let is_empty = left.iter().all(|reach| reach.held().next().is_none());
        is_empty.then_some(Dead::Emptied)
    }
}

impl Verdict {
    /// Of this one, what the JWT carries.
    #[must_use]
    pub fn narrowed(&self, derived: Derived) -> Self {
        let mut verdict = self.clone();
        let narrow = |reach: &mut Reach| {
            reach.power = reach.power.within(&derived.permissions, &derived.projects);
        };
        match &mut verdict.holder {
            Held::Organization { reach, .. } | Held::ServiceAccount { reach, .. } => narrow(reach),
            Held::Person { reaches, picked, .. } => {
                reaches.retain(|reach| reach.organization == derived.organization);
                reaches.iter_mut().for_each(narrow);
                *picked = Some(derived.permissions.clone());
            }
        }
        verdict.may_rotate_itself = false;
        verdict.derived = Some(Box::new(derived));
        verdict
    }
}

impl Verifier {
    /// What is kept of a JWT, by the digest of its text.
    pub fn find_derived(&self, jwt: Digest) -> Option<Arc<Verdict>> {
        let (verdict, _) = self.memory.find_standing(jwt)?;
        self.meters.kept.inc();
        Some(verdict)
    }

    /// The verdict on a JWT whose signature is right; `None` where its parent is no more. It is kept
    /// for as long as its parent's would be.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer.
    pub async fn derive(
        &self,
        db: &Db,
        peppers: &Peppers,
        jwt: Digest,
        (parent, derived): (Parent, Derived),
    ) -> Result<Option<Arc<Verdict>>> {
        // Longer than a secret, so that no secret has the same digest.
        let made_from = format!(
            "what a JWT of the exchange was made from: {}.{}",
            parent.token, parent.generation
        );
        let at = peppers.current.digest(made_from.as_bytes());
        let (verdict, stamp) = if let Some(kept) = self.memory.find_standing(at) {
            self.meters.kept.inc();
            kept
        } else {
            self.meters.looked_up.inc();
            let stamp = db.changes().stamp();
            let found = db.read(move |conn| look_up_parent(conn, parent)).await?;
            let Some(found) = found.map(Arc::new) else { return Ok(None) };
            self.memory.keep(at, Some(&found), stamp);
            (found, stamp)
        };
        let verdict = Arc::new(verdict.narrowed(derived));
        self.memory.keep(jwt, Some(&verdict), stamp);
        Ok(Some(verdict))
    }
}
