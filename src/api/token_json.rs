//! Tokens as JSON, in and out, written by hand: a new column of the table stays private.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::access::{AccessConfig, Level, Projects, Role};
use crate::error::{Error, Problem, Result};
use crate::id::TokenId;
use crate::policies::{self, Change, Expiry, OrganizationBounds, PersonalWish, Policy, Wish};
use crate::tokens::{self, Grace, Issued, Secret, State, Token};

/// What a token may do: a role, on projects, narrowed to permissions.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
#[schema(as = AccessConfig)]
pub struct AccessJson {
    role: Role,
    /// Every project, also those added later.
    all_projects: bool,
    /// The projects by their `project_id`, where `all_projects` is false.
    projects: Vec<String>,
    /// Resource to level. Narrows the role to what is listed; `null` leaves the role whole.
    #[schema(example = json!({"records": "write", "metrics": "read"}))]
    permissions: Option<BTreeMap<String, Level>>,
}

impl AccessJson {
    pub fn of(access: AccessConfig) -> Self {
        Self {
            role: access.role,
            all_projects: access.projects.is_all(),
            projects: access.projects.listed().map(str::to_owned).collect(),
            permissions: access.permissions,
        }
    }

    /// Also where all projects are meant, those that are listed must be there.
    fn check(&self, bounds: &OrganizationBounds) -> Result<()> {
        let unknown = self.projects.iter().filter(|id| !bounds.projects.contains_key(*id));
        let problem = |id| {
            Problem::new("projects", format!("There is no project {id} in this organization."))
        };
        let problems: Vec<_> = unknown.filter(|_| self.all_projects).map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    fn read(self) -> AccessConfig {
        AccessConfig {
            role: self.role,
            projects: Projects::new(self.all_projects, self.projects),
            permissions: self.permissions,
        }
    }
}

/// A secret that still works: the current one, and those in their grace period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub struct SecretJson {
    generation: i32,
    /// Its first 8 characters.
    hint: String,
    created_at: DateTime<Utc>,
    /// When it stops working, since another has replaced it.
    retires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
}

/// A token of an organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganizationToken)]
pub struct TokenJson {
    id: i64,
    name: String,
    /// Masked. In full in the answers of create and rotate, and never again.
    #[schema(example = "jtn_oat_rjm9czn9...")]
    token: String,
    is_active: bool,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    access_config: AccessJson,
    state: State,
    /// The name of whoever created it.
    created_by: Option<String>,
    may_rotate_itself: bool,
    secrets: Vec<SecretJson>,
}

/// A token of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalToken)]
pub struct PersonalTokenJson {
    id: i64,
    name: String,
    /// Masked. In full in the answers of create and rotate, and never again.
    #[schema(example = "jtn_pat_rjm9czn9...")]
    token: String,
    is_active: bool,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    /// Resource to level; `null` is everything that its holder may do.
    permissions: Option<BTreeMap<String, Level>>,
    state: State,
    may_rotate_itself: bool,
    secrets: Vec<SecretJson>,
}

/// A token with all that its JSON tells of.
pub struct Whole {
    pub token: Token,
    secrets: Vec<Secret>,
    policy: Policy,
    /// The one time that it is told.
    plain: Option<String>,
}

impl Whole {
    pub fn of(conn: &mut PgConnection, token: Token) -> Result<Self> {
        let policy = match token.organization_id {
            Some(organization) => policies::of_organization(conn, organization)?,
            None => policies::of_instance(conn)?,
        };
        let secrets = tokens::secrets_of_token(conn, token.id)?;
        Ok(Self { token, secrets, policy, plain: None })
    }

    pub fn revealed(conn: &mut PgConnection, issued: Issued) -> Result<Self> {
        let plain = Some(issued.plain.reveal().to_string());
        Ok(Self { plain, ..Self::of(conn, issued.token)? })
    }

    /// Several in one query.
    pub fn of_all(
        conn: &mut PgConnection,
        tokens: Vec<Token>,
        policy: Policy,
    ) -> Result<Vec<Self>> {
        let ids: Vec<_> = tokens.iter().map(|token| token.id).collect();
        let mut secrets = BTreeMap::<TokenId, Vec<Secret>>::new();
        for secret in tokens::secrets_of_tokens(conn, &ids)? {
            secrets.entry(secret.token_id).or_default().push(secret);
        }
        let whole = |token: Token| {
            let secrets = secrets.remove(&token.id).unwrap_or_default();
            Self { token, secrets, policy, plain: None }
        };
        Ok(tokens.into_iter().map(whole).collect())
    }

    pub fn state(&self, now: DateTime<Utc>) -> State {
        self.token.state(&self.policy, now)
    }

    pub fn secrets(&self, now: DateTime<Utc>) -> Vec<SecretJson> {
        let working = |secret: &&Secret| secret.is_current() || secret.in_grace(now);
        let json = |secret: &Secret| SecretJson {
            generation: secret.generation,
            hint: secret.hint.clone(),
            created_at: secret.created_at,
            retires_at: secret.retires_at,
            last_used_at: secret.last_used_at,
        };
        self.secrets.iter().filter(working).map(json).collect()
    }

    /// The text, where this is the one answer that tells it; else masked.
    pub fn text(&self) -> String {
        self.plain.clone().unwrap_or_else(|| self.token.masked())
    }

    pub fn json(&self, now: DateTime<Utc>) -> TokenJson {
        let token = &self.token;
        TokenJson {
            id: token.id.0,
            name: token.name.clone(),
            token: self.text(),
            is_active: token.is_active(),
            expires_at: token.expires_at,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            access_config: AccessJson::of(token.access()),
            state: self.state(now),
            created_by: token.created_by.clone(),
            may_rotate_itself: token.may_rotate_itself,
            secrets: self.secrets(now),
        }
    }

    pub fn personal_json(&self, now: DateTime<Utc>) -> PersonalTokenJson {
        let token = &self.token;
        PersonalTokenJson {
            id: token.id.0,
            name: token.name.clone(),
            token: self.text(),
            is_active: token.is_active(),
            expires_at: token.expires_at,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            permissions: token.permissions(),
            state: self.state(now),
            may_rotate_itself: token.may_rotate_itself,
            secrets: self.secrets(now),
        }
    }
}

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
        let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
            serde::de::Error::custom(
                "write an instant of RFC 3339 with its offset, such as 2027-03-20T12:00:00Z",
            )
        })?;
        Ok(Self::At(at.to_utc()))
    }
}

/// An organization token that is wanted. What is left out takes its default, also where it
/// replaces one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = OrganizationTokenFields)]
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

fn yes() -> bool {
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
        })
    }
}

/// What changes of an organization token. What is left out stays; `access_config` is replaced as
/// a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[schema(as = OrganizationTokenChange)]
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
}

/// Left out or there: `null` is neither.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(reader: D) -> Result<Option<T>, D::Error> {
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

/// How a secret is replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
#[schema(as = Rotation)]
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
