//! What a page of the token list costs over 100,000 tokens, as a ratio to the same over 1,000.
//!
//! Both are measured in turn, in one run, on one private PostgreSQL: `make bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::{PgConnection, RunQueryDsl, sql_query};
use jeton::clock::Clock;
use jeton::id::OrganizationId;
use jeton::policies::Policy;
use jeton::tokens::{self, Facet, Page, Query, Sort, State};
use jeton::{db, postgres};

const FEW: i64 = 1_000;
const MANY: i64 = 100_000;
const ROUNDS: usize = 60;
const MOST: f64 = 1.5;

fn main() {
    let dir = std::env::temp_dir().join(format!("jeton-bench-{}", std::process::id()));
    let options = postgres::Options {
        data_dir: dir.clone(),
        bin_dir: None,
        bundle: None,
        launcher: env!("CARGO_BIN_EXE_jeton").into(),
    };
    let running = postgres::take(&options).unwrap().start().unwrap();
    let maintenance = running.url("postgres").into();
    let urls = [FEW, MANY].map(|count| {
        let name = format!("list_{count}");
        db::create_database(&maintenance, &name).unwrap();
        let url = running.url(&name);
        db::migrate(&url.clone().into()).unwrap();
        fill(&url, count);
        url
    });
    let report = measure(&urls);
    running.stop().unwrap();
    std::fs::remove_dir_all(dir).unwrap();
    println!("{report}");
    std::fs::write("benches/results.md", report).unwrap();
}

/// An organization with so many tokens: some revoked, disabled, expired, each enough for a page; names of words.
fn fill(url: &str, count: i64) {
    let mut conn = PgConnection::establish(url).unwrap();
    for statement in [
        "INSERT INTO users (email, name, created_at) VALUES ('ada@example.org', 'Ada', now())".to_owned(),
        "INSERT INTO organizations (slug, name, created_at) VALUES ('acme', 'Acme', now())".to_owned(),
        "INSERT INTO policies VALUES (1, 180, false)".to_owned(),
        "INSERT INTO projects (organization_id, project_id, name, created_at)
         SELECT 1, 'prd-' || n, 'Project ' || n, now() FROM generate_series(1, 20) n".to_owned(),
        format!(
            "INSERT INTO tokens (kind, organization_id, name, role, hint, expires_at, expiry_set_at,
                created_at, created_by, last_used_at, disabled_at, revoked_at)
             SELECT 'oat', 1, (ARRAY['Export','Relay','Report','Import','Bridge'])[1 + n % 5] || ' of '
                || substr(md5(n::text), 1, 10) || ' ' || n, 'operator', substr(md5(n::text), 11, 8),
                now() + (n % 170 + 1) * interval '1 day' - (CASE WHEN n % 50 = 1 THEN interval '200 days' ELSE interval '0' END),
                now() - interval '10 days', now() - n * interval '1 minute', 1,
                CASE WHEN n % 3 > 0 THEN now() - (n * 7919 % 100000) * interval '1 second' END,
                CASE WHEN n % 19 = 2 THEN now() END, CASE WHEN n % 19 = 3 THEN now() END
             FROM generate_series(1, {count}) n"
        ),
        "UPDATE tokens SET name = 'Grafana ' || id WHERE id <= 3".to_owned(),
        "INSERT INTO token_projects SELECT 1, id, 1 + id % 20 FROM tokens".to_owned(),
        "INSERT INTO token_use_days (token_id, day, generation, accepted)
         SELECT id, current_date - d, 1, id % 100 FROM tokens, generate_series(0, 4) d".to_owned(),
        "VACUUM ANALYZE".to_owned(),
    ] {
        sql_query(statement).execute(&mut conn).unwrap();
    }
}

fn measure(urls: &[String; 2]) -> String {
    let mut report = format!(
        "# The token list: {MANY} tokens against {FEW}\n\n`make bench` makes this table. A page is \
         50 rows with counts; medians of {ROUNDS} rounds, taken in turn.\n\n\
         | what | statements | over {FEW} | over {MANY} | ratio | at most |\n|---|---|---|---|---|---|\n"
    );
    let mut conns = [0, 1].map(|at| PgConnection::establish(&urls[at]).unwrap());
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
                    times[at].push(took);
                }
                statements = ran;
            }
        }
        let [few, many] = times.map(median);
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        let verdict = if ratio <= MOST { "" } else { " (missed)" };
        let _ = writeln!(
            report,
            "| {name} | {statements} | {few:.2?} | {many:.2?} | {ratio:.2}{verdict} | {MOST} |"
        );
    }
    report
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

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
