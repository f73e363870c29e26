//! A token as its account's page shows it.
use chrono::{DateTime, Utc};

use crate::id::{TokenId, UserId};
use crate::policies::Policy;
use crate::tokens::{GenerationDay, Listed, Secret};
use crate::web::badge::Badge;
use crate::web::chart::{self, Spark};
use crate::web::evidence::{Old, Tried};
use crate::web::when::{When, distance};

pub struct TokenRow {
    pub id: TokenId,
    pub name: String,
    pub masked: String,
    /// Where its acts are.
    pub page: String,
    pub badge: Badge,
    pub is_active: bool,
    pub spark: Spark,
    pub used: Option<(When, String)>,
    pub expires: Option<(When, String)>,
    pub created: When,
    pub created_by: Option<String>,
    /// A secret that was replaced and works on for now.
    pub old: Option<Old>,
    pub tried: Option<Tried>,
}

/// What every row of a page has in common.
pub struct Setting<'s> {
    /// The account's page.
    pub page: &'s str,
    pub account_is_active: bool,
    pub secrets: &'s [Secret],
    pub today: &'s [GenerationDay],
    pub policy: &'s Policy,
    pub viewer: UserId,
    pub now: DateTime<Utc>,
}

impl TokenRow {
    pub fn of(listed: Listed, setting: &Setting) -> Self {
        let (token, now) = (listed.token, setting.now);
        let mine = setting.secrets.iter().filter(|secret| secret.token_id == token.id);
        let today = setting.today.iter().filter(|day| day.token == token.id);
        let live = token.revoked_at.is_none();
        let address = token.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default();
        let own = Badge::of(&token, setting.policy, 0, setting.viewer, now);
        Self {
            id: token.id,
            masked: token.masked(),
            page: format!("{}/tokens/{}", setting.page, token.id),
            badge: if setting.account_is_active || !live { own } else { off() },
            is_active: token.is_active(),
            spark: Spark::of(&chart::month(&listed.uses, now.date_naive())),
            used: token.last_used_at.map(|at| (When::distance(at, now), address)),
            expires: token.expires_at.map(|at| (When::date(at), distance(at, now))),
            created: When::date(token.created_at),
            old: Old::among(mine.clone(), now).filter(|_| live),
            tried: Tried::among(mine, today.map(|day| day.dead).sum(), now),
            created_by: token.created_by,
            name: token.name,
        }
    }
}

/// Whatever the token's own state is: while its account is disabled, it does not work.
fn off() -> Badge {
    let detail = Some("with the account".to_owned());
    Badge { state: "disabled", label: "Disabled".to_owned(), detail, tried: None }
}
