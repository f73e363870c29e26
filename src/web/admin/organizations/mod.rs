//! Platform admin > Organizations: made here, with an owner, and suspended where need be.
mod list;
mod verbs;

use serde::Deserialize;

use crate::id::OrganizationId;

pub use list::{create, list, new};
pub use verbs::{ask_to_suspend, resume, suspend};

const AT: &str = "/admin/organizations";

#[derive(Deserialize)]
pub struct One {
    organization: OrganizationId,
}
