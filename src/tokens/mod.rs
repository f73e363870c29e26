//! Access tokens: issued once, shown once, checked often.
//!
//! A token is one row with a stable id; its secrets are generations beside it (`secrets`).
mod account_keys;
mod attention;
mod barred;
mod blocked;
mod bounds;
mod change;
mod derived;
mod list;
mod lookup;
mod memory;
mod mint;
mod peppers;
mod preview;
mod rotation;
mod secrets;
mod state;
mod stewards;
mod store;
mod tally;
mod usage;
mod uses;
mod verdict;
mod verifier;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::format::{Kind, masked};
use crate::id::{OrganizationId, ServiceAccountId, TokenId, UserId};
use crate::policies::Cleared;
use crate::secret::PlainToken;
use crate::service_accounts;

pub use attention::{Concern, Why, attention};
pub use barred::{Beyond, Block, MembersToken, block, blocks_of, of_member, of_members, unblock};
pub use bounds::{
    may_change, may_rotate, of_organization as organization_bounds, of_person as person_bounds,
};
pub use change::change;
pub use derived::{Derived, Parent};
pub use list::{
    COUNTED, Counts, Cursor, Facet, Listed, Page, Query, Sort, counts, list, list_of_holder,
};
pub use lookup::verify;
pub use mint::{Mint, Minted, public_key};
pub use peppers::Peppers;
pub use preview::{Affected, Effect, Trial, affected, blocked_now, effect};
pub use rotation::{Grace, end_grace, rotate, rotate_itself};
pub use secrets::{
    Secret, SecretUses, key_share, of_token as secrets_of_token, of_tokens as secrets_of_tokens,
};
pub use state::{Life, SOON, State};
pub use stewards::{Working, stewarded, working_of};
pub use store::{Token, account_of, any, find, find_named, of_holder, trim};
pub use usage::{
    Address, Day, GenerationDay, Health, addresses, days, days_of_account, days_of_organization,
    generations_on, health, trim_addresses, trim_days,
};
pub use uses::{Agent, Outcome, Use, Uses};
pub use verdict::{Barred, Dead, Held, Reach, Verdict};
pub use verifier::{Meters, Verifier};

/// Whose tokens: each verb touches this holder's and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Organization(OrganizationId),
    ServiceAccount(OrganizationId, ServiceAccountId),
    Person(UserId),
}

impl Holder {
    /// Of which kind its tokens are.
    pub fn kind(self) -> Kind {
        match self {
            Self::Organization(_) => Kind::Oat,
            Self::ServiceAccount(..) => Kind::Sat,
            Self::Person(_) => Kind::Pat,
        }
    }
}

/// A new token, or a new secret of one, with the text that is shown once.
#[derive(Debug)]
pub struct Issued {
    pub token: Token,
    /// Which of the token's secrets it is, from 1.
    pub generation: i32,
    pub plain: Minted,
}

/// A token that was used since then is in use: whoever deletes it types its name.
pub const IN_USE: TimeDelta = TimeDelta::hours(24);

impl Token {
    pub fn in_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_some_and(|at| at > now - IN_USE)
    }

    pub fn masked(&self) -> String {
        masked(self.kind(), &self.hint)
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject {
            kind: "token",
            id: Some(self.id.0),
            name: self.name.clone(),
            organization: self.organization_id,
        }
    }
}

pub fn issue(
    tx: &mut Tx,
    by: &Actor,
    holder: Holder,
    mint: &Mint,
    cleared: Cleared,
) -> Result<Issued> {
    let account = match holder {
        Holder::ServiceAccount(organization, id) => {
            Some(service_accounts::hold(tx, organization, id)?)
        }
        Holder::Organization(_) | Holder::Person(_) => None,
    };
    let plain = PlainToken::generate(holder.kind());
    let now = tx.now();
    let steward = stewards::first(tx, by, holder)?;
    let mut token = store::insert(tx.conn(), by, holder, &cleared, (&plain.hint(), steward), now)
        .map_err(name_taken(cleared.name.as_str()))?;
    if !cleared.power.projects.is_empty() {
        store::name_projects(tx.conn(), &token, &cleared.power.projects)?;
        token = store::find(tx.conn(), holder, token.id)?.ok_or(Error::NotFound("token"))?;
    }
    let generation = 1;
    let plain = mint.store(tx, holder, (token.id, generation), plain, None)?;
    let detail = json!({
        "role": token.role,
        "all_projects": token.all_projects,
        "projects": token.projects,
        "permissions": token.permissions,
        "expires_at": token.expires_at,
        "service_account": account.map(|account| account.name),
    });
    audit::record(tx, by, Action::TokenCreated, token.subject(), detail)?;
    Ok(Issued { token, generation, plain })
}

/// For good: every secret stops working at once. The row stays listed for a year.
pub fn revoke(tx: &mut Tx, by: &Actor, holder: Holder, id: TokenId) -> Result<Token> {
    let now = tx.now();
    let token = store::revoke(tx.conn(), by, holder, id, now)?.ok_or(Error::NotFound("token"))?;
    audit::record(tx, by, Action::TokenRevoked, token.subject(), json!({}))?;
    Ok(token)
}

/// The row, locked for the rest of the transaction, unless it is revoked.
///
/// # Errors
/// `NotFound` for another holder's, `Conflict` for a revoked one.
pub fn hold(tx: &mut Tx, holder: Holder, id: TokenId) -> Result<Token> {
    let token = store::lock(tx.conn(), holder, id)?.ok_or(Error::NotFound("token"))?;
    if token.revoked_at.is_some() {
        return Err(Error::conflict("the token was deleted; what is revoked stays revoked"));
    }
    Ok(token)
}

/// Two requests at once: the database lets one through, and this is what the other hears.
fn name_taken(name: &str) -> impl FnOnce(diesel::result::Error) -> Error {
    move |cause| match broken_constraint(&cause) {
        Some("tokens_name_in_organization" | "tokens_name_in_account" | "tokens_name_of_user") => {
            Error::field(
                "name",
                format!(
                    "Another token is called “{name}”. Choose a different name, or rotate that one."
                ),
            )
        }
        Some("tokens_steward_is_member") => {
            Error::forbidden("you do not belong to the organization any more")
        }
        _ => cause.into(),
    }
}
