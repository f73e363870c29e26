//! Tokens as JSON, written by hand: a new column of the table stays private.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{AccessConfig, Level, Projects, Role};
use crate::error::{Error, Problem, Result};
use crate::id::TokenId;
use crate::policies::{self, OrganizationBounds, Policy};
use crate::secret::Revealed;
use crate::service_accounts::ServiceAccount;
use crate::tokens::{self, Issued, Secret, State, Token};

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
    pub fn check(&self, bounds: &OrganizationBounds) -> Result<()> {
        let unknown = self.projects.iter().filter(|id| !bounds.projects.contains_key(*id));
        let problem = |id| {
            Problem::new("projects", format!("There is no project {id} in this organization."))
        };
        let problems: Vec<_> = unknown.filter(|_| self.all_projects).map(problem).collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }

    pub fn read(self) -> AccessConfig {
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
    /// The user id of the member who answers for it; `null`: it needs someone.
    steward: Option<i64>,
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
    /// In the answers of create and rotate only: the same secret with its holder's key material, for
    /// the clients of application secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "pss_user:v1:...")]
    personal_secret_token: Option<String>,
    /// In the answers of create and rotate only: the same secret as the REST calls for application
    /// secrets take it, after `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "User ...")]
    rest_token: Option<String>,
    is_active: bool,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    /// Resource to level; `null` is everything that its holder may do.
    permissions: Option<BTreeMap<String, Level>>,
    state: State,
    /// Organizations of yours, by slug, whose owners keep the token out.
    blocked_in: Vec<String>,
    may_rotate_itself: bool,
    secrets: Vec<SecretJson>,
}

/// A token of a service account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceAccountToken)]
pub struct AccountTokenJson {
    id: i64,
    name: String,
    /// Masked. In full in the answers of create and rotate, and never again.
    #[schema(example = "jtn_sat_rjm9czn9...")]
    token: String,
    /// In the answers of create and rotate only: the same secret with its holder's key material, for
    /// the clients of application secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "pss_service:v2:...")]
    personal_secret_token: Option<String>,
    /// In the answers of create and rotate only: the same secret as the REST calls for application
    /// secrets take it, after `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ServiceAccount ...")]
    rest_token: Option<String>,
    is_active: bool,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    /// Of an account that is disabled, no token is active.
    state: State,
    /// The name of whoever created it.
    created_by: Option<String>,
    may_rotate_itself: bool,
    secrets: Vec<SecretJson>,
}

/// A token with all that its JSON tells of.
pub struct Whole {
    pub token: Token,
    secrets: Vec<Secret>,
    policy: Policy,
    blocked_in: Vec<String>,
    /// The one time that it is told.
    plain: Option<Revealed>,
}

impl Whole {
    pub fn of(conn: &mut PgConnection, token: Token) -> Result<Self> {
        let policy = match token.organization_id {
            Some(organization) => policies::of_organization(conn, organization)?,
            None => policies::of_instance(conn)?,
        };
        let secrets = tokens::secrets_of_token(conn, token.id)?;
        // Only a person's token acts in organizations that may keep it out.
        let blocks = match token.user_id {
            Some(_) => tokens::blocks_of(conn, &[token.id])?,
            None => Vec::new(),
        };
        let blocked_in = blocks.into_iter().map(|(_, slug, _)| slug).collect();
        Ok(Self { token, secrets, policy, blocked_in, plain: None })
    }

    pub fn revealed(conn: &mut PgConnection, issued: Issued) -> Result<Self> {
        let plain = Some(issued.plain.reveal());
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
        let blocks = tokens::blocks_of(conn, &ids)?;
        let whole = |token: Token| {
            let secrets = secrets.remove(&token.id).unwrap_or_default();
            let mine = blocks.iter().filter(|(id, ..)| *id == token.id);
            let blocked_in = mine.map(|(_, slug, _)| slug.clone()).collect();
            Self { token, secrets, policy, blocked_in, plain: None }
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
            last_used_at: secret.uses().last_used_at,
        };
        self.secrets.iter().filter(working).map(json).collect()
    }

    /// The text, where this is the one answer that tells it; else masked.
    pub fn text(&self) -> String {
        self.plain.as_ref().map_or_else(|| self.token.masked(), Revealed::to_string)
    }

    /// With key material, in that one answer.
    pub fn personal_text(&self) -> Option<String> {
        self.plain.as_ref()?.personal().map(str::to_owned)
    }

    /// As REST calls take it, in that one answer.
    pub fn rest_text(&self) -> Option<String> {
        self.plain.as_ref()?.rest().map(str::to_owned)
    }

    pub fn json(&self, now: DateTime<Utc>) -> TokenJson {
        let token = &self.token;
        TokenJson {
            id: token.id.0,
            name: token.name.clone(),
            token: self.text(),
            is_active: token.is_active() && token.revoked_at.is_none(),
            expires_at: token.expires_at,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            access_config: AccessJson::of(token.access()),
            state: self.state(now),
            created_by: token.created_by.clone(),
            steward: token.steward_id.map(|steward| steward.0),
            may_rotate_itself: token.may_rotate_itself,
            secrets: self.secrets(now),
        }
    }

    pub fn account_json(&self, account: &ServiceAccount, now: DateTime<Utc>) -> AccountTokenJson {
        let token = &self.token;
        AccountTokenJson {
            id: token.id.0,
            name: token.name.clone(),
            token: self.text(),
            personal_secret_token: self.personal_text(),
            rest_token: self.rest_text(),
            is_active: token.is_active() && token.revoked_at.is_none(),
            expires_at: token.expires_at,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            state: self.state(now).of_account(account.is_active()),
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
            personal_secret_token: self.personal_text(),
            rest_token: self.rest_text(),
            is_active: token.is_active() && token.revoked_at.is_none(),
            expires_at: token.expires_at,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            permissions: token.permissions(),
            state: self.state(now),
            blocked_in: self.blocked_in.clone(),
            may_rotate_itself: token.may_rotate_itself,
            secrets: self.secrets(now),
        }
    }
}
