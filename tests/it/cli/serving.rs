//! The server as a process: how it starts, stops, dies and comes back.
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::host::{Host, Server};
use crate::postgres::support::{Place, ask, eventually};
use crate::support::{Api, Browser, PASSWORD, fresh_database};

#[actix_web::test]
async fn a_stop_finishes_what_is_under_way_and_waits_for_nobody_else() {
    let host = Host::new();
    host.sets_up();
    let mut server = host.serves();
    let mut idle = connect(&server);
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(read_some(&mut idle).starts_with("HTTP/1.1 200"));
    let body = "email=ada%40example.org&password=wrong";
    let mut slow = connect(&server);
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{}",
        body.len(),
        &body[..10]
    );
    slow.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));

    server.signal(Signal::TERM);

    eventually("nobody new is let in", || TcpStream::connect(address(&server)).is_err());
    slow.write_all(&body.as_bytes()[10..]).unwrap();
    let answer = read_some(&mut slow);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let (code, took) = server.ends();
    assert_eq!(code, Some(0), "{:#?}", server.log());
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert!(server.log().iter().any(|line| line.contains("stopped")));
}

#[test]
fn a_stop_does_not_wait_for_a_busy_client_of_the_database() {
    let host = Host::new();
    let mut server = host.serves();
    let mut busy = host.jeton("db psql --");
    busy.command.arg("--command=SELECT pg_sleep(60)");
    let busy = std::thread::spawn(move || busy.ends());
    let url = host.jeton("db url").ends().out;
    eventually("the client is busy", || {
        let sleeping =
            "SELECT count(*)::text FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'";
        ask(url.trim(), sleeping) == "1"
    });

    server.signal(Signal::TERM);

    let (code, took) = server.ends();
    assert_eq!(code, Some(0), "{:#?}", server.log());
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_ne!(busy.join().unwrap().code, 0);
}

#[actix_web::test]
async fn what_was_acknowledged_survives_a_kill() {
    let host = Host::new();
    let mut server = host.serves();
    host.sets_up();
    let token = host.issues("kept");
    let ada = Browser::new(&server.url);
    ada.post("/login", &[("email", "ada@example.org"), ("password", PASSWORD)]).await;

    server.signal(Signal::KILL);
    server.ends();
    let server = host.serves();

    assert_eq!(host.jeton("token verify").reads(&token).ends().code, 0);
    let ada = ada.moved(&server.url);
    assert_eq!(ada.get("/").await.location(), "/orgs/acme", "the session too");
}

#[test]
fn a_second_server_is_told_who_holds_the_data() {
    let host = Host::new();
    let first = host.serves();

    let second = host.jeton("serve --listen 127.0.0.1:0").ends();

    assert_eq!(second.code, 1);
    let said = format!("is in use by process {}", first.id());
    assert!(second.err.contains(&said), "{}", second.err);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let host = Host::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();

    let ended = host.jeton(&format!("serve --listen {listen}")).ends();

    assert_eq!(ended.code, 1);
    assert!(ended.err.contains(&format!("could not listen on {listen}")), "{}", ended.err);
    assert!(!host.data().exists(), "nothing was begun");
}

#[test]
fn a_database_that_was_named_and_is_down_is_not_replaced() {
    let host = Host::new();
    let url = "postgres://jeton:hunter2@127.0.0.1:1/jeton";
    for line in ["serve --listen 127.0.0.1:0", "user list", "migrate"] {
        let ended = host.jeton(line).env("DATABASE_URL", url).ends();

        assert_eq!(ended.code, 1, "{line}");
        assert!(ended.err.contains("the database that DATABASE_URL names"), "{}", ended.err);
        assert!(!ended.err.contains("hunter2"), "{}", ended.err);
        assert!(!host.data().join("postgres").exists(), "{line}");
    }
    let malformed = host.jeton("user list").env("DATABASE_URL", "jeton:hunter2@127.0.0.1/x").ends();
    assert!(malformed.err.contains("DATABASE_URL is malformed"), "{}", malformed.err);
    assert!(!malformed.err.contains("hunter2"), "{}", malformed.err);
}

#[actix_web::test]
async fn a_database_that_was_named_is_used() {
    let host = Host::new();
    let url = fresh_database();
    let server = host.jeton("serve").env("DATABASE_URL", &url).starts();

    assert_eq!(Browser::new(&server.url).get("/readyz").await.status, 200);
    assert!(!host.data().join("postgres").exists());
    let done = host
        .jeton("user create --email bob@example.org --name Bob --password-stdin")
        .env("DATABASE_URL", &url)
        .reads(PASSWORD)
        .ends();
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(Browser::new(&server.url).get("/setup").await.status, 404, "there is a user");
}

#[actix_web::test]
async fn readiness_follows_the_database_and_health_does_not() {
    let host = Host::new();
    let place = Place::new("named");
    let running = place.start();
    let url = running.url("postgres");
    let server = host.jeton("serve").env("DATABASE_URL", &url).starts();
    let browser = Browser::new(&server.url);
    assert_eq!(browser.get("/readyz").await.status, 200);

    running.stop().unwrap();

    assert_eq!(browser.get("/readyz").await.status, 503);
    assert_eq!(browser.get("/healthz").await.status, 200);
    assert_eq!(browser.get("/login").await.status, 503);
    let running = place.start();
    assert_eq!(running.url("postgres"), url);
    assert_eq!(browser.get("/readyz").await.status, 200, "it finds back by itself");
}

#[actix_web::test]
async fn every_request_has_a_line_with_id_route_status_and_time_and_no_more() {
    let host = Host::new();
    host.sets_up();
    let server = host.serves();
    let browser = Browser::new(&server.url);

    let answer = browser.get("/login?next=%2Fsecret-place").await;
    browser.get("/orgs/acme/projects/secret-project/rename").await;

    let id = answer.header("x-request-id");
    eventually("both lines are there", || requests(&server).len() == 2);
    let lines = requests(&server);
    assert_eq!(lines[0]["id"], id);
    assert_eq!(
        (lines[0]["method"].as_str(), lines[0]["route"].as_str()),
        (Some("GET"), Some("/login"))
    );
    assert_eq!(lines[0]["status"], 200);
    assert!(lines[0]["ms"].is_u64());
    assert_eq!(lines[1]["route"], "/orgs/{slug}/projects/{project}/rename");
    assert!(!server.log().join("\n").contains("secret-"), "{:#?}", server.log());
}

#[test]
fn the_setup_code_is_told_until_there_is_a_user() {
    let host = Host::new();
    let told = |server: &Server| server.log().iter().any(|line| line.contains("setup code"));
    let server = host.serves();
    eventually("the code is told", || told(&server));
    drop(server);
    host.sets_up();

    let server = host.serves();

    assert!(!told(&server), "{:#?}", server.log());
}

fn requests(server: &Server) -> Vec<serde_json::Value> {
    server.events().into_iter().filter(|event| event["message"] == "request").collect()
}

fn address(server: &Server) -> &str {
    server.url.strip_prefix("http://").unwrap()
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(address(server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn read_some(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 4096];
    let read = stream.read(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[actix_web::test]
async fn a_service_account_is_given_a_token_on_the_command_line() {
    let host = Host::new();
    host.sets_up();
    let server = host.serves();
    let pat = host.jeton("token issue --kind pat --user ada@example.org --name x").ends().out;
    let wish = json!({"name": "Deployer", "access_config": {"all_projects": true}});
    let api = Api::new(&server.url, Some(pat.trim()));
    api.post("/api/v2/organization/service-accounts/", &wish).await.is(201);

    let whose = "--organization acme --service-account Deployer";
    let issued = host.jeton(&format!("token issue --kind sat {whose} --name cluster")).ends();

    let token = issued.out.trim();
    assert!(issued.code == 0 && token.starts_with("jtn_sat_"), "{}", issued.err);
    Api::new(&server.url, Some(token)).get("/api/v2/token/").await.is(200);
    assert!(host.jeton(&format!("token list {whose}")).ends().out.contains("cluster"));
    let said = host.jeton("token verify").reads(token).ends().out;
    assert!(said.contains("Acts as the service account Deployer"), "{said}");
}
