//! What kind of database it is, for whoever looks for a fault or is about to fill it.
use diesel::pg::PgConnection;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use secrecy::SecretString;

use super::migrations;

/// The oldest PostgreSQL that knows all that the queries ask of it.
const OLDEST: i32 = 140_000;

#[derive(Debug, QueryableByName)]
struct Server {
    #[diesel(sql_type = sql_types::Text)]
    version: String,
    #[diesel(sql_type = sql_types::Integer)]
    number: i32,
    #[diesel(sql_type = sql_types::Text)]
    fsync: String,
    #[diesel(sql_type = sql_types::Text)]
    full_page_writes: String,
    #[diesel(sql_type = sql_types::Bool)]
    tls: bool,
}

/// What is to be said of it.
///
/// # Errors
/// When it does not answer, or must not be used as it is; the words say what to do.
pub fn inspect(url: &SecretString) -> anyhow::Result<String> {
    let mut conn = migrations::connect(url)?;
    let server = sql_query(
        "SELECT current_setting('server_version') AS version,
                current_setting('server_version_num')::integer AS number,
                current_setting('fsync') AS fsync,
                current_setting('full_page_writes') AS full_page_writes,
                EXISTS (SELECT FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) AS tls",
    )
    .get_result::<Server>(&mut conn)?;
    let version = server.version;
    if server.number < OLDEST {
        anyhow::bail!("PostgreSQL {version} is too old; use 14 or newer");
    }
    for (name, value) in [("fsync", server.fsync), ("full_page_writes", server.full_page_writes)] {
        if value != "on" {
            anyhow::bail!(
                "{name} is {value}: a crash of the machine can destroy everything; set it to on in postgresql.conf"
            );
        }
    }
    let schema = if empty(&mut conn)? {
        // Asking for migrations would make the table that notes them.
        "empty, and the next start fills it"
    } else if migrations::pending_and_known(&mut conn)? {
        "waits for a migration, which the next start runs"
    } else {
        "up to date"
    };
    let line = if server.tls { "over TLS, " } else { "" };
    Ok(format!("PostgreSQL {version}, answers, {line}{schema}"))
}

/// Whether it has no table yet.
pub fn is_empty(url: &SecretString) -> anyhow::Result<bool> {
    empty(&mut migrations::connect(url)?)
}

fn empty(conn: &mut PgConnection) -> anyhow::Result<bool> {
    #[derive(QueryableByName)]
    struct Empty {
        #[diesel(sql_type = sql_types::Bool)]
        empty: bool,
    }
    let tables = "SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public') AS empty";
    Ok(sql_query(tables).get_result::<Empty>(conn)?.empty)
}
