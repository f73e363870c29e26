//! One private PostgreSQL for the whole run, and a database for each console: a copy of one that
//! was migrated once.
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use jeton::db;
use jeton::postgres::{self, Options, Running};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Consoles at a time: more would ask for more connections than there are.
static TURNS: Semaphore = Semaphore::const_new(6);

/// Leave to run a console, or two. A test takes it once, or two tests may wait for each other.
pub struct Turn(#[expect(dead_code, reason = "held, never read")] SemaphorePermit<'static>);

impl Turn {
    pub async fn wait(consoles: u32) -> Self {
        Self(TURNS.acquire_many(consoles).await.unwrap())
    }
}

/// Never dropped: postgres ends with the process, and then the broom clears its files away.
struct Cluster {
    running: Mutex<Running>,
    _broom: Child,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let broom = broom();
    let running = private(data_dir());
    let admin = running.url("postgres");
    // Nothing here must survive a power cut.
    run(&admin, "ALTER ROLE CURRENT_USER SET synchronous_commit = off");
    db::create_database(&admin.into(), "template").unwrap();
    db::migrate(&running.url("template").into()).unwrap();
    Cluster { running: Mutex::new(running), _broom: broom }
});

/// A PostgreSQL of its own in this directory.
pub fn private(data_dir: PathBuf) -> Running {
    let launcher = env!("CARGO_BIN_EXE_jeton").into();
    let options = Options { data_dir, bin_dir: None, bundle: None, launcher };
    postgres::take(&options).unwrap().start().unwrap()
}

/// The address of a new database, migrated and empty.
pub fn fresh_database() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    administer(&format!("CREATE DATABASE {name} TEMPLATE template"));
    url(&name)
}

/// A statement about databases, from beside them.
pub fn administer(statement: &str) {
    run(&url("postgres"), statement);
}

fn url(database: &str) -> String {
    CLUSTER.running.lock().unwrap().url(database)
}

pub fn data_dir() -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let name = format!("jeton-run-{}", std::process::id());
    DIR.get_or_init(|| std::env::temp_dir().join(name)).clone()
}

fn run(url: &str, statement: &str) {
    PgConnection::establish(url).unwrap().batch_execute(statement).unwrap();
}

/// Waits for the end of its standard input, which is the end of this process, then clears away
/// what this process cannot: it ends without a last word.
fn broom() -> Child {
    Command::new("sh")
        .args(["-c", "read -r _; until rm -rf \"$1\" 2>&-; do sleep 0.1; done", "broom"])
        .arg(data_dir())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap()
}
