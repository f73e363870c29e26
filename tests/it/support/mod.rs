//! A whole console on a database of its own, and the people and programs that use it.
mod clients;
mod cluster;
mod declared;
mod mail;
mod people;
mod receiver;

use std::net::TcpListener;
use std::thread::JoinHandle;

use actix_web::rt::System;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use jeton::clock::Clock;
use jeton::config::{Config, PublicUrl};
use jeton::db::{Db, Tx};
use jeton::http::App;
use jeton::secret::InstanceKey;
use jeton::server;
use tokio::sync::oneshot;

pub use clients::{Answer, Api, Browser};
pub use cluster::{administer, fresh_database, private};
pub use mail::{MailServer, PYTHON, sent_through};
pub use people::{PASSWORD, Person, TestToken, picked};
pub use receiver::{Receiver, Reply, Told};

/// Of each console. All of a run share one PostgreSQL, which takes forty.
const CONNECTIONS: u32 = 4;

/// The real server on a port of its own, until it is dropped.
pub struct Console {
    pub url: String,
    pub app: Data<App>,
    /// Moves with [`Clock::advance`] where the console was started [`Console::at`] an instant.
    pub clock: Clock,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    turn: Option<cluster::Turn>,
}

impl Console {
    pub async fn start() -> Self {
        Self::set_up(Clock::System, |_| ()).await
    }

    /// A console whose clock stands at `now` until it is advanced.
    pub async fn at(now: DateTime<Utc>) -> Self {
        Self::set_up(Clock::stopped(now), |_| ()).await
    }

    /// With other settings than the usual.
    pub async fn set_up(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let turn = cluster::Turn::wait(1).await;
        Self::run(clock, InstanceKey::generate(), |config| {
            config.database_url = Some(cluster::fresh_database().into());
            change(config);
        })
        .holding(turn)
    }

    /// Two instances of one Jeton: the same key, the same database.
    pub async fn two() -> (Self, Self) {
        Self::two_set_up(Clock::System, |_| ()).await
    }

    /// Both by the same clock.
    pub async fn two_set_up(clock: Clock, change: impl Fn(&mut Config)) -> (Self, Self) {
        let turn = cluster::Turn::wait(2).await;
        let (url, key) = (cluster::fresh_database(), InstanceKey::generate().to_text());
        let run = || {
            let key = InstanceKey::parse(&key).unwrap();
            Self::run(clock.clone(), key, |config| {
                config.database_url = Some(url.clone().into());
                change(config);
            })
        };
        (run().holding(turn), run())
    }

    /// A Jeton before its instance key is rotated, and what starts it afterwards.
    pub async fn before_and_after(change: impl Fn(&mut Config)) -> (Self, impl FnOnce() -> Self) {
        let turn = cluster::Turn::wait(2).await;
        let url = cluster::fresh_database();
        let old = InstanceKey::generate();
        let previous = old.to_text();
        let run = move |key, previous| {
            Self::run(Clock::System, key, |config| {
                config.database_url = Some(url.clone().into());
                config.previous_secret_key = previous;
                change(config);
            })
        };
        let before = run(old, None).holding(turn);
        (before, move || run(InstanceKey::generate(), Some(previous)))
    }

    fn run(clock: Clock, key: InstanceKey, change: impl FnOnce(&mut Config)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap();
        let mut config = Config {
            listen,
            data_dir: cluster::data_dir(),
            public_url: PublicUrl::of_listener(listen),
            trusted_proxies: Vec::new(),
            metrics_token: None,
            audiences: Vec::new(),
            secret_key: Some(key.to_text()),
            previous_secret_key: None,
            database_url: None,
            postgres_bin: None,
            mail: None,
            webhook_allow: Vec::new(),
        };
        change(&mut config);
        let url = config.database_url.clone().unwrap();
        let db = Db::new(&url, CONNECTIONS, clock.clone()).unwrap();
        let app = Data::new(App::new(config, db, clock.clone(), &key).unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let shared = app.clone();
        let server = std::thread::spawn(move || {
            let shutdown = async { drop(stopped.await) };
            System::new().block_on(server::run(listener, shared, shutdown)).unwrap();
        });
        let url = format!("http://{listen}");
        Self { url, app, clock, stop: Some(stop), server: Some(server), turn: None }
    }

    fn holding(mut self, turn: cluster::Turn) -> Self {
        self.turn = Some(turn);
        self
    }

    /// Someone in a browser who is not signed in.
    pub fn stranger(&self) -> Browser {
        Browser::new(&self.url)
    }

    /// A program with a token.
    pub fn api(&self, token: &str) -> Api {
        Api::new(&self.url, Some(token))
    }

    /// A program without one.
    pub fn anonymous(&self) -> Api {
        Api::new(&self.url, None)
    }

    /// A `WWW-Authenticate` that says this.
    pub fn challenge(&self, said: &str) -> String {
        let at = format!("{}/.well-known/oauth-protected-resource", self.url);
        format!("Bearer realm=\"jeton\"{said}, resource_metadata=\"{at}\"")
    }

    /// Every action in the audit log, the first one first.
    pub fn audit_actions(&self) -> Vec<String> {
        self.texts("SELECT action AS text FROM audit_events ORDER BY id")
    }

    pub fn rows(&self, table: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            rows: i64,
        }
        let count = format!("SELECT count(*) AS rows FROM {table}");
        let read = |conn: &mut _| Ok(diesel::sql_query(count).get_result::<Count>(conn)?.rows);
        self.app.db.read_here(read).unwrap()
    }

    /// The column `text` of any statement. What it changes, this instance knows at once.
    pub fn texts(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        let run = |tx: &mut Tx| Ok(diesel::sql_query(query).load::<Row>(tx.conn())?);
        self.app.db.write_here(run).unwrap().into_iter().map(|row| row.text).collect()
    }

    /// Stopped and started again on the same database, with other settings.
    pub fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        let key = self.app.config.secret_key.clone().unwrap();
        self.next(InstanceKey::parse(&key).unwrap(), change)
    }

    /// The same with a new instance key, which replaces the one there was.
    pub fn rekeyed(self) -> Self {
        let old = self.app.config.secret_key.clone();
        self.next(InstanceKey::generate(), |config| config.previous_secret_key = old)
    }

    fn next(mut self, key: InstanceKey, change: impl FnOnce(&mut Config)) -> Self {
        let (turn, clock, config) = (self.turn.take(), self.clock.clone(), self.app.config.clone());
        drop(self);
        let mut next = Self::run(clock, key, |fresh| {
            let Config { listen, public_url, secret_key, .. } = fresh.clone();
            *fresh = Config { listen, public_url, secret_key, ..config };
            change(fresh);
        });
        next.turn = turn;
        next
    }

    /// Writes down the uses that were noted, without waiting for the chore that does.
    pub fn note_uses(&self) {
        self.app.uses.flush(&self.app.db).unwrap();
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.server.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "the server ended badly");
    }
}
