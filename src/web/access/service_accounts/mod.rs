//! Access control > Service accounts: the list, the dialogs, and the page of one account with its
//! tokens.
mod create;
mod delete;
mod detail;
mod edit;
mod fields;
mod form;
mod ground;
mod list;
mod row;
mod switch;
mod token_acts;
mod token_delete;
mod token_rotate;
mod token_row;
mod tokens;

use serde::Deserialize;

use crate::db::Db;
use crate::error::Error;
use crate::id::{ServiceAccountId, TokenId};
use crate::service_accounts::{self, ServiceAccount};
use crate::tokens::{Holder, Token, find as find_of};
use crate::web::{Owner, Result};

pub use create::{create, new, preview};
pub use delete::{ask_to_delete, delete};
pub use detail::detail;
pub use edit::{ask_to_edit, edit};
pub use list::list;
pub use switch::{disable, enable};
pub use token_acts::{disable_token, enable_token, end_grace, first_use};
pub use token_delete::{ask_to_delete_token, delete_token};
pub use token_rotate::{ask_to_rotate, rotate};
pub use tokens::{create_token, list_tokens, new_token};

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct Named {
    account: ServiceAccountId,
}

#[derive(Deserialize)]
pub struct NamedToken {
    account: ServiceAccountId,
    token: TokenId,
}

/// Where the accounts of an organization are.
fn at(slug: &str) -> String {
    format!("/orgs/{slug}/access/service-accounts")
}

/// Where one is managed.
pub fn page_of(slug: &str, account: ServiceAccountId) -> String {
    format!("{}/{account}", at(slug))
}

fn holder(owner: &Owner, account: ServiceAccountId) -> Holder {
    Holder::ServiceAccount(owner.organization(), account)
}

async fn find(db: &Db, owner: &Owner, account: ServiceAccountId) -> Result<ServiceAccount> {
    let organization = owner.organization();
    let found = db.read(move |conn| service_accounts::find(conn, organization, account)).await?;
    Ok(found.ok_or(Error::NotFound("service account"))?)
}

/// A token of the account that still counts.
async fn find_token(db: &Db, owner: &Owner, named: &NamedToken) -> Result<Token> {
    find(db, owner, named.account).await?;
    let (holder, id) = (holder(owner, named.account), named.token);
    let found = db.read(move |conn| find_of(conn, holder, id)).await?;
    Ok(found.filter(|token| token.revoked_at.is_none()).ok_or(Error::NotFound("token"))?)
}
