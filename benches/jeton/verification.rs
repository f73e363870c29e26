//! What services ask thousands of times a second: forward-auth and introspection.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::{Connection, SimpleConnection};

use super::instance::{Bare, Given, Instance};
use super::load::{Load, Round};
use super::place::Place;
use super::table::{Bound, Table, median};

const GATE: &str = "/forward-auth/nginx?organization=acme&require=records:read";
const HOT: usize = 1_000;
/// Whose token asks about the others.
const ASKER: usize = 2_500;
const ROUNDS: usize = 5;
const SECONDS: u32 = 4;

pub fn measure(database: &str, secrets: &[String], table: &mut Table) {
    let instance = Instance::start(database);
    // Past the first thousand all are good, as far as a hundred thousand.
    let hot = &secrets[1_000..1_000 + HOT];
    let gate = format!("{}{GATE}", instance.url);
    let given = answer(&instance, &format!("GET {GATE} HTTP/1.1\r\n{}", bearer(&hot[0])));
    against_bare("forward-auth, hot", &Load::bearer(hot), &gate, &given, table);

    let asker = &secrets[ASKER];
    run(
        database,
        &format!(
            "UPDATE tokens SET permissions = '{{\"introspection\": \"read\"}}' WHERE id = {}",
            ASKER + 1
        ),
    );
    let body = format!("token={}", hot[0]);
    let question = format!(
        "POST /oauth2/introspect HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n{}{body}",
        body.len(),
        bearer(asker)
    );
    let given = answer(&instance, &question);
    let ask = format!("{}/oauth2/introspect", instance.url);
    against_bare("introspection, hot", &Load::asking(hot, asker), &ask, &given, table);

    missing(&gate, database, &secrets[3_000..100_000], table);
    instance.stop();
}

fn bearer(token: &str) -> String {
    format!("Host: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n")
}

/// The whole answer, headers and all.
fn answer(instance: &Instance, request: &str) -> Given {
    let mut stream = TcpStream::connect(instance.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let text = String::from_utf8(answer).unwrap();
    Given(text.replace("connection: close\r\n", "").into_bytes())
}

fn run(database: &str, statement: &str) {
    PgConnection::establish(database).unwrap().batch_execute(statement).unwrap();
}

/// In turn: ours, the bare route with an answer of the same size, and the one with the same answer.
fn against_bare(what: &str, load: &Load, url: &str, given: &Given, table: &mut Table) {
    let bare = Bare::start(given);
    let urls = [url, &bare.url, &bare.same];
    let mut rounds: [Vec<Round>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for url in urls {
        load.on(url, 64, 2);
    }
    for _ in 0..ROUNDS {
        for (url, rounds) in urls.iter().zip(&mut rounds) {
            rounds.push(load.on(url, 64, SECONDS));
        }
    }
    let all = |of: fn(&Round) -> f64| {
        rounds.each_ref().map(|rounds| median(rounds.iter().map(of).collect()))
    };
    let figures = |of: fn(&Round) -> f64| {
        let [ours, same_size, _] = all(of);
        (ours, same_size)
    };
    let (ours, theirs) = figures(|round| round.rate);
    let row = [format!("{ours:.0}/s"), format!("bare route {theirs:.0}/s")];
    table.row(what, &row[0], &row[1], ours / theirs, Bound::AtLeast(0.85));
    let (ours, theirs) = figures(|round| round.cpu);
    let row = [format!("{ours:.1} us"), format!("bare route {theirs:.1} us")];
    let what_cpu = format!("{what}: server processor time a request");
    table.row(&what_cpu, &row[0], &row[1], ours / theirs, Bound::AtMost(1.4));
    let (ours, theirs) = figures(|round| round.p99);
    let row = [format!("{ours:.2} ms"), format!("bare route {theirs:.2} ms")];
    table.row(
        &format!("{what}: p99, 64 connections"),
        &row[0],
        &row[1],
        ours / theirs,
        Bound::AtMost(1.5),
    );
    let [ours, _, same] = all(|round| round.rate);
    let row =
        [format!("{ours:.0}/s"), format!("bare route, the same headers and body {same:.0}/s")];
    table.row(
        &format!("{what}, against the same answer"),
        &row[0],
        &row[1],
        ours / same,
        Bound::AtLeast(0.85),
    );
    bare.stop();
}

/// Every token different, against `pgbench -S` with as many clients.
fn missing(gate: &str, database: &str, secrets: &[String], table: &mut Table) {
    let load = Load::bearer(secrets);
    Place::fill_for_pgbench(database);
    let select = ["-n", "-S", "-M", "prepared", "-c16", "-j2", "-T3"];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // Whatever is in memory is out of date.
        run(database, "NOTIFY jeton_changes, '*'");
        std::thread::sleep(Duration::from_millis(100));
        ours.push(load.on(gate, 16, 3).rate);
        theirs.push(Place::pgbench(database, &select));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let row = [format!("{ours:.0}/s"), format!("`pgbench -S -M prepared -c16` {theirs:.0}/s")];
    let what = "forward-auth, every token different, 16 connections";
    table.row(what, &row[0], &row[1], ours / theirs, Bound::AtLeast(0.8));
}
