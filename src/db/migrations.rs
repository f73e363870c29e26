//! The embedded migrations, run by one process at a time.
use anyhow::{Context, anyhow};
use diesel::pg::PgConnection;
use diesel::{Connection, OptionalExtension, QueryableByName, RunQueryDsl, sql_query, sql_types};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::{ExposeSecret, SecretString};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Any number will do as long as it stays the same: it names the advisory lock.
const LOCK: i64 = 0x6a65_746f_6e00;

/// Brings the schema up to date; returns the names of what it ran. Instances that start together
/// wait for one another.
///
/// # Errors
/// When the database does not answer, or is one that a newer Jeton has migrated.
pub fn migrate(url: &SecretString) -> anyhow::Result<Vec<String>> {
    let mut conn = connect(url)?;
    sql_query("SELECT pg_advisory_lock($1)")
        .bind::<sql_types::BigInt, _>(LOCK)
        .execute(&mut conn)?;
    refuse_newer(&mut conn)?;
    let ran = conn
        .run_pending_migrations(MIGRATIONS)
        .map_err(|cause| anyhow!(cause).context("could not migrate the database"))?;
    Ok(ran.into_iter().map(|version| version.to_string()).collect())
}

/// Whether the database still waits for a migration.
pub fn pending(conn: &mut PgConnection) -> anyhow::Result<bool> {
    conn.has_pending_migration(MIGRATIONS).map_err(|cause| anyhow!(cause))
}

/// The same, of a database that may be anyone's.
///
/// # Errors
/// When a newer Jeton has migrated it.
pub fn pending_and_known(conn: &mut PgConnection) -> anyhow::Result<bool> {
    refuse_newer(conn)?;
    pending(conn)
}

/// Makes the database of that name if it is not there. `url` leads to any other one.
pub fn create_database(url: &SecretString, name: &str) -> anyhow::Result<()> {
    #[derive(QueryableByName)]
    struct There {
        #[diesel(sql_type = sql_types::Integer)]
        _one: i32,
    }
    let mut conn = connect(url)?;
    let there = sql_query("SELECT 1 AS _one FROM pg_database WHERE datname = $1")
        .bind::<sql_types::Text, _>(name)
        .get_result::<There>(&mut conn)
        .optional()?;
    if there.is_none() {
        sql_query(format!("CREATE DATABASE \"{name}\"")).execute(&mut conn)?;
    }
    Ok(())
}

pub fn connect(url: &SecretString) -> anyhow::Result<PgConnection> {
    PgConnection::establish(url.expose_secret()).context("could not connect to the database")
}

fn refuse_newer(conn: &mut PgConnection) -> anyhow::Result<()> {
    use diesel::migration::MigrationSource;
    let mine = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS)
        .map_err(|cause| anyhow!(cause))?
        .len();
    let theirs = conn.applied_migrations().map_err(|cause| anyhow!(cause))?.len();
    if theirs > mine {
        anyhow::bail!("a newer Jeton has migrated this database; use that version or a later one");
    }
    Ok(())
}
