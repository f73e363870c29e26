//! Queries on the `secrets` table that read it, with what one person sees in the place of values.
//! Writes, many rows a statement, stand in [`mod@super::batch`].
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;

use super::Kind;
use crate::db::Tx;
use crate::db::schema::{secret_overrides, secrets};
use crate::error::Result;
use crate::id::{EnvironmentId, SecretId, UserId};
use crate::secret::Ciphertext;

/// How long a deleted secret can be restored.
pub const KEPT: TimeDelta = TimeDelta::days(30);

/// A secret as it rests: closed to the key of its environment.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = secrets, check_for_backend(Pg))]
pub struct Secret {
    pub id: SecretId,
    pub environment_id: EnvironmentId,
    pub path: String,
    pub key_digest: String,
    pub key: Ciphertext,
    pub value: Ciphertext,
    pub comment: Option<Ciphertext>,
    pub tags: Vec<String>,
    #[diesel(column_name = kind)]
    pub(super) kind_name: String,
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

impl Secret {
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.kind_name).unwrap_or_default()
    }
}

/// What one person has in the place of a secret's value.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = secret_overrides, check_for_backend(Pg))]
pub struct Override {
    pub id: uuid::Uuid,
    pub value: Ciphertext,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A secret, and what whoever reads it has in the place of its value.
pub type Read = (Secret, Option<Override>);

/// Which secrets of an environment. What is `None` or empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub ids: Option<Vec<SecretId>>,
    pub path: Option<String>,
    pub digest: Option<String>,
    /// Those with any of these.
    pub tags: Vec<String>,
}

impl Filter {
    pub fn is_all(&self) -> bool {
        self.ids.is_none() && self.path.is_none() && self.digest.is_none() && self.tags.is_empty()
    }

    pub fn one(id: SecretId) -> Self {
        Self { ids: Some(vec![id]), ..Self::default() }
    }
}

/// In the order in which they were made; with a limit, those that follow `after`.
pub fn list(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    filter: &Filter,
    reader: Option<UserId>,
    page: Option<(Option<SecretId>, i64)>,
) -> Result<Vec<Read>> {
    // Nobody has the id 0.
    let reader = reader.unwrap_or(UserId(0));
    let own = secret_overrides::secret_id.eq(secrets::id).and(secret_overrides::user_id.eq(reader));
    let mut query = secrets::table
        .left_join(secret_overrides::table.on(own))
        .filter(secrets::environment_id.eq(environment))
        .filter(secrets::deleted_at.is_null())
        .order(secrets::id)
        .select((Secret::as_select(), Option::<Override>::as_select()))
        .into_boxed();
    if let Some(ids) = &filter.ids {
        query = query.filter(secrets::id.eq_any(ids));
    }
    if let Some(path) = &filter.path {
        query = query.filter(secrets::path.eq(path));
    }
    if let Some(digest) = &filter.digest {
        query = query.filter(secrets::key_digest.eq(digest));
    }
    if !filter.tags.is_empty() {
        query = query.filter(secrets::tags.overlaps_with(&filter.tags));
    }
    if let Some((after, limit)) = page {
        query = query.limit(limit);
        if let Some(after) = after {
            query = query.filter(secrets::id.gt(after));
        }
    }
    Ok(query.load(conn)?)
}

/// One, also where it was deleted and can be restored.
pub fn find(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SecretId,
    reader: Option<UserId>,
) -> Result<Option<Read>> {
    let reader = reader.unwrap_or(UserId(0));
    let own = secret_overrides::secret_id.eq(secrets::id).and(secret_overrides::user_id.eq(reader));
    Ok(secrets::table
        .left_join(secret_overrides::table.on(own))
        .filter(secrets::environment_id.eq(environment))
        .filter(secrets::id.eq(id))
        .select((Secret::as_select(), Option::<Override>::as_select()))
        .first(conn)
        .optional()?)
}

/// Those that were deleted and can be restored, the newest deletion first.
pub fn deleted(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    limit: i64,
) -> Result<Vec<Secret>> {
    Ok(secrets::table
        .filter(secrets::environment_id.eq(environment))
        .filter(secrets::deleted_at.is_not_null())
        .order((secrets::deleted_at.desc(), secrets::id))
        .limit(limit)
        .select(Secret::as_select())
        .load(conn)?)
}

/// Those with these ids, deleted or not, which nobody else changes until the transaction ends. In
/// one order for all, so that nobody waits for whoever waits for them.
pub(super) fn locked(
    tx: &mut Tx,
    environment: EnvironmentId,
    ids: &[SecretId],
) -> Result<Vec<Secret>> {
    Ok(secrets::table
        .filter(secrets::environment_id.eq(environment))
        .filter(secrets::id.eq_any(ids))
        .order(secrets::id)
        .select(Secret::as_select())
        .for_update()
        .load(tx.conn())?)
}

pub(super) fn mark_deleted(tx: &mut Tx, ids: &[SecretId]) -> Result<()> {
    let now = tx.now();
    diesel::update(secrets::table.filter(secrets::id.eq_any(ids)))
        .set((secrets::deleted_at.eq(now), secrets::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// How many each of these environments has.
pub fn counts(
    conn: &mut PgConnection,
    environments: &[EnvironmentId],
) -> Result<Vec<(EnvironmentId, i64)>> {
    Ok(secrets::table
        .filter(secrets::environment_id.eq_any(environments))
        .filter(secrets::deleted_at.is_null())
        .group_by(secrets::environment_id)
        .select((secrets::environment_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Forgets a slice of what was deleted long ago.
pub fn trim(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let past: Vec<SecretId> = secrets::table
        .filter(secrets::deleted_at.lt(now - KEPT))
        .limit(1_000)
        .select(secrets::id)
        .load(conn)?;
    Ok(diesel::delete(secrets::table.filter(secrets::id.eq_any(past))).execute(conn)?)
}
