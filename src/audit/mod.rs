//! Who did what, written in the same transaction as the deed.
mod action;
mod store;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnetwork::IpNetwork;
use serde_json::Value;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::id::{OrganizationId, TokenId, UserId};

pub use action::Action;
pub use store::{Entry, Filter, list, list_newer, of_subject};

/// Whoever acts, with the name they had then.
#[derive(Debug, Clone)]
pub struct Actor {
    pub who: Who,
    pub name: String,
    pub address: Option<IpAddr>,
    pub request_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// Someone in a browser.
    User(UserId),
    /// A token; with its holder where it is a person's.
    Token(TokenId, Option<UserId>),
    /// Whoever runs `jeton` commands on the machine.
    Command,
    /// Jeton by itself.
    System,
}

impl Actor {
    pub fn command() -> Self {
        Self { who: Who::Command, name: "jeton command".into(), address: None, request_id: None }
    }

    pub fn system() -> Self {
        Self { who: Who::System, name: "Jeton".into(), address: None, request_id: None }
    }

    /// The person behind the deed, where there is one.
    pub fn user(&self) -> Option<UserId> {
        match self.who {
            Who::User(user) | Who::Token(_, Some(user)) => Some(user),
            Who::Token(_, None) | Who::Command | Who::System => None,
        }
    }

    fn kind(&self) -> &'static str {
        match self.who {
            Who::User(_) => "user",
            Who::Token(..) => "token",
            Who::Command => "command",
            Who::System => "system",
        }
    }

    /// The token behind the deed, where there is one.
    pub fn token(&self) -> Option<TokenId> {
        match self.who {
            Who::Token(token, _) => Some(token),
            Who::User(_) | Who::Command | Who::System => None,
        }
    }
}

/// What the deed was done to, with the name it had then.
#[derive(Debug, Clone)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Option<i64>,
    pub name: String,
    pub organization: Option<OrganizationId>,
}

/// `detail` says what changed, as an object. Never a secret.
pub fn record(
    tx: &mut Tx,
    by: &Actor,
    action: Action,
    subject: Subject,
    detail: Value,
) -> Result<()> {
    let at = tx.now();
    store::insert(tx.conn(), &entry(at, by, action, &subject, &detail))
}

/// Several deeds of one kind, in one statement.
pub fn record_all(tx: &mut Tx, action: Action, deeds: &[(Actor, Subject, Value)]) -> Result<()> {
    let at = tx.now();
    let entries = deeds.iter().map(|(by, subject, detail)| entry(at, by, action, subject, detail));
    store::insert_all(tx.conn(), &entries.collect::<Vec<_>>())
}

fn entry<'e>(
    at: DateTime<Utc>,
    by: &'e Actor,
    action: Action,
    subject: &'e Subject,
    detail: &'e Value,
) -> store::NewEntry<'e> {
    store::NewEntry {
        at,
        organization_id: subject.organization,
        actor_kind: by.kind(),
        actor_user_id: by.user(),
        actor_token_id: by.token(),
        actor_name: &by.name,
        action: action.name(),
        subject_kind: subject.kind,
        subject_id: subject.id,
        subject_name: &subject.name,
        detail,
        address: by.address.map(IpNetwork::from),
        request_id: by.request_id,
    }
}
