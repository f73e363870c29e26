//! The exchange: a JWT for a token, against the signature alone; and a JWT as credential, against the
//! token that it was made from.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use josekit::jws::{ES256, JwsSigner as _};
use serde_json::Value;

use super::instance::Instance;
use super::load::{Load, Round};
use super::table::{Bound, Table, median};

const GATE: &str = "/forward-auth/nginx?organization=acme&require=records:read";
const HOT: usize = 1_000;
const ROUNDS: usize = 5;
const SECONDS: u32 = 4;
const SIGNATURES: u32 = 4_000;

pub fn measure(database: &str, secrets: &[String], table: &mut Table) {
    let instance = Instance::start(database);
    // Past the first thousand all are good, as far as a hundred thousand.
    let hot = &secrets[1_000..1_000 + HOT];
    exchanging(&instance, hot, table);
    verifying(&instance, hot, table);
    instance.stop();
}

fn exchanging(instance: &Instance, hot: &[String], table: &mut Table) {
    let load = Load::exchanging(hot);
    let url = format!("{}/oauth2/token", instance.url);
    load.on(&url, 64, 2);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(load.on(&url, 64, SECONDS));
        bare.push(signature());
    }
    let of = |figure: fn(&Round) -> f64| median(ours.iter().map(figure).collect());
    let (rate, cpu, bare) = (of(|round| round.rate), of(|round| round.cpu), median(bare));
    let against = format!("one ES256 signature {bare:.0} us");
    let what = "exchange, 64 connections: server processor time each";
    table.row(what, &format!("{cpu:.0} us"), &against, cpu / bare, Bound::AtMost(5.0));
    let alone = 1e6 / bare;
    let what = "exchange, 64 connections";
    let against = format!("signatures on one core {alone:.0}/s");
    table.row(what, &format!("{rate:.0}/s"), &against, rate / alone, Bound::AtLeast(0.15));
}

/// Microseconds for a signature and nothing else, over as much as a JWT says.
fn signature() -> f64 {
    let pair = ES256.generate_key_pair().unwrap();
    let signer = ES256.signer_from_jwk(&pair.to_jwk_key_pair()).unwrap();
    let said = [b'x'; 1_000];
    let start = Instant::now();
    for _ in 0..SIGNATURES {
        std::hint::black_box(signer.sign(&said).unwrap());
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(SIGNATURES)
}

fn verifying(instance: &Instance, hot: &[String], table: &mut Table) {
    let jwts: Vec<_> = hot.iter().map(|token| exchanged(instance, token)).collect();
    let url = format!("{}{GATE}", instance.url);
    let loads = [Load::bearer(&jwts), Load::bearer(hot)];
    let mut rounds: [Vec<Round>; 2] = [Vec::new(), Vec::new()];
    for load in &loads {
        load.on(&url, 64, 2);
    }
    for _ in 0..ROUNDS {
        for (load, rounds) in loads.iter().zip(&mut rounds) {
            rounds.push(load.on(&url, 64, SECONDS));
        }
    }
    let figures = |of: fn(&Round) -> f64| {
        rounds.each_ref().map(|rounds| median(rounds.iter().map(of).collect()))
    };
    let [ours, theirs] = figures(|round| round.rate);
    let row = [format!("{ours:.0}/s"), format!("as opaque tokens {theirs:.0}/s")];
    table.row("forward-auth with a JWT, hot", &row[0], &row[1], ours / theirs, Bound::AtLeast(0.8));
    let [ours, theirs] = figures(|round| round.cpu);
    let row = [format!("{ours:.1} us"), format!("as opaque tokens {theirs:.1} us")];
    let what = "forward-auth with a JWT, hot: server processor time a request";
    table.row(what, &row[0], &row[1], ours / theirs, Bound::AtMost(1.3));
}

fn exchanged(instance: &Instance, token: &str) -> String {
    let body = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={token}\
         &subject_token_type=urn:ietf:params:oauth:token-type:access_token\
         &scope=records:read&expires_in=3600"
    );
    let request = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(instance.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let said: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
    said["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}
