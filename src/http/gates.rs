//! The gates that proxies ask at. They are few and are asked at all the time, so each is read once,
//! and what it says of a verdict is worked out once.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use quick_cache::sync::Cache;

use super::forward::{Gate, Headers, Refused};
use super::prepared::Prepared;
use crate::error::Result;
use crate::tokens::Verdict;

/// Gates that are kept, at most.
const KEPT: usize = 1_000;

#[derive(Debug)]
pub struct Gates {
    read: Cache<String, Arc<Numbered>>,
    /// How many were read: no two have the same number.
    count: AtomicU64,
    admitted: Prepared<u64, Arc<Headers>>,
}

#[derive(Debug)]
pub struct Numbered {
    number: u64,
    gate: Gate,
}

impl Numbered {
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Default for Gates {
    fn default() -> Self {
        Self { read: Cache::new(KEPT), count: AtomicU64::default(), admitted: Prepared::default() }
    }
}

impl Gates {
    /// [`Gate::parse`], once.
    pub fn read(&self, text: &str) -> Result<Arc<Numbered>> {
        self.read.get_or_insert_with(text, || {
            let gate = Gate::parse(text)?;
            Ok(Arc::new(Numbered { number: self.count.fetch_add(1, Relaxed), gate }))
        })
    }

    /// [`Gate::admit`], once for each verdict.
    pub fn admit(
        &self,
        Numbered { number, gate }: &Numbered,
        verdict: &Arc<Verdict>,
        chosen: Option<&str>,
    ) -> Result<Arc<Headers>, Refused> {
        let work_out = || gate.admit(verdict, chosen).map(Arc::new);
        // Otherwise it depends on the client's choice, too.
        if chosen.is_none() || gate.organization.is_some() {
            self.admitted.of(verdict, *number, work_out)
        } else {
            work_out()
        }
    }
}
