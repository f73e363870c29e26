//! Service accounts and their tokens, from a wish to what is cleared. The tokens have no power of
//! their own: what the account may do, they may.
use chrono::{DateTime, Utc};

use super::bounds::{keep, parse_name};
use super::{Cleared, ClearedPower, Expiry, OrganizationBounds};
use crate::access::{AccessConfig, Power};
use crate::error::{Error, Problem, Result};
use crate::name::Name;

/// The longest description of an account, in characters.
const DESCRIPTION: usize = 500;
/// Who takes power, in the words of a refusal.
const ACCOUNT: &str = "service account";

/// What someone asks for: a service account.
#[derive(Debug, Clone)]
pub struct AccountWish {
    pub name: String,
    pub description: String,
    pub access: AccessConfig,
}

/// What someone asks to have changed. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub is_active: Option<bool>,
    pub access: Option<AccessConfig>,
}

/// An account as it stands, for whoever wants to change it.
#[derive(Debug, Clone)]
pub struct AccountNow {
    pub power: Power,
    pub is_active: bool,
    /// When the last of its tokens ends that were not revoked; `None` where there is none.
    pub last_end: Option<Expiry>,
}

/// What someone asks for: a token of a service account.
#[derive(Debug, Clone)]
pub struct AccountTokenWish {
    pub name: String,
    pub expiry: Expiry,
    pub may_rotate_itself: bool,
}

/// An account that the giver's own power allows.
#[derive(Debug)]
pub struct ClearedAccount {
    pub(crate) name: Name,
    pub(crate) description: String,
    pub(crate) power: ClearedPower,
}

#[derive(Debug)]
pub struct ClearedAccountChange {
    pub(crate) name: Option<Name>,
    pub(crate) description: Option<String>,
    pub(crate) is_active: Option<bool>,
    pub(crate) power: Option<ClearedPower>,
}

impl OrganizationBounds {
    pub fn clear_account(&self, wish: AccountWish) -> Result<ClearedAccount> {
        let mut problems = Vec::new();
        let name = keep(&mut problems, parse_name(&wish.name));
        let description = keep(&mut problems, parse_description(&wish.description));
        let power = self.clear_access(&mut problems, wish.access, ACCOUNT);
        match (name, description, power) {
            (Some(name), Some(description), Some(power)) => {
                self.covers(&self.power_of(&power))?;
                Ok(ClearedAccount { name, description, power })
            }
            _ => Err(Error::Invalid(problems)),
        }
    }

    /// A change hands nothing over that whoever asks does not have: neither power nor, to tokens
    /// that are there already, lifetime. One that only narrows, renames or disables hands nothing
    /// over.
    pub fn clear_account_change(
        &self,
        change: AccountChange,
        now: &AccountNow,
    ) -> Result<ClearedAccountChange> {
        let mut problems = Vec::new();
        let name = change.name.and_then(|name| keep(&mut problems, parse_name(&name)));
        let description =
            change.description.and_then(|text| keep(&mut problems, parse_description(&text)));
        let power =
            change.access.and_then(|access| self.clear_access(&mut problems, access, ACCOUNT));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let after = power.as_ref().map_or_else(|| now.power.clone(), |power| self.power_of(power));
        let widens = now.power.lacks(&after, self.resources.iter().map(String::as_str)).is_some();
        let enables = change.is_active == Some(true) && !now.is_active;
        if widens || enables {
            match now.last_end {
                None => self.covers(&after)?,
                Some(Expiry::At(at)) => self.hands_over(&after, Some(at))?,
                Some(Expiry::Never | Expiry::Longest) => self.hands_over(&after, None)?,
            }
        }
        Ok(ClearedAccountChange { name, description, is_active: change.is_active, power })
    }

    /// `account` is what the service account may do: whoever makes a token for it hands that over.
    pub fn clear_account_token(
        &self,
        wish: AccountTokenWish,
        account: &Power,
        now: DateTime<Utc>,
    ) -> Result<Cleared> {
        let mut problems = Vec::new();
        let name = keep(&mut problems, parse_name(&wish.name));
        let expires_at = keep(&mut problems, self.policy.clear(wish.expiry, self.giver.ends, now));
        match (name, expires_at) {
            (Some(name), Some(expires_at)) => {
                self.covers(account)?;
                let power = ClearedPower {
                    role: None,
                    all_projects: false,
                    projects: Vec::new(),
                    permissions: None,
                };
                Ok(Cleared { name, expires_at, power, may_rotate_itself: wish.may_rotate_itself })
            }
            _ => Err(Error::Invalid(problems)),
        }
    }
}

fn parse_description(text: &str) -> Result<String, Problem> {
    let text = text.trim().replace("\r\n", "\n");
    let wrong = |message: &str| Err(Problem::new("description", message));
    if text.chars().count() > DESCRIPTION {
        return wrong("Use at most 500 characters.");
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return wrong("Leave out control characters.");
    }
    Ok(text)
}
