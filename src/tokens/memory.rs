//! Verdicts that were looked up, for as long as nothing that they rest on changes.
//!
//! Nothing is served from here while changes elsewhere would not be heard of.
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use super::verdict::Verdict;
use crate::db::{Changes, Places, Stamp};
use crate::secret::Digest;

/// Verdicts that are kept, at most.
const KEPT: usize = 150_000;
/// Secrets that were never ours, which are kept apart: strangers push out no one.
const UNKNOWN: usize = 1_024;
/// How long they are. Nobody presents a secret before it is made; a row that is put back from a
/// backup may wait that long.
const UNKNOWN_FOR: Duration = Duration::from_secs(1);
pub struct Memory {
    changes: Arc<Changes>,
    verdicts: Cache<Digest, Standing, UnitWeighter, ByDigest, DefaultLifecycle<Digest, Standing>>,
    unknown: Cache<Digest, Instant, UnitWeighter, ByDigest, DefaultLifecycle<Digest, Instant>>,
}

/// A verdict, with what shows whether it still stands.
#[derive(Clone)]
struct Standing {
    verdict: Arc<Verdict>,
    stamp: Stamp,
    places: Places,
}

/// What memory has to say of a secret: its verdict, or that it is nobody's.
pub struct Found(pub Option<Arc<Verdict>>);

impl Memory {
    pub fn new(changes: Arc<Changes>) -> Self {
        Self { changes, verdicts: cache(KEPT), unknown: cache(UNKNOWN) }
    }

    /// Verdicts that are kept.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// What is kept of the digest, if it stands.
    pub fn find(&self, digest: Digest) -> Option<Found> {
        if !self.changes.is_heard() {
            return None;
        }
        if let Some(kept) = self.verdicts.get(&digest) {
            let stands = self.changes.stands(kept.stamp, &kept.places);
            return stands.then_some(Found(Some(kept.verdict)));
        }
        let until = self.unknown.get(&digest)?;
        (Instant::now() < until).then_some(Found(None))
    }

    /// The verdict that is kept of the digest, if it stands, and the stamp that it stands on.
    pub fn find_standing(&self, digest: Digest) -> Option<(Arc<Verdict>, Stamp)> {
        let kept = self.changes.is_heard().then(|| self.verdicts.get(&digest))??;
        let stands = self.changes.stands(kept.stamp, &kept.places);
        stands.then_some((kept.verdict, kept.stamp))
    }

    /// `stamp` was taken before the query.
    pub fn keep(&self, digest: Digest, found: Option<&Arc<Verdict>>, stamp: Stamp) {
        if let Some(verdict) = found {
            let places = Changes::places(verdict.scopes());
            let standing = Standing { verdict: verdict.clone(), stamp, places };
            self.verdicts.insert(digest, standing);
        } else {
            self.unknown.insert(digest, Instant::now() + UNKNOWN_FOR);
        }
    }
}

fn cache<T: Clone>(
    most: usize,
) -> Cache<Digest, T, UnitWeighter, ByDigest, DefaultLifecycle<Digest, T>> {
    let weight = most.try_into().unwrap_or(u64::MAX);
    Cache::with(most, weight, UnitWeighter, ByDigest::default(), DefaultLifecycle::default())
}

type ByDigest = BuildHasherDefault<FirstBytes>;

/// A digest is as random as a hash can be.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
