//! What every kind of death leaves behind, and that the next start does not mind.
use std::fs;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use jeton::postgres::{self, CHILD_COMMAND};
use rustix::process::{Pid, Signal, set_child_subreaper};

use super::support::{Place, ask, eventually, kill, launcher, run};

#[test]
fn a_killed_server_leaves_no_postgres_behind() {
    let place = Place::new("killed server");
    let mut held = place.hold(&[], None);
    assert!(!place.living().is_empty());

    held.kill();

    place.empties();
    assert!(!place.cluster().join("postmaster.pid").exists());
}

#[test]
fn a_kill_of_everything_at_once_loses_nothing_and_delays_nobody() {
    // Whoever ends from now on, and is not waited for, stays as a zombie below this process.
    set_child_subreaper(Some(Pid::INIT)).unwrap();
    let place = Place::new("killed all");
    let mut held = place.hold(&[], None);
    run(&held.url, "CREATE TABLE kept AS SELECT 'yes' AS answer");
    let postmaster = place.postmaster();

    kill(postmaster, Signal::KILL);
    held.kill();
    let start = Instant::now();
    let running = place.start();

    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(ask(&running.url("postgres"), "SELECT answer FROM kept"), "yes");
}

#[test]
fn a_dead_postgres_is_started_once_more_and_then_reported() {
    let place = Place::new("restart");
    let mut running = place.start();
    let (tell, told) = mpsc::channel();
    running.on_death(move |error| tell.send(error.to_string()).unwrap());

    let first = place.postmaster();
    kill(first, Signal::KILL);
    eventually("postgres runs again", || {
        place.pid_file().is_some_and(|pid| pid != first)
            && PgConnection::establish(&running.url("postgres")).is_ok()
    });
    assert!(told.try_recv().is_err());
    sleep(Duration::from_millis(300));
    kill(place.postmaster(), Signal::KILL);

    let said = told.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(said.contains("ended unexpectedly"), "{said}");
    running.stop().unwrap();
}

#[test]
fn an_empty_pid_file_does_not_stop_the_next_start() {
    let place = Place::new("empty pid file");
    place.start().stop().unwrap();
    fs::write(place.cluster().join("postmaster.pid"), "").unwrap();

    place.start().stop().unwrap();
}

#[test]
fn a_pid_file_that_names_a_stranger_does_not_stop_the_next_start() {
    let place = Place::new("reused pid");
    let running = place.start();
    let left = fs::read_to_string(place.cluster().join("postmaster.pid")).unwrap();
    running.stop().unwrap();
    let mut stranger = place.as_owner("sleep").arg("60").spawn().unwrap();
    let (_, rest) = left.split_once('\n').unwrap();
    let forged = format!("{}\n{rest}", stranger.id());
    fs::write(place.cluster().join("postmaster.pid"), forged).unwrap();

    place.start().stop().unwrap();

    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was ended");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[test]
fn a_pid_file_that_names_a_mere_thread_does_not_stop_the_next_start() {
    let place = Place::new("thread id");
    let running = place.start();
    let left = fs::read_to_string(place.cluster().join("postmaster.pid")).unwrap();
    running.stop().unwrap();
    let (tell, told) = mpsc::channel();
    let (done, wait) = mpsc::channel::<()>();
    let thread = spawn(move || {
        tell.send(rustix::thread::gettid().as_raw_pid()).unwrap();
        wait.recv()
    });
    let thread_id = told.recv().unwrap();
    let (_, rest) = left.split_once('\n').unwrap();
    fs::write(place.cluster().join("postmaster.pid"), format!("{thread_id}\n{rest}")).unwrap();

    place.start().stop().unwrap();

    drop(done);
    assert!(thread.join().unwrap().is_err(), "it ran on until it was told");
}

#[test]
fn a_postgres_of_an_earlier_run_is_ended_before_the_next_start() {
    let place = Place::new("leftover");
    let running = place.start();
    let program = fs::read_link(format!("/proc/{}/exe", place.postmaster())).unwrap();
    running.stop().unwrap();
    let run = place.folder().join("run");
    let mut left = place
        .as_owner(program.to_str().unwrap())
        .args(["-c", "listen_addresses=", "-c"])
        .arg(format!("unix_socket_directories=\"{}\"", run.display()))
        .arg("-D")
        .arg(place.cluster())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the other postgres runs", || place.pid_file() == Some(left.id()));

    let running = place.start();

    assert!(left.wait().unwrap().success());
    assert_eq!(ask(&running.url("postgres"), "SELECT 'ours'"), "ours");
}

#[test]
fn a_child_whose_parent_has_ended_starts_nothing() {
    let output = Command::new(launcher())
        .args([CHILD_COMMAND, "1", "same", "/", "/bin/echo", "started"])
        .output()
        .unwrap();

    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the parent has ended"));
}

#[test]
fn postgres_outlives_the_thread_that_asked_for_it() {
    let place = Place::new("short thread");
    let options = place.options();
    let running = spawn(move || postgres::take(&options).unwrap().start().unwrap()).join().unwrap();
    sleep(Duration::from_secs(1));

    assert_eq!(ask(&running.url("postgres"), "SELECT 'alive'"), "alive");
}
