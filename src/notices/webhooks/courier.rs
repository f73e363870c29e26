//! Carries deliveries out, each webhook's one after another and no webhook's in the way of others'.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::super::Notices;
use super::Webhook;
use super::outbox::{self, Parcel};
use super::post::Attempt;
use super::signature::Signed;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::Result;
use crate::id::WebhookId;

/// Webhooks that are told at a time. One that never answers takes a place for ten seconds.
const AT_ONCE: usize = 32;

/// Hands out what is due. What is under way when it is dropped is finished first.
pub struct Courier {
    way: Way,
    threads: Mutex<Vec<(WebhookId, JoinHandle<()>)>>,
}

#[derive(Clone)]
struct Way {
    notices: Arc<Notices>,
    db: Db,
    clock: Clock,
    stopping: Arc<AtomicBool>,
}

impl Courier {
    pub fn new(notices: &Arc<Notices>, db: &Db, clock: &Clock) -> Self {
        let (notices, db, clock) = (notices.clone(), db.clone(), clock.clone());
        let way = Way { notices, db, clock, stopping: Arc::default() };
        Self { way, threads: Mutex::default() }
    }

    /// Starts on what is due, for webhooks that are not being told already; returns how many.
    pub fn round(&self) -> Result<usize> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|(_, thread)| !thread.is_finished());
        let Some(free @ 1..) = AT_ONCE.checked_sub(threads.len()) else { return Ok(0) };
        let busy: Vec<_> = threads.iter().map(|(webhook, _)| *webhook).collect();
        let now = self.way.clock.now();
        let parcels = self.way.db.read_here(|conn| outbox::take(conn, &busy, free, now))?;
        let started = parcels.len();
        for parcel in parcels {
            let (webhook, way) = (parcel.webhook, self.way.clone());
            let thread = std::thread::Builder::new().name("webhook".into());
            let thread = thread.spawn(move || way.carry_all(parcel));
            threads.push((webhook, thread.map_err(anyhow::Error::from)?));
        }
        Ok(started)
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.way.stopping.store(true, Ordering::SeqCst);
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (_, thread) in threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Way {
    /// This one and those of the same webhook that follow, as long as they arrive.
    fn carry_all(&self, first: Parcel) {
        let mut next = Some(first);
        while let Some(parcel) = next {
            next = self.carry(&parcel).unwrap_or_else(|cause| {
                let cause = anyhow::Error::from(cause);
                tracing::warn!(cause = format!("{cause:#}"), "a delivery was not written down");
                None
            });
        }
    }

    fn carry(&self, parcel: &Parcel) -> Result<Option<Parcel>> {
        let attempt = self.attempt(parcel);
        let now = self.clock.now();
        self.db.read_here(|conn| outbox::settle(conn, parcel, &attempt, now))?;
        if attempt.failure.is_some() || self.stopping.load(Ordering::SeqCst) {
            return Ok(None);
        }
        self.db.read_here(|conn| outbox::take_of(conn, parcel.webhook, now))
    }

    fn attempt(&self, parcel: &Parcel) -> Attempt {
        let context = Webhook::context(parcel.organization);
        let secret = match self.notices.seal.open(&parcel.secret, &context) {
            Ok(secret) => secret,
            Err(cause) => {
                let cause = anyhow::Error::from(cause);
                tracing::error!(cause = format!("{cause:#}"), "a delivery could not be signed");
                return Attempt::never_made(
                    "Its signing secret cannot be read any more. Rotate it.",
                );
            }
        };
        let signed = Signed::new(&secret, parcel.message(), &parcel.body, self.clock.now());
        self.notices.post.send(&parcel.url, &signed, &parcel.body)
    }
}
