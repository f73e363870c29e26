//! The pool, and the only two ways to a connection.
mod changes;
mod fixed;
mod functions;
mod inspect;
mod listener;
mod migrations;
mod page;
pub mod schema;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, HandleError, Pool};
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryResult, RunQueryDsl, sql_query};
use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::error::{Error, Result};

pub use changes::{Changes, Places, Scope, Stamp};
pub use fixed::{Fixed, fixed};
pub use functions::substr;
pub use inspect::{inspect, is_empty};
pub use listener::Listener;
pub use migrations::{create_database, migrate, pending};
pub use page::{Start, cut};

/// How long a request waits for a connection before it answers 503. It also caps how long the
/// pool waits between attempts to reconnect.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Db {
    pool: Pool<ConnectionManager<PgConnection>>,
    clock: Clock,
    url: SecretString,
    changes: Arc<Changes>,
}

/// A connection inside an open transaction. Only [`Db::write`] makes one, so a function that takes
/// `&mut Tx` cannot run half.
pub struct Tx<'c> {
    conn: &'c mut PgConnection,
    now: DateTime<Utc>,
}

impl Tx<'_> {
    pub fn conn(&mut self) -> &mut PgConnection {
        self.conn
    }

    /// The instant of this transaction: everything in it happened then.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

impl Db {
    /// A pool of at most `size` connections. It does not connect until it is asked.
    pub fn new(url: &SecretString, size: u32, clock: Clock) -> Result<Self> {
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Limits))
            .error_handler(Box::new(Told))
            .build(ConnectionManager::new(url.expose_secret()))
            .map_err(anyhow::Error::from)?;
        Ok(Self { pool, clock, url: url.clone(), changes: Arc::default() })
    }

    /// Runs work on the blocking threads that changes nothing, or what one statement changes whole.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.read_here(work))
            .await
            .map_err(|panicked| Error::Internal(panicked.into()))?
    }

    /// Runs work in one transaction: all of it happens, or none.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.write_here(work))
            .await
            .map_err(|panicked| Error::Internal(panicked.into()))?
    }

    /// [`Db::read`] for a thread that may block: a command, a chore.
    pub fn read_here<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        let mut conn = self.pool.get().map_err(|cause| Error::Unavailable(cause.into()))?;
        let done = work(&mut conn);
        drop(conn);
        if matches!(done, Err(Error::Unavailable(_))) {
            self.drop_dead();
        }
        done
    }

    /// Where one connection was found dead, others are: each would cost a request.
    fn drop_dead(&self) {
        let idle: Vec<_> = std::iter::from_fn(|| self.pool.try_get())
            .take(self.pool.max_size() as usize)
            .collect();
        for mut conn in idle {
            // The pool takes back no connection on which this failed.
            let _ = sql_query("SELECT 1").execute(&mut conn);
        }
    }

    /// [`Db::write`] for a thread that may block: a command, a chore.
    ///
    /// When it returns, whatever it changed is known to have changed.
    #[expect(clippy::disallowed_methods, reason = "this is Db::write")]
    pub fn write_here<T>(&self, work: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let now = self.clock.now();
        let mut changed = None;
        let outcome = self.read_here(|conn| {
            conn.transaction(|conn| {
                let done = work(&mut Tx { conn, now })?;
                changed = told(conn)?;
                Ok(done)
            })
        });
        // Also where it is not known whether the commit went through.
        self.changes.tell_all(changed.as_deref().unwrap_or_default());
        outcome
    }

    /// What changed, here and elsewhere.
    pub fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    /// A connection beside the pool, for a thread that keeps it.
    pub fn connect_alone(&self) -> Result<PgConnection> {
        let connected = PgConnection::establish(self.url.expose_secret());
        let mut conn = connected.map_err(|cause| Error::Unavailable(cause.into()))?;
        limit(&mut conn)?;
        Ok(conn)
    }

    /// What is to be said of the database.
    ///
    /// # Errors
    /// Inside, when it does not answer or must not be used as it is; the words say what to do.
    pub async fn inspect(&self) -> Result<anyhow::Result<String>> {
        let url = self.url.clone();
        tokio::task::spawn_blocking(move || inspect(&url))
            .await
            .map_err(|panicked| Error::Internal(panicked.into()))
    }

    /// Connections that the pool opens at most.
    pub fn most_connections(&self) -> u32 {
        self.pool.max_size()
    }

    /// Connections of the pool: open, and of these idle.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }
}

/// What every connection is told: no statement runs for ever, and nothing holds a lock asleep.
#[derive(Debug)]
struct Limits;

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Limits {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        limit(conn).map_err(diesel::r2d2::Error::QueryError)
    }
}

fn limit(conn: &mut PgConnection) -> QueryResult<()> {
    sql_query(
        "SELECT set_config('statement_timeout', '5s', false),
                set_config('lock_timeout', '2s', false),
                set_config('idle_in_transaction_session_timeout', '10s', false),
                set_config('application_name', 'jeton', false),
                set_config('datestyle', 'ISO', false)",
    )
    .execute(conn)
    .map(drop)
}

/// What the triggers wrote down of this transaction's changes.
fn told(conn: &mut PgConnection) -> QueryResult<Option<String>> {
    diesel::select(fixed::<Nullable<Text>>("current_setting('jeton.changes', true)"))
        .get_result(conn)
}

/// Tells the log, where the `log` crate would tell nobody.
#[derive(Debug)]
struct Told;

impl<E: std::error::Error> HandleError<E> for Told {
    fn handle_error(&self, cause: E) {
        tracing::warn!(%cause, "the pool could not open a connection");
    }
}
