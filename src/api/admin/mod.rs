//! The instance itself, for platform admins: `/api/v2/admin/`.
pub mod health;
pub mod keys;
pub mod organizations;
pub mod users;

use serde::Deserialize;
use utoipa::IntoParams;

use super::read::Part;
use crate::id::{OrganizationId, UserId};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Only those with this in their name, their e-mail address or their slug.
    search: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<i64>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

/// A user, by the id in the path.
pub struct SomeUser(UserId);

impl Part for SomeUser {
    const NAME: &'static str = "id";
    const NOUN: &'static str = "user";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// An organization, by the id in the path.
pub struct SomeOrganization(OrganizationId);

impl Part for SomeOrganization {
    const NAME: &'static str = "id";
    const NOUN: &'static str = "organization";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}
