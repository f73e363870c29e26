//! Writers over the real API, and kills at random moments: every acknowledged change survives, with
//! its entry in the trail, and no other appears. `make torture` runs many rounds, every test run a
//! few.
mod ledger;
mod writer;

use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::sync::watch;

use self::ledger::{Ledger, Settled};
use self::writer::Writer;
use crate::cli::host::{Host, Server};
use crate::postgres::support::{kill, living_in};

const ROUNDS: usize = 3;
const WRITERS: usize = 4;

/// What is killed, without a warning.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// Jeton alone; its PostgreSQL notices.
    Server,
    /// The first process of PostgreSQL; Jeton starts it again.
    Postmaster,
    /// Jeton and every process of its PostgreSQL at once.
    All,
}

const TARGETS: [Target; 3] = [Target::Server, Target::Postmaster, Target::All];

#[actix_web::test]
async fn every_acknowledged_change_survives_any_kill_and_no_other_appears() {
    let rounds = std::env::var("JETON_TORTURE_ROUNDS").map_or(ROUNDS, |it| it.parse().unwrap());
    let host = Host::new();
    host.sets_up();
    let pat = host.issues("torture").trim().to_owned();
    let (mut ledgers, mut slowest) = ((0..WRITERS).map(Ledger::new).collect(), Duration::ZERO);
    let mut total = Settled::default();
    let mut server = host.serves();
    for round in 1..=rounds {
        let target = TARGETS[round % TARGETS.len()];
        let wait = Duration::from_millis(100 + getrandom::u64().unwrap() % 1400);

        ledgers = write_until_killed(&host, &mut server, &pat, ledgers, target, wait).await;
        let start = Instant::now();
        server = host.serves();
        let took = start.elapsed();

        let settled = ledger::settle(&mut ledgers, &host);
        ledger::hold_against_the_api(&mut ledgers, &server.url, round == rounds).await;
        println!(
            "round {round}/{rounds}: {target:?} killed after {} ms; {settled}; serving again after {} ms",
            wait.as_millis(),
            took.as_millis()
        );
        total += settled;
        slowest = slowest.max(took);
    }
    println!(
        "{rounds} rounds: {total}; none lost, none made up; the slowest start took {} ms",
        slowest.as_millis()
    );
    assert!(total.acknowledged > 0, "nothing was tried");
}

/// Returns when the server is gone and the writers have put down their pens.
async fn write_until_killed(
    host: &Host,
    server: &mut Server,
    pat: &str,
    ledgers: Vec<Ledger>,
    target: Target,
    wait: Duration,
) -> Vec<Ledger> {
    let (stop, stopped) = watch::channel(false);
    let writers: Vec<_> = ledgers
        .into_iter()
        .map(|ledger| Writer::new(ledger, &server.url, pat, stopped.clone()))
        .map(|writer| actix_web::rt::spawn(writer.write()))
        .collect();
    tokio::time::sleep(wait).await;
    strike(host, server, target);
    if matches!(target, Target::Postmaster) {
        // The same server goes on, once PostgreSQL runs again.
        tokio::time::sleep(Duration::from_secs(3)).await;
        strike(host, server, Target::All);
    }
    stop.send(true).unwrap();
    let mut ledgers = Vec::new();
    for writer in writers {
        ledgers.push(writer.await.unwrap());
    }
    server.ends();
    ledgers
}

fn strike(host: &Host, server: &Server, target: Target) {
    let cluster = host.data().join("postgres/pg");
    let postgres = living_in(&cluster);
    let postmaster = std::fs::read_to_string(cluster.join("postmaster.pid")).ok();
    let postmaster = postmaster.and_then(|text| text.lines().next()?.parse::<u32>().ok());
    match target {
        Target::Server => server.signal(Signal::KILL),
        Target::Postmaster => postmaster.into_iter().for_each(|pid| kill(pid, Signal::KILL)),
        Target::All => {
            server.signal(Signal::STOP);
            // Some may have ended a moment ago.
            for pid in postgres {
                let _ = crate::postgres::support::try_kill(pid, Signal::KILL);
            }
            server.signal(Signal::KILL);
        }
    }
}
