//! What a page of the token list costs over a million tokens, as a ratio to the same over a thousand.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{Connection, InstrumentationEvent};
use jeton::clock::Clock;
use jeton::id::OrganizationId;
use jeton::policies::Policy;
use jeton::tokens::{self, Facet, Page, Query, Sort, State};

use super::place::Place;
use super::table::{Bound, Table, median};
use super::tokens as filled;

const ROUNDS: usize = 60;
const MOST: f64 = 1.3;

/// Each query over many tokens, as a ratio to the same over few; the worst of them counts.
pub fn measure(place: &Place, many: &str, table: &mut Table) {
    let few = place.database("few");
    filled::fill(&few, filled::FEW);
    let mut conns = [few.as_str(), many].map(|url| PgConnection::establish(url).unwrap());
    let policy = Policy::default();
    for (name, query) in queries() {
        let mut times = [Vec::new(), Vec::new()];
        let mut statements = 0;
        let mut queries = [query.clone(), query.clone()];
        if name.contains("next") {
            for at in [0, 1] {
                queries[at].page = Page::After(last_cursor(&mut conns[at], &query, &policy));
            }
        }
        for round in 0..ROUNDS + 5 {
            for at in [0, 1] {
                let (took, ran) = once(&mut conns[at], &queries[at], &policy);
                if round >= 5 {
                    times[at].push(took.as_secs_f64() * 1e3);
                }
                statements = ran;
            }
        }
        let [few, many] = times.map(median);
        let what = format!("token list, {name}, {statements} statements");
        let row = [
            format!("{many:.2} ms over {}", filled::MANY),
            format!("{few:.2} ms over {}", filled::FEW),
        ];
        table.row(&what, &row[0], &row[1], many / few, Bound::AtMost(MOST));
    }
}

fn queries() -> Vec<(String, Query)> {
    let base = Query { limit: 50, ..Query::default() };
    let mut all = Vec::new();
    for sort in Sort::ALL {
        all.push((format!("page by {}", sort.name()), Query { sort, ..base.clone() }));
        all.push((format!("next page by {}", sort.name()), Query { sort, ..base.clone() }));
    }
    for search in ["relay", "r", "grafana", "gr", "nothing like it"] {
        all.push((format!("search “{search}”"), Query { search: search.into(), ..base.clone() }));
    }
    for state in [State::Active, State::Disabled, State::Revoked] {
        all.push((format!("only {state}"), Query { facet: Facet::State(state), ..base.clone() }));
    }
    all.push(("needs attention".into(), Query { facet: Facet::Attention, ..base }));
    all
}

fn last_cursor(conn: &mut PgConnection, query: &Query, policy: &Policy) -> tokens::Cursor {
    let now = Clock::System.now();
    let (rows, _) = tokens::list(conn, OrganizationId(1), query, policy, now).unwrap();
    rows.last().unwrap().cursor.clone()
}

fn once(conn: &mut PgConnection, query: &Query, policy: &Policy) -> (Duration, usize) {
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = ran.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    let now = Clock::System.now();
    let start = Instant::now();
    tokens::counts(conn, OrganizationId(1), policy, now).unwrap();
    tokens::list(conn, OrganizationId(1), query, policy, now).unwrap();
    (start.elapsed(), ran.load(Ordering::Relaxed))
}
