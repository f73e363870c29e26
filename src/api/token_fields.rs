//! What is asked of a token, as JSON: what it shall be, what changes, how its secret is replaced.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::read::instant;
use super::token_json::AccessJson;
use crate::access::Level;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::policies::{AccountTokenWish, Change, Expiry, OrganizationBounds, PersonalWish, Wish};
use crate::tokens::Grace;

/// When a token is to end: what is left out differs from `null`, which is never.
#[derive(Debug, Clone, Copy, Default)]
enum ExpiresAt {
    #[default]
    LeftOut,
    Never,
    At(DateTime<Utc>),
}

impl ExpiresAt {
    fn wish(self) -> Option<Expiry> {
        match self {
            Self::LeftOut => None,
            Self::Never => Some(Expiry::Never),
            Self::At(at) => Some(Expiry::At(at)),
        }
    }
}

impl<'de> Deserialize<'de> for ExpiresAt {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<String>::deserialize(reader)? else { return Ok(Self::Never) };
        Ok(Self::At(instant(&text)?))
    }
}

/// An organization token that is wanted. What is left out takes its default, also where it
/// replaces one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = OrganizationTokenFields, example = json!({
    "name": "Webhook relay",
    "access_config": {"role": "operator", "all_projects": true}
}))]
pub struct TokenFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Webhook relay")]
    name: String,
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_active: bool,
    /// Left out: the longest that the policy allows. `null`: never, where the policy allows it.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: ExpiresAt,
    #[serde(default)]
    access_config: AccessJson,
    /// Whether the token may give itself a new secret.
    #[serde(default)]
    may_rotate_itself: bool,
}

pub fn yes() -> bool {
    true
}

impl TokenFields {
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    pub fn wish(self, bounds: &OrganizationBounds) -> Result<Wish> {
        self.access_config.check(bounds)?;
        Ok(Wish {
            name: self.name,
            expiry: self.expires_at.wish().unwrap_or(Expiry::Longest),
            access: self.access_config.read(),
            may_rotate_itself: self.may_rotate_itself,
        })
    }

    /// Everything is as it stands here.
    pub fn change(self, bounds: &OrganizationBounds) -> Result<Change> {
        let is_active = Some(self.is_active);
        let wish = self.wish(bounds)?;
        Ok(Change {
            name: Some(wish.name),
            is_active,
            expiry: Some(wish.expiry),
            access: Some(wish.access),
            may_rotate_itself: Some(wish.may_rotate_itself),
            steward: None,
        })
    }
}

/// What changes of an organization token. What is left out stays; `access_config` is replaced as
/// a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = OrganizationTokenChange, example = json!({
    "name": "Webhook relay (deprecated)",
    "is_active": false
}))]
pub struct TokenChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 80)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
    /// `null`: never, where the policy allows it.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: ExpiresAt,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    access_config: Option<AccessJson>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    may_rotate_itself: Option<bool>,
    /// Who answers for it from now on: the user id of a member.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    steward: Option<i64>,
}

/// Left out or there: `null` is neither.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(reader).map(Some)
}

impl TokenChange {
    pub fn change(self, bounds: &OrganizationBounds) -> Result<Change> {
        if let Some(access) = &self.access_config {
            access.check(bounds)?;
        }
        Ok(Change {
            name: self.name,
            is_active: self.is_active,
            expiry: self.expires_at.wish(),
            access: self.access_config.map(AccessJson::read),
            may_rotate_itself: self.may_rotate_itself,
            steward: self.steward.map(UserId),
        })
    }
}

/// A personal access token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = PersonalTokenFields)]
pub struct PersonalTokenFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Laptop")]
    name: String,
    /// Left out: the longest that the policy of the instance allows. `null`: never, where it
    /// allows that.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: ExpiresAt,
    /// Resource to level, of what you hold yourself; left out or `null`: everything you may do.
    #[schema(example = json!({"records": "read"}))]
    permissions: Option<BTreeMap<String, Level>>,
    /// Whether the token may give itself a new secret.
    #[serde(default)]
    may_rotate_itself: bool,
}

impl PersonalTokenFields {
    pub fn wish(self) -> PersonalWish {
        PersonalWish {
            name: self.name,
            expiry: self.expires_at.wish().unwrap_or(Expiry::Longest),
            picked: self.permissions,
            may_rotate_itself: self.may_rotate_itself,
        }
    }
}

/// A token of a service account that is wanted. What it may do is the account's affair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = ServiceAccountTokenFields, example = json!({"name": "Cluster"}))]
pub struct AccountTokenFields {
    #[serde(default)]
    #[schema(required, min_length = 1, max_length = 80, example = "Cluster")]
    name: String,
    /// Left out: the longest that the policy allows. `null`: never, where the policy allows it.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: ExpiresAt,
    /// Whether the token may give itself a new secret.
    #[serde(default)]
    may_rotate_itself: bool,
}

impl AccountTokenFields {
    pub fn wish(self) -> AccountTokenWish {
        AccountTokenWish {
            name: self.name,
            expiry: self.expires_at.wish().unwrap_or(Expiry::Longest),
            may_rotate_itself: self.may_rotate_itself,
        }
    }
}

/// What changes of a service account's token. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = ServiceAccountTokenChange, example = json!({"is_active": false}))]
pub struct AccountTokenChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 80)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_active: Option<bool>,
    /// `null`: never, where the policy allows it.
    #[serde(default)]
    #[schema(value_type = Option<DateTime<Utc>>)]
    expires_at: ExpiresAt,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    may_rotate_itself: Option<bool>,
}

impl AccountTokenChange {
    pub fn change(self) -> Change {
        Change {
            name: self.name,
            is_active: self.is_active,
            expiry: self.expires_at.wish(),
            access: None,
            may_rotate_itself: self.may_rotate_itself,
            steward: None,
        }
    }
}

/// How a secret is replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
#[schema(as = Rotation, example = json!({"grace_seconds": 3600}))]
pub struct RotateFields {
    /// How long the old secret works on: 0, 900, 3600, 86400 (24 hours, unless said otherwise),
    /// 259200 or 604800 seconds.
    #[serde(deserialize_with = "given")]
    #[schema(nullable = false, example = 3600)]
    grace_seconds: Option<i64>,
}

impl RotateFields {
    pub fn grace(&self) -> Result<Grace> {
        self.grace_seconds.map_or(Ok(Grace::default()), |seconds| {
            Grace::from_seconds(seconds).map_err(|said| Error::field("grace_seconds", said))
        })
    }
}
