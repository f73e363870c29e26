//! The private PostgreSQL, with real processes: a start, a stop, and two who want the same one.
#[cfg(feature = "bundled-postgres")]
mod bundled;
mod deaths;
mod disks;
pub mod mounts;
mod paths;
pub mod support;
mod users;

use std::fs;
use std::thread::spawn;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use jeton::postgres::{self, Error, Opened, Options};
use rustix::process::{Pid, getpgid};

use self::support::{Place, ask, connect, eventually, mode, run};

#[test]
fn what_was_stored_is_there_after_the_next_start() {
    let place = Place::new("next start");
    let running = place.start();
    run(&running.url("postgres"), "CREATE TABLE kept AS SELECT 'yes' AS answer");
    running.stop().unwrap();
    assert!(place.living().is_empty());

    let running = place.start();

    assert_eq!(ask(&running.url("postgres"), "SELECT answer FROM kept"), "yes");
}

#[test]
fn a_new_cluster_is_durable_private_and_knows_letters_of_every_script() {
    let place = Place::new("settings");
    let url = place.start();
    let show =
        |setting: &str| ask(&url.url("postgres"), &format!("SELECT current_setting('{setting}')"));

    for durable in ["fsync", "full_page_writes", "synchronous_commit", "data_checksums"] {
        assert_eq!(show(durable), "on", "{durable}");
    }
    assert_eq!(show("listen_addresses"), "");
    assert_eq!(show("server_encoding"), "UTF8");
    assert_eq!(mode(&place.folder().join("run")), 0o700);
    assert_eq!(ask(&url.url("postgres"), "SELECT lower('ÉÀЖ')"), "éàж");
}

#[test]
fn a_second_opener_attaches_to_the_running_server() {
    let place = Place::new("attach");
    let held = place.hold(&[], None);

    let Opened::Theirs(attached) = postgres::open(&place.options()).unwrap() else {
        panic!("opened a cluster that is in use");
    };

    assert_eq!(attached.holder(), Some(held.process.id()));
    assert_eq!(attached.url("postgres"), held.url);
    assert_eq!(ask(&attached.url("postgres"), "SELECT 'both'"), "both");
}

#[test]
fn a_second_server_is_refused_and_told_by_whom() {
    let place = Place::new("in use");
    let held = place.hold(&[], None);
    let link = place.dir.join("link");
    std::os::unix::fs::symlink(place.data(), &link).unwrap();

    let refused = postgres::take(&Options { data_dir: link, ..place.options() }).unwrap_err();

    let pid = held.process.id();
    assert!(refused.to_string().contains(&format!("in use by process {pid};")), "{refused}");
}

#[test]
fn a_server_that_never_answers_is_not_attached_to() {
    let place = Place::new("no answer");
    let cluster = postgres::take(&place.options()).unwrap();

    let refused = postgres::open(&place.options()).unwrap_err();

    assert!(matches!(refused, Error::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    drop(cluster);
}

#[test]
fn a_lock_file_that_names_a_stranger_locks_nothing() {
    let place = Place::new("stale lock");
    place.start().stop().unwrap();
    fs::write(place.folder().join("lock"), format!("{}\n", std::process::id())).unwrap();

    assert!(matches!(postgres::open(&place.options()).unwrap(), Opened::Ours(_)));
}

#[test]
fn a_stop_does_not_wait_for_a_busy_client() {
    let place = Place::new("busy client");
    let running = place.start();
    let url = running.url("postgres");
    let busy = spawn(move || connect(&url).batch_execute("SELECT pg_sleep(60)"));
    eventually("the client is busy", || {
        let query =
            "SELECT count(*)::text FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'";
        ask(&running.url("postgres"), query) == "1"
    });

    let start = Instant::now();
    running.stop().unwrap();

    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert!(busy.join().unwrap().is_err());
}

#[test]
fn a_ctrl_c_at_the_terminal_does_not_reach_postgres() {
    let place = Place::new("ctrl-c");
    let _running = place.start();

    let postmaster = Pid::from_raw(place.postmaster().cast_signed()).unwrap();

    assert_eq!(getpgid(Some(postmaster)).unwrap(), postmaster);
}

#[test]
fn a_strange_environment_changes_nothing() {
    let place = Place::new("environment");
    let odd =
        [("LANG", "xx_YY.UTF-99"), ("LC_ALL", "xx_YY"), ("PGDATA", "/nowhere"), ("PGPORT", "1")];

    let held = place.hold(&odd, None);

    assert_eq!(ask(&held.url, "SELECT 'fine'"), "fine");
}

#[test]
fn the_log_does_not_grow_for_ever() {
    let place = Place::new("log");
    let running = place.start();
    let log = place.folder().join("log");
    let big = vec![b'x'; 5 << 20];
    fs::OpenOptions::new().append(true).open(&log).unwrap().set_len(0).unwrap();
    fs::write(&log, big).unwrap();

    eventually("the log is cut", || fs::metadata(&log).unwrap().len() < 1 << 20);
    let _ = connect(&running.url("postgres")).batch_execute("SELECT no_such_thing");

    eventually("postgres writes on", || {
        fs::read_to_string(&log).unwrap().contains("no_such_thing")
    });
    assert_eq!(fs::metadata(log.with_extension("old")).unwrap().len(), 4 << 20);
}
