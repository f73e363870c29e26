//! A personal access token as the list shows it.
use chrono::{DateTime, Utc};

use crate::access::{Level, Permissions};
use crate::id::{TokenId, UserId};
use crate::policies::Policy;
use crate::tokens::{GenerationDay, Secret, Token};
use crate::web::badge::Badge;
use crate::web::evidence::{Old, Tried};
use crate::web::when::When;

pub struct TokenRow {
    pub id: TokenId,
    pub name: String,
    pub masked: String,
    pub badge: Badge,
    pub may: String,
    pub used: Option<When>,
    pub expires: Option<When>,
    /// A secret that was replaced and works on for now.
    pub old: Option<Old>,
    pub tried: Option<Tried>,
    /// Organizations whose owners keep it out.
    pub blocked_in: Vec<String>,
    pub revoked: bool,
}

/// What is known of several tokens: their secrets, their calls of today, where they are kept out.
type Record<'r> = (&'r [Secret], &'r [GenerationDay], &'r [(TokenId, String, String)]);

impl TokenRow {
    pub fn new(
        token: Token,
        (secrets, today, blocks): Record,
        policy: &Policy,
        viewer: UserId,
        now: DateTime<Utc>,
    ) -> Self {
        let mine = secrets.iter().filter(|secret| secret.token_id == token.id);
        let today = today.iter().filter(|day| day.token == token.id);
        let blocks = blocks.iter().filter(|(id, ..)| *id == token.id);
        let live = token.revoked_at.is_none();
        Self {
            id: token.id,
            masked: token.masked(),
            badge: Badge::of(&token, policy, 0, viewer, now),
            may: may(token.permissions().as_ref()),
            used: token.last_used_at.map(|at| When::distance(at, now)),
            expires: token.expires_at.map(When::date),
            old: Old::among(mine.clone(), now).filter(|_| live),
            tried: Tried::among(mine, today.map(|day| day.dead).sum(), now),
            blocked_in: blocks.map(|(.., name)| name.clone()).collect(),
            revoked: !live,
            name: token.name,
        }
    }
}

/// `records, metrics: read; events: write`.
pub fn may(picked: Option<&Permissions>) -> String {
    let Some(picked) = picked else { return "Everything I may".into() };
    let parts = Level::ALL.into_iter().filter_map(|level| {
        let names: Vec<_> =
            picked.iter().filter(|(_, held)| **held == level).map(|(name, _)| &**name).collect();
        (!names.is_empty()).then(|| format!("{}: {level}", names.join(", ")))
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { "Nothing".into() } else { parts.join("; ") }
}
