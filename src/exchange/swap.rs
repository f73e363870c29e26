//! JWTs that proxies hand on, kept for some seconds: a proxy asks for the same token again and again.
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;

use crate::id::OrganizationId;
use crate::tokens::Verdict;

const KEPT: usize = 10_000;
/// Of the minute that each lives; the rest is for the service.
const FRESH: TimeDelta = TimeDelta::seconds(20);

/// Where a verdict is in memory, and for which organization.
type Place = (usize, OrganizationId);

pub struct Swaps {
    made: Cache<Place, Made>,
}

#[derive(Clone)]
struct Made {
    jwt: Arc<str>,
    at: DateTime<Utc>,
    /// Holding it keeps its place from being another's: after any change the verdict is a new one.
    _verdict: Arc<Verdict>,
}

impl Default for Swaps {
    fn default() -> Self {
        Self { made: Cache::new(KEPT) }
    }
}

impl Swaps {
    pub fn find(
        &self,
        verdict: &Arc<Verdict>,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let made = self.made.get(&place(verdict, organization))?;
        (now - made.at < FRESH).then(|| made.jwt.to_string())
    }

    pub fn keep(
        &self,
        verdict: &Arc<Verdict>,
        organization: OrganizationId,
        now: DateTime<Utc>,
        jwt: &str,
    ) {
        let made = Made { jwt: jwt.into(), at: now, _verdict: verdict.clone() };
        self.made.insert(place(verdict, organization), made);
    }
}

fn place(verdict: &Arc<Verdict>, organization: OrganizationId) -> Place {
    (Arc::as_ptr(verdict).addr(), organization)
}
