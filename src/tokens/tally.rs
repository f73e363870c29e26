//! What one secret was used for since the last flush: kept small, for it is added to on every call.
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::uses::{Agent, Outcome, Use};
use crate::id::TokenId;

/// Longer user agents are cut.
const AGENT: usize = 120;
/// Places of one secret within one batch; calls from more of them count, but are not listed.
const PLACES: usize = 64;

/// Accepted, refused, dead.
type Counts = [i64; 3];

#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: Counts,
    /// The last time the secret was good.
    last: Option<Seen>,
    /// The last time it was dead.
    tried: Option<Seen>,
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
struct Seen {
    at: DateTime<Utc>,
    address: Option<IpAddr>,
    agent: Arc<str>,
}

/// Whence it was used, and by what program.
#[derive(Debug, Clone)]
struct Place {
    address: IpAddr,
    agent: Arc<str>,
    counts: Counts,
    last: DateTime<Utc>,
}

impl Tally {
    pub fn add(&mut self, used: &Use<'_>) {
        let mut counts = Counts::default();
        counts[used.outcome as usize] = 1;
        add(&mut self.counts, counts);
        let seen = match used.outcome {
            Outcome::Accepted | Outcome::Refused => &mut self.last,
            Outcome::Dead => &mut self.tried,
        };
        // As a rule it is the same program at the same place as the last time.
        let agent = match seen {
            Some(seen) if used.agent.is(&seen.agent) => {
                (seen.at, seen.address) = (used.at, used.address);
                seen.agent.clone()
            }
            _ => {
                let agent: Arc<str> = used.agent.text().into();
                *seen = Some(Seen { at: used.at, address: used.address, agent: agent.clone() });
                agent
            }
        };
        if let Some(address) = used.address {
            self.see(Place { address, agent, counts, last: used.at });
        }
    }

    fn see(&mut self, place: Place) {
        let same =
            |known: &&mut Place| (known.address, &known.agent) == (place.address, &place.agent);
        if let Some(known) = self.places.iter_mut().find(same) {
            add(&mut known.counts, place.counts);
            known.last = known.last.max(place.last);
        } else if self.places.len() < PLACES {
            self.places.push(place);
        }
    }

    pub fn merge(&mut self, older: Self) {
        add(&mut self.counts, older.counts);
        self.last = self.last.take().or(older.last);
        self.tried = self.tried.take().or(older.tried);
        for place in older.places {
            self.see(place);
        }
    }

    pub fn row(&self, day: NaiveDate, (token, generation): (TokenId, i32)) -> Row<'_> {
        let [accepted, refused, dead] = self.counts;
        let (last, tried) = (self.last.as_ref(), self.tried.as_ref());
        Row {
            token,
            generation,
            day,
            accepted,
            refused,
            dead,
            at: last.map(|seen| seen.at),
            address: last.and_then(|seen| seen.address),
            agent: last.map(|seen| &*seen.agent),
            tried_at: tried.map(|seen| seen.at),
            tried_address: tried.and_then(|seen| seen.address),
            tried_agent: tried.map(|seen| &*seen.agent),
            addresses: self.places.iter().map(Place::row).collect(),
        }
    }
}

/// As the statement reads it that writes it down.
#[derive(Debug, Serialize)]
pub struct Row<'t> {
    token: TokenId,
    generation: i32,
    day: NaiveDate,
    accepted: i64,
    refused: i64,
    dead: i64,
    at: Option<DateTime<Utc>>,
    address: Option<IpAddr>,
    agent: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tried_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tried_address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tried_agent: Option<&'t str>,
    addresses: Vec<AddressRow<'t>>,
}

#[derive(Debug, Serialize)]
struct AddressRow<'t> {
    address: IpAddr,
    agent: &'t str,
    at: DateTime<Utc>,
    calls: i64,
    refused: i64,
    dead: i64,
}

impl Place {
    fn row(&self) -> AddressRow<'_> {
        let [accepted, refused, dead] = self.counts;
        let (address, agent, at) = (self.address, &*self.agent, self.last);
        AddressRow { address, agent, at, calls: accepted + refused + dead, refused, dead }
    }
}

/// How a service is told from a program.
const SERVICE: [&str; 2] = ["asked about by “", "”"];

impl Agent<'_> {
    /// As it is written down: without what a page should not show, and not without end.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Program(agent) => showable(agent),
            Self::Service(name) => {
                showable(&format!("{}{name}{}", SERVICE[0], SERVICE[1])).into_owned().into()
            }
        }
    }

    /// Whether this is what was written down; as a rule told without writing it again.
    fn is(&self, written: &str) -> bool {
        let same = match self {
            Self::Program(agent) => *agent == written,
            Self::Service(name) => {
                let rest = written.strip_prefix(SERVICE[0]);
                rest.and_then(|rest| rest.strip_suffix(SERVICE[1])) == Some(name)
            }
        };
        same || self.text() == written
    }
}

/// Without what a page should not show, and not without end.
fn showable(agent: &str) -> Cow<'_, str> {
    if agent.len() <= AGENT && !agent.chars().any(char::is_control) {
        return agent.into();
    }
    agent.chars().filter(|c| !c.is_control()).take(AGENT).collect::<String>().into()
}

fn add(counts: &mut Counts, more: Counts) {
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
}
