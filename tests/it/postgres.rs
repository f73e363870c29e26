//! The private PostgreSQL, with real processes: what a start, a stop and every kind of death leave behind.
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use jeton::postgres::{self, CHILD_COMMAND, Error, Opened, Options, Running};
use rustix::process::{Pid, Signal, geteuid, getpgid, kill_process, set_child_subreaper};

const HELD_DIR: &str = "JETON_TEST_HELD_DIR";
const HELD_LAUNCHER: &str = "JETON_TEST_HELD_LAUNCHER";

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
fn postgres_outlives_the_thread_that_asked_for_it() {
    let place = Place::new("short thread");
    let options = place.options();
    let running = spawn(move || postgres::take(&options).unwrap().start().unwrap()).join().unwrap();
    sleep(Duration::from_secs(1));

    assert_eq!(ask(&running.url("postgres"), "SELECT 'alive'"), "alive");
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
fn a_path_may_hold_any_character() {
    let place = Place::new("a b%2F?,'\"#é");

    let running = place.start();

    assert_eq!(ask(&running.url("postgres"), "SELECT 'fine'"), "fine");
}

#[test]
fn a_path_may_be_longer_than_a_socket_address() {
    let place = Place::new(&"long".repeat(40));
    let running = place.start();
    assert_eq!(ask(&running.url("postgres"), "SELECT 'fine'"), "fine");

    let Opened::Theirs(attached) = postgres::open(&place.options()).unwrap() else {
        panic!("opened a cluster that is in use");
    };
    assert_eq!(ask(&attached.url("postgres"), "SELECT 'both'"), "both");
    let socket_dir = place.socket_dir();
    assert_eq!(mode(&socket_dir), 0o700);

    running.stop().unwrap();
    assert!(!socket_dir.exists());
}

#[test]
fn a_cluster_open_to_others_is_closed_and_started() {
    let place = Place::new("mode 0755");
    place.start().stop().unwrap();
    fs::set_permissions(place.cluster(), fs::Permissions::from_mode(0o755)).unwrap();

    place.start().stop().unwrap();

    assert_eq!(mode(&place.cluster()), 0o700);
}

#[test]
fn a_half_made_cluster_is_never_taken_for_a_whole_one() {
    let place = Place::new("half made");
    let new = place.folder().join("pg.new");
    fs::create_dir_all(new.join("base")).unwrap();
    fs::write(new.join("PG_VERSION"), "15\n").unwrap();

    let running = place.start();

    assert_eq!(ask(&running.url("postgres"), "SELECT 'whole'"), "whole");
    assert!(!new.exists());
}

#[test]
fn a_cluster_without_its_version_is_left_alone() {
    let place = Place::new("damaged");
    fs::create_dir_all(place.cluster().join("base")).unwrap();

    let refused = postgres::take(&place.options()).unwrap_err();

    assert!(matches!(refused, Error::NotACluster { .. }), "{refused}");
    assert!(place.cluster().join("base").exists());
}

#[test]
fn a_cluster_of_another_version_is_refused_and_left_alone() {
    let place = Place::new("other version");
    place.start().stop().unwrap();
    fs::write(place.cluster().join("PG_VERSION"), "9\n").unwrap();

    let refused = postgres::take(&place.options()).unwrap_err().to_string();

    assert!(refused.contains("was made by PostgreSQL 9, and only PostgreSQL"), "{refused}");
    assert!(refused.contains("JETON_POSTGRES_BIN"), "{refused}");
}

#[test]
fn a_directory_without_programs_is_named() {
    let place = Place::new("no programs");
    let options = Options { bin_dir: Some(place.dir.clone()), ..place.options() };

    let refused = postgres::take(&options).unwrap_err().to_string();

    assert!(refused.contains(place.dir.to_str().unwrap()), "{refused}");
    assert!(refused.contains("JETON_POSTGRES_BIN"), "{refused}");
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
fn root_may_keep_its_data_where_nobody_else_can_enter() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::new("closed");
    fs::set_permissions(&place.dir, fs::Permissions::from_mode(0o700)).unwrap();
    let mut held = place.hold(&[], None);
    assert_eq!(ask(&held.url, "SELECT 'fine'"), "fine");

    held.kill();
    place.empties();
    place.start().stop().unwrap();
}

#[test]
fn a_capability_alone_passes_a_closed_folder() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::new("capability");
    fs::set_permissions(&place.dir, fs::Permissions::from_mode(0o700)).unwrap();
    fs::create_dir(place.data()).unwrap();
    let me = std::process::id().to_string();
    let list = |identity: &str| {
        let mut command = Command::new(launcher());
        command.args([CHILD_COMMAND, &me, identity]).arg(place.data()).args(["/usr/bin/id", "-u"]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };

    assert_eq!(list("user:65534:65534"), "");
    assert_eq!(list("capability:65534:65534"), "65534\n");
}

#[test]
fn an_ordinary_user_has_a_server_and_root_can_take_it_over() {
    if !geteuid().is_root() {
        return;
    }
    for uid in [65534, 12345] {
        let place = Place::new("ordinary user");
        fs::create_dir(place.data()).unwrap();
        chown(place.data(), Some(uid), Some(uid)).unwrap();
        let mut held = place.hold(&[], Some(uid));
        run(&held.url, "CREATE TABLE kept AS SELECT 'yes' AS answer");
        assert!(matches!(postgres::open(&place.options()).unwrap(), Opened::Theirs(_)));
        held.kill();

        let running = place.start();
        assert_eq!(ask(&running.url("postgres"), "SELECT answer FROM kept"), "yes");
        running.stop().unwrap();

        let held = place.hold(&[], Some(uid));
        assert_eq!(ask(&held.url, "SELECT answer FROM kept"), "yes");
    }
}

/// Not a promise: the body of the process that [`Place::hold`] starts.
#[test]
fn holds_a_server_for_its_siblings() {
    let Some(data_dir) = std::env::var_os(HELD_DIR) else { return };
    let launcher = std::env::var_os(HELD_LAUNCHER).unwrap();
    let options = Options { data_dir: data_dir.into(), bin_dir: None, launcher: launcher.into() };
    let running = postgres::take(&options).unwrap().start().unwrap();
    println!("READY {}", running.url("postgres"));
    std::io::stdin().lines().for_each(drop);
    running.stop().unwrap();
}

/// A data directory of one test, gone with it.
struct Place {
    dir: PathBuf,
}

impl Place {
    fn new(name: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let unique =
            format!("jeton-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(unique).join(name);
        fs::create_dir_all(&dir).unwrap();
        Self { dir }
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn folder(&self) -> PathBuf {
        self.data().join("postgres")
    }

    fn cluster(&self) -> PathBuf {
        self.folder().join("pg")
    }

    fn options(&self) -> Options {
        Options { data_dir: self.data(), bin_dir: None, launcher: launcher() }
    }

    fn start(&self) -> Running {
        postgres::take(&self.options()).unwrap().start().unwrap()
    }

    /// A server in a process of its own, which can be killed; as `uid` if given.
    fn hold(&self, environment: &[(&str, &str)], uid: Option<u32>) -> Held {
        let around = self.dir.parent().unwrap();
        let within_reach = |program: PathBuf, name: &str| {
            let copy = around.join(name);
            if !copy.exists() && fs::hard_link(&program, &copy).is_err() {
                fs::copy(&program, &copy).unwrap();
            }
            copy
        };
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut command = Command::new(within_reach(std::env::current_exe().unwrap(), "it"));
        command
            .args([&format!("{module}::holds_a_server_for_its_siblings"), "--exact", "--nocapture"])
            .envs(environment.iter().copied())
            .env(HELD_DIR, self.data())
            .env(HELD_LAUNCHER, within_reach(launcher(), "jeton"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(uid) = uid {
            command.uid(uid).gid(uid);
        }
        let mut process = command.spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let ready = |line: String| Some(line.split_once("READY ")?.1.to_owned());
        let url = output.lines().map_while(Result::ok).find_map(ready);
        Held { process, url: url.expect("a server that is ready") }
    }

    /// A program as the user who owns the cluster.
    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let owner = fs::metadata(self.cluster()).unwrap();
        if geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command
    }

    fn pid_file(&self) -> Option<u32> {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    fn postmaster(&self) -> u32 {
        self.pid_file().unwrap()
    }

    fn socket_dir(&self) -> PathBuf {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).unwrap();
        text.lines().nth(4).unwrap().into()
    }

    /// Every process that works in the cluster and is not a zombie.
    fn living(&self) -> Vec<u32> {
        let Ok(cluster) = self.cluster().canonicalize() else { return Vec::new() };
        let process = |entry: fs::DirEntry| {
            let works_here = fs::read_link(entry.path().join("cwd")).ok()? == cluster;
            works_here.then(|| entry.file_name().to_str()?.parse().ok())?
        };
        fs::read_dir("/proc").unwrap().flatten().filter_map(process).collect()
    }

    fn empties(&self) {
        eventually("no postgres is left", || self.living().is_empty());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let start = Instant::now();
        while !self.living().is_empty() && start.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_dir_all(self.dir.parent().unwrap());
    }
}

struct Held {
    process: Child,
    url: String,
}

impl Held {
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

fn launcher() -> PathBuf {
    env!("CARGO_BIN_EXE_jeton").into()
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

fn run(url: &str, statement: &str) {
    connect(url).batch_execute(statement).unwrap();
}

fn ask(url: &str, query: &str) -> String {
    let query = format!("SELECT it.answer FROM ({query}) AS it(answer)");
    diesel::sql_query(query).get_result::<Answer>(&mut connect(url)).unwrap().answer
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn kill(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

fn eventually(what: &str, happens: impl Fn() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        sleep(Duration::from_millis(20));
    }
}
