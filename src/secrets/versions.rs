//! What a secret was after each write, and the way back: a restored version is a new one.
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;

use super::{Kind, Place, Secret, batch, store, trail};
use crate::audit::{Action, Actor};
use crate::db::schema::{secret_versions, secrets};
use crate::db::{Tx, cut};
use crate::error::{Error, Result};
use crate::id::{EnvironmentId, SecretId, TokenId, UserId};
use crate::secret::Ciphertext;

/// A secret as it was after one write, and who wrote it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = secret_versions, check_for_backend(Pg))]
pub struct Version {
    pub version: i32,
    pub path: String,
    pub(super) key_digest: String,
    pub key: Ciphertext,
    pub value: Ciphertext,
    pub comment: Option<Ciphertext>,
    pub tags: Vec<String>,
    #[diesel(column_name = kind)]
    kind_name: String,
    pub written_at: DateTime<Utc>,
    pub actor_name: String,
    pub actor_user_id: Option<UserId>,
    pub actor_token_id: Option<TokenId>,
}

impl Version {
    pub fn kind(&self) -> Kind {
        Kind::parse(&self.kind_name).unwrap_or_default()
    }
}

/// The newest first; below `before`, where that is said.
pub fn list(
    conn: &mut PgConnection,
    environment: EnvironmentId,
    id: SecretId,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<Version>> {
    Ok(secret_versions::table
        .inner_join(secrets::table)
        .filter(secrets::environment_id.eq(environment))
        .filter(secret_versions::secret_id.eq(id))
        .filter(secret_versions::version.lt(before.unwrap_or(i32::MAX)))
        .order(secret_versions::version.desc())
        .limit(limit)
        .select(Version::as_select())
        .load(conn)?)
}

/// The same for whoever sees what they hold, which is written down; and whether there are more.
pub fn read(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    id: SecretId,
    (before, limit): (Option<i32>, i64),
) -> Result<(Vec<Version>, bool)> {
    let versions = list(tx.conn(), place.environment.id, id, before, limit + 1)?;
    if versions.is_empty() && before.is_none() {
        return Err(Error::NotFound("secret"));
    }
    trail::record_of(tx, by, Action::SecretsRead, place, std::iter::once(id))?;
    Ok(cut(versions, limit, false))
}

/// Makes a secret again what it was, also one that was deleted.
///
/// # Errors
/// `NotFound` for a version that is not there; `Conflict` where another secret has its name by now.
pub fn restore(
    tx: &mut Tx,
    by: &Actor,
    place: &Place,
    id: SecretId,
    version: i32,
) -> Result<Secret> {
    let environment = place.environment.id;
    let now = store::locked(tx, environment, &[id])?.pop().ok_or(Error::NotFound("secret"))?;
    let wanted = list(tx.conn(), environment, id, version.checked_add(1), 1)?.pop();
    let wanted = wanted.filter(|found| found.version == version);
    let wanted = wanted.ok_or(Error::NotFound("version"))?;
    if now.kind() == Kind::Sealed && wanted.kind() != Kind::Sealed {
        return Err(Error::conflict(
            "that version is from before the secret was sealed, and a sealed one cannot be \
             unsealed; delete it and create it again instead",
        ));
    }
    let restored = Secret {
        path: wanted.path,
        key_digest: wanted.key_digest,
        key: wanted.key,
        value: wanted.value,
        comment: wanted.comment,
        tags: wanted.tags,
        kind_name: wanted.kind_name,
        version: now.version + 1,
        updated_at: tx.now(),
        deleted_at: None,
        ..now
    };
    let mut all = [restored];
    batch::update(tx, by, environment, &all)?;
    trail::record_of(tx, by, Action::SecretRestored, place, std::iter::once(id))?;
    let [restored] = &mut all;
    Ok(restored.clone())
}
