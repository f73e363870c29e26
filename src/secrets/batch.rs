//! Writes of many secrets, each a statement whatever their number: the rows travel as one JSON text.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Json, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Own, Secret};
use crate::audit::Actor;
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::id::{EnvironmentId, SecretId, UserId};
use crate::secret::Ciphertext;

/// In one order for all, so that no two writers wait for each other.
const INSERT: &str = "
    INSERT INTO secrets (id, environment_id, path, key_digest, key, value, comment, tags, kind,
                         version, created_at, updated_at)
    SELECT r.id, $1, r.path, r.key_digest, r.key, r.value, r.comment, r.tags, r.kind, 1, $2, $2
    FROM json_to_recordset($3) AS r(id uuid, path text, key_digest text, key text, value text,
                                    comment text, tags text[], kind text)
    ORDER BY r.path, r.key_digest";

/// Of rows that the transaction has locked.
const UPDATE: &str = "
    UPDATE secrets s
    SET path = r.path, key_digest = r.key_digest, key = r.key, value = r.value,
        comment = r.comment, tags = r.tags, kind = r.kind, version = r.version,
        updated_at = $2, deleted_at = NULL
    FROM json_to_recordset($3) AS r(id uuid, path text, key_digest text, key text, value text,
                                    comment text, tags text[], kind text, version integer)
    WHERE s.id = r.id AND s.environment_id = $1";

const KEEP: &str = "
    INSERT INTO secret_versions (secret_id, version, path, key_digest, key, value, comment, tags,
                                 kind, written_at, actor_name, actor_user_id, actor_token_id)
    SELECT id, version, path, key_digest, key, value, comment, tags, kind, $2, $3, $4, $5
    FROM secrets WHERE id = ANY ($1)";

const OVERRIDE: &str = "
    INSERT INTO secret_overrides (id, secret_id, user_id, value, is_active, created_at, updated_at)
    SELECT r.id, r.secret_id, $1, r.value, r.is_active, $2, $2
    FROM json_to_recordset($3) AS r(id uuid, secret_id uuid, value text, is_active boolean)
    ON CONFLICT (secret_id, user_id) DO UPDATE
    SET value = excluded.value, is_active = excluded.is_active, updated_at = excluded.updated_at";

#[derive(Serialize)]
struct Row<'s> {
    id: SecretId,
    path: &'s str,
    key_digest: &'s str,
    key: &'s Ciphertext,
    value: &'s Ciphertext,
    comment: Option<&'s Ciphertext>,
    tags: &'s [String],
    kind: &'s str,
    version: i32,
}

#[derive(Serialize)]
struct OverrideRow<'s> {
    id: Uuid,
    secret_id: SecretId,
    value: &'s Ciphertext,
    is_active: bool,
}

/// New ones, which are their first version.
pub(super) fn insert(
    tx: &mut Tx,
    by: &Actor,
    environment: EnvironmentId,
    secrets: &[Secret],
) -> Result<()> {
    write(tx, by, INSERT, environment, secrets)
}

/// As they are from now on, deleted or not; which is a version of its own.
pub(super) fn update(
    tx: &mut Tx,
    by: &Actor,
    environment: EnvironmentId,
    secrets: &[Secret],
) -> Result<()> {
    write(tx, by, UPDATE, environment, secrets)
}

fn write(
    tx: &mut Tx,
    by: &Actor,
    statement: &str,
    environment: EnvironmentId,
    secrets: &[Secret],
) -> Result<()> {
    let now = tx.now();
    sql_query(statement)
        .bind::<SqlUuid, _>(environment.0)
        .bind::<Timestamptz, _>(now)
        .bind::<Json, _>(rows(secrets)?)
        .execute(tx.conn())
        .map_err(duplicate)?;
    let ids: Vec<_> = secrets.iter().map(|secret| secret.id.0).collect();
    keep(tx.conn(), by, &ids, now)
}

fn keep(conn: &mut PgConnection, by: &Actor, ids: &[Uuid], now: DateTime<Utc>) -> Result<()> {
    sql_query(KEEP)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Timestamptz, _>(now)
        .bind::<Text, _>(&by.name)
        .bind::<Nullable<BigInt>, _>(by.user().map(|user| user.0))
        .bind::<Nullable<BigInt>, _>(by.token().map(|token| token.0))
        .execute(conn)?;
    Ok(())
}

/// What one person sees from now on in the place of these values.
pub(super) fn set_overrides(tx: &mut Tx, user: UserId, own: &[(SecretId, Own)]) -> Result<()> {
    if own.is_empty() {
        return Ok(());
    }
    let now = tx.now();
    let row = |(secret, own): &'_ (SecretId, Own)| {
        let (id, secret_id) = (Uuid::now_v7(), *secret);
        serde_json::to_value(OverrideRow {
            id,
            secret_id,
            value: &own.value,
            is_active: own.is_active,
        })
    };
    let rows = own.iter().map(row).collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::from)?;
    sql_query(OVERRIDE)
        .bind::<BigInt, _>(user.0)
        .bind::<Timestamptz, _>(now)
        .bind::<Json, _>(Value::Array(rows))
        .execute(tx.conn())?;
    Ok(())
}

fn rows(secrets: &[Secret]) -> Result<Value> {
    let row = |secret: &Secret| {
        serde_json::to_value(Row {
            id: secret.id,
            path: &secret.path,
            key_digest: &secret.key_digest,
            key: &secret.key,
            value: &secret.value,
            comment: secret.comment.as_ref(),
            tags: &secret.tags,
            kind: &secret.kind_name,
            version: secret.version,
        })
    };
    let rows = secrets.iter().map(row).collect::<Result<Vec<_>, _>>();
    Ok(Value::Array(rows.map_err(anyhow::Error::from)?))
}

fn duplicate(cause: diesel::result::Error) -> Error {
    match broken_constraint(&cause) {
        Some("secrets_key") => Error::conflict(
            "there is already a secret with that name at that path; change that one, or use \
             another name or path",
        ),
        Some("secrets_environment_id_fkey") => Error::NotFound("environment"),
        _ => cause.into(),
    }
}
