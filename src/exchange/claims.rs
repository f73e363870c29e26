//! What an access token of the exchange says: the claims of RFC 9068, and ours beside them.
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Permissions, Projects};
use crate::id::{OrganizationId, TokenId};
use crate::tokens::{Derived, Parent};

/// The type in the header (RFC 9068 section 2.1).
pub const KIND: &str = "at+jwt";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: Audience,
    pub client_id: String,
    pub iat: i64,
    pub exp: i64,
    pub jti: String,
    pub scope: String,
    /// The organization's slug, and its id.
    pub org: String,
    pub org_id: OrganizationId,
    /// The token that it was made from, and which of its secrets.
    pub tok: TokenId,
    pub r#gen: i32,
    pub token_kind: String,
    /// The highest level on each resource.
    pub permissions: Permissions,
    pub all_projects: bool,
    pub projects: BTreeSet<String>,
}

/// One, or several (RFC 7519 section 4.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    One(String),
    Several(Vec<String>),
}

impl From<Vec<String>> for Audience {
    fn from(mut all: Vec<String>) -> Self {
        match all.len() {
            1 => Self::One(all.swap_remove(0)),
            _ => Self::Several(all),
        }
    }
}

impl From<Audience> for Vec<String> {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::One(one) => vec![one],
            Audience::Several(several) => several,
        }
    }
}

impl Claims {
    /// What stands of it, whatever became of its parent.
    pub fn derived(self) -> Option<(Parent, Derived)> {
        let parent = Parent { token: self.tok, generation: self.r#gen };
        let instant = |seconds| DateTime::<Utc>::from_timestamp(seconds, 0);
        let derived = Derived {
            id: self.jti,
            issued_at: instant(self.iat)?,
            expires_at: instant(self.exp)?,
            audience: self.aud.into(),
            organization: self.org_id,
            permissions: self.permissions,
            projects: Projects::new(self.all_projects, self.projects),
        };
        Some((parent, derived))
    }
}
