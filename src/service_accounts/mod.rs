//! Service accounts: what programs act as. An account holds the power, its tokens only speak for
//! it: what it may do at this moment, each of them may.
mod change;
mod list;
mod store;

use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::id::{OrganizationId, ServiceAccountId};
use crate::policies::ClearedAccount;

pub use change::change;
pub use list::{Cursor, Listed, Page, find_listed, list};
pub use store::{ServiceAccount, find, find_named, now};

impl ServiceAccount {
    fn subject(&self) -> Subject {
        Subject {
            kind: "service_account",
            id: Some(self.id.0),
            name: self.name.clone(),
            organization: Some(self.organization_id),
        }
    }
}

pub fn create(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    cleared: &ClearedAccount,
) -> Result<ServiceAccount> {
    let now = tx.now();
    let id = store::insert(tx.conn(), organization, cleared, now)
        .map_err(name_taken(cleared.name.as_str()))?;
    store::name_projects(tx.conn(), organization, id, &cleared.power.projects)?;
    let account = existing(store::find(tx.conn(), organization, id)?)?;
    let access = account.access();
    let detail = json!({
        "description": Some(&account.description).filter(|text| !text.is_empty()),
        "role": access.role,
        "all_projects": access.projects.is_all(),
        "projects": access.projects.listed().collect::<Vec<_>>(),
        "permissions": access.permissions,
    });
    audit::record(tx, by, Action::ServiceAccountCreated, account.subject(), detail)?;
    Ok(account)
}

/// The row, locked for the rest of the transaction: nobody changes it between a check and a deed.
///
/// # Errors
/// `NotFound` for one that is another organization's, or deleted.
pub fn hold(
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount> {
    existing(store::lock(tx.conn(), organization, id)?)
}

/// For good: all its tokens stop working at once. Its name can be given again.
pub fn delete(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount> {
    let account = hold(tx, organization, id)?;
    let now = tx.now();
    let revoked = store::revoke_tokens(tx.conn(), id, by.user(), now)?;
    // What is gone keeps no project from being deleted.
    store::forget_projects(tx.conn(), id)?;
    store::forget_keys(tx.conn(), id)?;
    store::delete(tx.conn(), id, now)?;
    let detail = json!({ "tokens": revoked.len() });
    audit::record(tx, by, Action::ServiceAccountDeleted, account.subject(), detail)?;
    for (token, name) in revoked {
        let subject =
            Subject { kind: "token", id: Some(token.0), name, organization: Some(organization) };
        let detail = json!({ "service_account": account.name });
        audit::record(tx, by, Action::TokenRevoked, subject, detail)?;
    }
    Ok(account)
}

fn existing(found: Option<ServiceAccount>) -> Result<ServiceAccount> {
    found.ok_or(Error::NotFound("service account"))
}

/// Two requests at once: the database lets one through, and this is what the other hears.
fn name_taken(name: &str) -> impl FnOnce(diesel::result::Error) -> Error {
    move |cause| match broken_constraint(&cause) {
        Some("service_accounts_name_key") => Error::field(
            "name",
            format!("Another service account is called “{name}”. Choose a different name."),
        ),
        _ => cause.into(),
    }
}
