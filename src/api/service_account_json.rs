//! Service accounts as JSON: what is told of one, and what is asked of it.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::limit;
use super::token_fields::{given, yes};
use super::token_json::AccessJson;
use crate::error::Result;
use crate::policies::{AccountChange, AccountWish, OrganizationBounds};
use crate::service_accounts::{Listed, Page};

/// What programs act as.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceAccount)]
pub struct AccountJson {
    id: i64,
    name: String,
    description: String,
    /// Where it is not, none of its tokens works.
    is_active: bool,
    access_config: AccessJson,
    created_at: DateTime<Utc>,
    /// How many tokens it has that are not deleted.
    tokens: i64,
    /// When any of its tokens was last used.
    last_used_at: Option<DateTime<Utc>>,
}

impl AccountJson {
    pub fn id(&self) -> i64 {
        self.id
    }

    pub fn of(listed: &Listed) -> Self {
        let account = &listed.account;
        Self {
            id: account.id.0,
            name: account.name.clone(),
            description: account.description.clone(),
            is_active: account.is_active(),
            access_config: AccessJson::of(account.access()),
            created_at: account.created_at,
            tokens: listed.tokens,
            last_used_at: listed.last_used_at,
        }
    }
}

/// A service account that is wanted. What is left out takes its default, also where it replaces
/// one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = ServiceAccountFields, example = json!({
    "name": "Deployer",
    "access_config": {"role": "operator", "all_projects": true}
}))]
pub struct AccountFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Deployer")]
    name: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_active: bool,
    #[serde(default)]
    access_config: AccessJson,
}

impl AccountFields {
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    pub fn wish(self, bounds: &OrganizationBounds) -> Result<AccountWish> {
        self.access_config.check(bounds)?;
        Ok(AccountWish {
            name: self.name,
            description: self.description,
            access: self.access_config.read(),
        })
    }

    /// Everything is as it stands here.
    pub fn change(self, bounds: &OrganizationBounds) -> Result<AccountChange> {
        let is_active = Some(self.is_active);
        let AccountWish { name, description, access } = self.wish(bounds)?;
        Ok(AccountChange {
            name: Some(name),
            description: Some(description),
            is_active,
            access: Some(access),
        })
    }
}

/// What changes of a service account. What is left out stays; `access_config` is replaced as a
/// whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = ServiceAccountChange, example = json!({"is_active": false}))]
pub struct AccountPatch {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 80)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 500)]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    access_config: Option<AccessJson>,
}

impl AccountPatch {
    pub fn change(self, bounds: &OrganizationBounds) -> Result<AccountChange> {
        if let Some(access) = &self.access_config {
            access.check(bounds)?;
        }
        Ok(AccountChange {
            name: self.name,
            description: self.description,
            is_active: self.is_active,
            access: self.access_config.map(AccessJson::read),
        })
    }
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// Only those with this in their name.
    search: Option<String>,
    /// Where the page begins: taken from the `Link` of the page before.
    after: Option<String>,
    /// How many, 1 to 200; 50 unless said otherwise.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200)]
    limit: Option<String>,
}

impl AccountQuery {
    pub fn read(self) -> Result<Page> {
        Ok(Page {
            search: self.search.unwrap_or_default(),
            after: self.after.map(|after| after.parse()).transpose()?,
            limit: limit(self.limit.as_deref())?,
        })
    }
}
