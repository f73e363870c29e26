//! Timed work: writing down uses, sweeping sessions, trimming what is past its time.
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix_web::web::Data;

use crate::error::Result;
use crate::http::App;
use crate::{sessions, tokens};

/// How far behind `last_used_at` may be, at most: a second. This leaves time to write.
const FLUSH: Duration = Duration::from_millis(500);
const SWEEP: Duration = Duration::from_secs(3600);

/// The thread that does them, for as long as it is held.
#[derive(Debug)]
pub struct Chores {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

pub fn start(app: Data<App>) -> std::io::Result<Chores> {
    let (stop, stopped) = channel();
    let thread = std::thread::Builder::new().name("chores".into()).spawn(move || {
        let mut swept: Option<Instant> = None;
        loop {
            let last = !matches!(stopped.recv_timeout(FLUSH), Err(RecvTimeoutError::Timeout));
            told("noting uses", app.uses.flush(&app.db));
            if last {
                break;
            }
            if swept.is_none_or(|at| at.elapsed() > SWEEP) {
                swept = Some(Instant::now());
                told("sweeping", sweep(&app));
            }
        }
    })?;
    Ok(Chores { stop, thread })
}

impl Chores {
    /// Writes down what was noted, and ends.
    pub fn finish(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

fn sweep(app: &App) -> Result<usize> {
    let now = app.clock.now();
    app.db.read_here(|conn| {
        Ok(sessions::sweep(conn, now)? + tokens::trim(conn, now)? + tokens::trim_uses(conn, now)?)
    })
}

fn told(chore: &str, outcome: Result<usize>) {
    if let Err(cause) = outcome {
        let cause = anyhow::Error::from(cause);
        tracing::warn!(cause = format!("{cause:#}"), "{chore} failed; it is tried again");
    }
}
