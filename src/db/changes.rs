//! What changed, and when: whoever keeps something that was read asks here whether it still stands.
//!
//! Nothing is looked through when a change is told. Each scope has a place that holds the number of
//! the last change there; what was read carries the number of the last change before its query
//! ([`Stamp`]), and stands while none of its places holds a later one. Two scopes may share a place:
//! then one of them is read again for nothing.
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use prometheus_client::metrics::histogram::Histogram;
use smallvec::SmallVec;

use crate::id::{OrganizationId, ServiceAccountId, TokenId, UserId};

const PLACES: u64 = 1 << 16;

/// What a change touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Token(TokenId),
    User(UserId),
    Organization(OrganizationId),
    ServiceAccount(ServiceAccountId),
    Everything,
}

impl Scope {
    /// Reads `t12`, as the triggers write it. What cannot be read may have been anything.
    fn parse(word: &str) -> Self {
        let scope = word.split_at_checked(1).and_then(|(letter, id)| {
            let id = id.parse().ok()?;
            match letter {
                "t" => Some(Self::Token(TokenId(id))),
                "u" => Some(Self::User(UserId(id))),
                "o" => Some(Self::Organization(OrganizationId(id))),
                "a" => Some(Self::ServiceAccount(ServiceAccountId(id))),
                _ => None,
            }
        });
        scope.unwrap_or(Self::Everything)
    }

    fn place(self) -> Option<Place> {
        let (kind, id) = match self {
            Self::Token(id) => (0, id.0),
            Self::User(id) => (1, id.0),
            Self::Organization(id) => (2, id.0),
            Self::ServiceAccount(id) => (3, id.0),
            Self::Everything => return None,
        };
        // Neighbouring ids of one kind never share a place, and the kinds begin far apart.
        let at = id.cast_unsigned().wrapping_add(kind * (PLACES / 4)) % PLACES;
        Some(Place(u16::try_from(at).unwrap_or_default()))
    }
}

/// Where changes of one scope are kept.
#[derive(Debug, Clone, Copy)]
pub struct Place(u16);

/// Those of what one thing rests on; rarely more than four.
pub type Places = SmallVec<[Place; 4]>;

/// The last change before something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64);

#[derive(Debug)]
pub struct Changes {
    told: AtomicU64,
    everything: AtomicU64,
    places: Box<[AtomicU64]>,
    /// Changes elsewhere are heard of until then: microseconds since `start`.
    heard_until: AtomicU64,
    start: Instant,
    /// Seconds from the beginning of a change elsewhere until it was heard of here.
    pub delay: Histogram,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            told: AtomicU64::new(1),
            everything: AtomicU64::new(0),
            places: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            heard_until: AtomicU64::new(0),
            start: Instant::now(),
            delay: Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0]),
        }
    }
}

impl Changes {
    /// Taken before a query: changes from here on are later than what it reads.
    pub fn stamp(&self) -> Stamp {
        Stamp(self.told.load(SeqCst))
    }

    /// The places to watch for what rests on these.
    pub fn places(scopes: impl IntoIterator<Item = Scope>) -> Places {
        scopes.into_iter().filter_map(Scope::place).collect()
    }

    /// Called when the change is committed, and before anyone hears so.
    pub fn tell(&self, scope: Scope) {
        let number = self.told.fetch_add(1, SeqCst) + 1;
        let kept = match scope.place() {
            Some(Place(at)) => &self.places[usize::from(at)],
            None => &self.everything,
        };
        kept.fetch_max(number, SeqCst);
    }

    /// The same for the words that a transaction's triggers wrote down.
    pub fn tell_all(&self, words: &str) {
        for word in words.split_ascii_whitespace() {
            self.tell(Scope::parse(word));
        }
    }

    /// Whether nothing changed since in any of the places.
    pub fn stands(&self, stamp: Stamp, places: &[Place]) -> bool {
        let before = |changed: &AtomicU64| changed.load(SeqCst) <= stamp.0;
        before(&self.everything)
            && places.iter().all(|&Place(at)| before(&self.places[usize::from(at)]))
    }

    /// Whether changes elsewhere would have been heard of. Where not, nothing that was read stands.
    pub fn is_heard(&self) -> bool {
        self.now() < self.heard_until.load(SeqCst)
    }

    pub(super) fn heard(&self, asked: Instant, lease: Duration) {
        let until = asked.saturating_duration_since(self.start) + lease;
        self.heard_until.store(micros(until), SeqCst);
    }

    /// Until something is heard again; and what was missed may have been anything.
    pub(super) fn deaf(&self) {
        self.heard_until.store(0, SeqCst);
        self.tell(Scope::Everything);
    }

    fn now(&self) -> u64 {
        micros(self.start.elapsed())
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_stands_until_something_of_it_changes() {
        let changes = Changes::default();
        let places =
            Changes::places([Scope::Token(TokenId(12)), Scope::Organization(OrganizationId(3))]);
        let stamp = changes.stamp();
        assert!(changes.stands(stamp, &places));

        changes.tell_all("t13 u12 o12 a3");
        assert!(changes.stands(stamp, &places), "others changed");

        for touching in ["t12", "o3", "u1 o3 t9", "*", "something new", "t", "tx"] {
            let stamp = changes.stamp();
            assert!(changes.stands(stamp, &places));
            changes.tell_all(touching);
            assert!(!changes.stands(stamp, &places), "{touching}");
            assert!(changes.stands(changes.stamp(), &places), "read anew after {touching}");
        }
    }

    #[test]
    fn nothing_stands_while_nobody_listens() {
        let changes = Changes::default();
        assert!(!changes.is_heard());
        changes.heard(Instant::now(), Duration::from_mins(1));
        let stamp = changes.stamp();
        assert!(changes.is_heard() && changes.stands(stamp, &[]));

        changes.deaf();
        assert!(!changes.is_heard() && !changes.stands(stamp, &[]));
    }
}
