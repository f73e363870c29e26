//! Timed work: writing down uses, sending notices, sweeping sessions, trimming what is past its time.
mod reseal;

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::web::Data;
use diesel::PgConnection;

use crate::error::Result;
use crate::http::App;
use crate::notices::{self, Courier};
use crate::{accounts, exchange, organizations, secrets, sessions, tokens};

pub use reseal::reseal;

/// How far behind `last_used_at` may be, at most: a second. This leaves time to write.
const FLUSH: Duration = Duration::from_millis(500);
const SWEEP: Duration = Duration::from_hours(1);
/// How long after a token's notice is due it may be noticed.
const ANNOUNCE: Duration = Duration::from_mins(5);
/// How soon it is tried again to seal what an earlier instance key has sealed. Another instance may
/// still run with that one.
const RESEAL: Duration = Duration::from_mins(5);
const MAIL: Duration = Duration::from_secs(5);
const WEBHOOKS: Duration = Duration::from_millis(500);

/// The threads that do them, for as long as they are held.
#[derive(Debug)]
pub struct Chores {
    stop: Vec<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

pub fn start(app: &Data<App>) -> std::io::Result<Chores> {
    let mut chores = Chores { stop: Vec::new(), threads: Vec::new() };
    let noting = app.clone();
    chores.every(FLUSH, "uses", move || told("noting uses", noting.uses.flush(&noting.db)))?;
    // Apart, so that nothing it finds to do keeps the uses waiting.
    let sweeping = app.clone();
    chores.every(SWEEP, "sweep", move || sweep(&sweeping))?;
    let announcing = app.clone();
    chores.while_running(ANNOUNCE, "notices", move || announce(&announcing))?;
    // Apart: a mail server may take its time, and so may whoever is told by webhook.
    let mailing = app.clone();
    chores.while_running(MAIL, "mail", move || mail(&mailing))?;
    let courier = Courier::new(&app.notices, &app.db, &app.clock);
    chores
        .while_running(WEBHOOKS, "webhooks", move || told("telling webhooks", courier.round()))?;
    if app.config.previous_secret_key.is_some() {
        let resealing = app.clone();
        chores.while_running(RESEAL, "reseal", move || {
            let App { db, mint, vault, .. } = &**resealing;
            told("sealing anew", reseal(db, mint, vault, |said| tracing::info!("{said}")));
        })?;
    } else {
        told("looking for what was sealed before", left_behind(app));
    }
    Ok(chores)
}

impl Chores {
    /// At the start, then once every `pause`, and once more at the end.
    fn every(
        &mut self,
        pause: Duration,
        name: &str,
        work: impl Fn() + Send + 'static,
    ) -> std::io::Result<()> {
        self.spawn(pause, name, work, true)
    }

    /// The same, but not at the end: what is left can wait for the next start, or for others.
    fn while_running(
        &mut self,
        pause: Duration,
        name: &str,
        work: impl Fn() + Send + 'static,
    ) -> std::io::Result<()> {
        self.spawn(pause, name, work, false)
    }

    fn spawn(
        &mut self,
        pause: Duration,
        name: &str,
        work: impl Fn() + Send + 'static,
        also_at_the_end: bool,
    ) -> std::io::Result<()> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            loop {
                work();
                if !matches!(stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout)) {
                    break;
                }
            }
            if also_at_the_end {
                work();
            }
        })?;
        self.stop.push(stop);
        self.threads.push(thread);
        Ok(())
    }

    /// Writes down what was noted, and ends.
    pub fn finish(self) {
        drop(self.stop);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

/// Says so where keys rest that nothing here opens.
fn left_behind(app: &App) -> Result<usize> {
    let stale = app.db.read_here(|conn| Ok(app.mint.stale(conn)? + app.vault.stale(conn)?))?;
    if stale > 0 {
        tracing::error!(
            "{stale} keys rest under an earlier instance key; name it in JETON_PREVIOUS_SECRET_KEY"
        );
    }
    Ok(0)
}

/// Each by itself: one that fails does not keep the others from being done.
fn sweep(app: &App) {
    let now = app.clock.now();
    told("sweeping sessions", app.db.read_here(|conn| sessions::sweep(conn, now)));
    told("sweeping sign-in failures", app.db.read_here(|conn| accounts::sweep_attempts(conn, now)));
    told(
        "sweeping password links",
        app.db.read_here(|conn| accounts::sweep_password_links(conn, now)),
    );
    told(
        "trimming invitations",
        app.db.read_here(|conn| organizations::trim_invitations(conn, now)),
    );
    let seal = app.exchange.keys.seal();
    told("tending signing keys", app.db.write_here(|tx| exchange::tend(tx, seal)));
    told("trimming tokens", all(app, |conn| tokens::trim(conn, now)));
    told("trimming deleted secrets", all(app, |conn| secrets::trim(conn, now)));
    told("trimming days of use", all(app, |conn| tokens::trim_days(conn, now)));
    told("trimming addresses", all(app, tokens::trim_addresses));
    told("trimming notices", all(app, |conn| notices::trim_notices(conn, now)));
    told("trimming deliveries", all(app, |conn| notices::trim_deliveries(conn, now)));
}

fn announce(app: &App) {
    let (by_mail, now) = (app.notices.mailer.is_some(), app.clock.now());
    let made = all(app, |conn| notices::announce(conn, by_mail, now));
    told("announcing what ends", made);
}

fn mail(app: &App) {
    if let Some(mailer) = &app.notices.mailer {
        told("sending mail", mailer.send_due(&app.db, &app.clock));
    }
}

/// Again and again, a slice at a time, until nothing is left: no statement runs for long.
fn all(app: &App, slice: impl Fn(&mut PgConnection) -> Result<usize>) -> Result<usize> {
    let mut sum = 0;
    loop {
        let done = app.db.read_here(&slice)?;
        sum += done;
        if done == 0 {
            return Ok(sum);
        }
    }
}

fn told(chore: &str, outcome: Result<usize>) {
    if let Err(cause) = outcome {
        let cause = anyhow::Error::from(cause);
        tracing::warn!(cause = format!("{cause:#}"), "{chore} failed; it is tried again");
    }
}
