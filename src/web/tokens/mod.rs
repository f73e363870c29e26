//! Organization settings > Tokens: the list, the dialogs, and the page of one token.
mod create;
mod delete;
mod detail;
mod edit;
pub mod expiry;
mod fields;
pub mod form;
mod grace;
mod ground;
mod list;
mod pager;
mod preview;
mod query;
mod rotate;
mod row;
mod secrets;
mod steward;
mod switch;

use serde::Deserialize;

use super::{Owner, Result};
use crate::db::Db;
use crate::error::Error;
use crate::id::TokenId;
use crate::tokens::{self, Holder, Token};

pub use create::{create, new};
pub use delete::{ask_to_delete, delete};
pub use detail::{detail, first_use};
pub use edit::{ask_to_edit, edit};
pub use grace::{ask_to_end_grace, end_grace};
pub use ground::Dialog;
pub use list::list;
pub use preview::preview;
pub use rotate::{ask_to_rotate, rotate};
pub use steward::{ask_for_steward, name_steward};
pub use switch::{disable, enable};

/// The path names the organization too, which the proof has read.
#[derive(Deserialize)]
pub struct Named {
    id: TokenId,
}

/// Where the tokens of an organization are.
fn at(slug: &str) -> String {
    format!("/orgs/{slug}/settings/tokens")
}

fn holder(owner: &Owner) -> Holder {
    Holder::Organization(owner.organization())
}

async fn find(db: &Db, owner: &Owner, id: TokenId) -> Result<Token> {
    let holder = holder(owner);
    let found = db.read(move |conn| tokens::find(conn, holder, id)).await?;
    Ok(found.ok_or(Error::NotFound("token"))?)
}

/// For what is done to a token that still counts.
async fn find_live(db: &Db, owner: &Owner, id: TokenId) -> Result<Token> {
    let token = find(db, owner, id).await?;
    if token.revoked_at.is_some() {
        return Err(Error::conflict("the token was deleted; what is revoked stays revoked").into());
    }
    Ok(token)
}
