//! What was worked out from a verdict, kept for as long as the same verdict is asked for again: a
//! service asks the same of the same token many times a second.
use std::cell::RefCell;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::unsync::Cache;

use crate::tokens::Verdict;

/// What is kept, at most: about a kilobyte each.
const KEPT: usize = 10_000;

/// By a verdict, and what else the answer depends on; each thread that answers has its own, for what
/// threads share they wait for. A verdict never changes: whatever changes
/// makes a new one, and what was worked out from the old one is not found any more.
#[derive(Debug)]
pub struct Prepared<K, T> {
    kept: RefCell<Cache<(usize, K), Answer<T>>>,
}

#[derive(Debug, Clone)]
struct Answer<T> {
    /// Held, so that nothing else comes to stand at its address.
    _verdict: Arc<Verdict>,
    answer: T,
}

impl<K: Eq + Hash, T> Default for Prepared<K, T> {
    fn default() -> Self {
        Self { kept: RefCell::new(Cache::new(KEPT)) }
    }
}

impl<K: Eq + Hash, T: Clone> Prepared<K, T> {
    /// What was worked out before, or what is worked out now.
    pub fn of<E>(
        &self,
        verdict: &Arc<Verdict>,
        asked: K,
        work_out: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let key = (Arc::as_ptr(verdict).addr(), asked);
        if let Some(known) = self.kept.borrow().get(&key) {
            return Ok(known.answer.clone());
        }
        let answer = work_out()?;
        let kept = Answer { _verdict: verdict.clone(), answer: answer.clone() };
        self.kept.borrow_mut().insert(key, kept);
        Ok(answer)
    }
}
