//! What Jeton costs, each figure beside the one that it is held against, in one run on one machine:
//! `make bench`. Needs `wrk` and `pgbench`; writes `benches/results.md`.
#![expect(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

mod creation;
mod exchange;
mod instance;
mod load;
mod memory;
mod oracle;
mod pages;
mod place;
mod revocation;
mod secrets;
mod table;
mod token_list;
mod tokens;
mod verification;

use place::Place;
use table::Table;

fn main() {
    let quiet = tracing_subscriber::fmt().json().with_writer(std::io::sink);
    quiet.init();
    // `cargo bench -- creation revocation` measures these two alone, and writes nothing down.
    let wanted: Vec<_> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let place = Place::new();
    let mut table = Table::new();
    if wants("creation") {
        creation::measure(&place, &mut table);
    }
    if wants("revocation") {
        revocation::measure(&place, &mut table);
    }
    if wants("oracle") {
        oracle::measure(&place, &mut table);
    }
    if wants("secrets") {
        secrets::measure(&place, &mut table);
    }
    if ["verification", "exchange", "memory", "list", "pages"].into_iter().any(wants) {
        // The many tokens of every measurement that wants many.
        let many = place.database("many");
        let secrets = tokens::fill(&many, tokens::MANY);
        // First: what others let go of would be taken again, and not be seen.
        if wants("memory") {
            memory::measure(&many, &secrets, &mut table);
        }
        if wants("verification") {
            verification::measure(&many, &secrets, &mut table);
        }
        if wants("exchange") {
            exchange::measure(&many, &secrets, &mut table);
        }
        if wants("list") {
            token_list::measure(&place, &many, &mut table);
        }
        if wants("pages") {
            pages::measure(&place, &many, &mut table);
        }
    }
    place.close();
    let report = table.report();
    println!("{report}");
    if wanted.is_empty() {
        std::fs::write("benches/results.md", report).unwrap();
    }
}
