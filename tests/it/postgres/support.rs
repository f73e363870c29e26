//! A place for one test, and a server in a process of its own that a test can kill.
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use jeton::cli::BUNDLE;
use jeton::postgres::{self, Bundle, Options, Running};
use rustix::process::{Pid, Signal, geteuid, kill_process};

const HELD_DIR: &str = "JETON_TEST_HELD_DIR";
const HELD_LAUNCHER: &str = "JETON_TEST_HELD_LAUNCHER";
const HELD_BUNDLE: &str = "JETON_TEST_HELD_BUNDLE";

/// Not a promise: the body of the process that [`Place::hold`] starts.
#[test]
fn holds_a_server_for_its_siblings() {
    let Some(data_dir) = std::env::var_os(HELD_DIR) else { return };
    let launcher = std::env::var_os(HELD_LAUNCHER).unwrap();
    let options = Options {
        data_dir: data_dir.into(),
        bin_dir: None,
        bundle: std::env::var_os(HELD_BUNDLE).and(BUNDLE),
        launcher: launcher.into(),
    };
    let running = postgres::take(&options).unwrap().start().unwrap();
    println!("READY {}", running.url("postgres"));
    std::io::stdin().lines().for_each(drop);
    running.stop().unwrap();
}

/// A data directory of one test, gone with it.
pub struct Place {
    pub dir: PathBuf,
    bundle: Option<Bundle>,
}

impl Place {
    /// For the PostgreSQL of the system.
    pub fn new(name: &str) -> Self {
        Self::with(name, None)
    }

    /// For the one inside the executable.
    pub fn bundled(name: &str) -> Self {
        Self::with(name, BUNDLE)
    }

    /// One of each kind.
    pub fn both(name: &str) -> [Self; 2] {
        [Self::new(name), Self::bundled(name)]
    }

    fn with(name: &str, bundle: Option<Bundle>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let unique =
            format!("jeton-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(unique).join(name);
        fs::create_dir_all(&dir).unwrap();
        Self { dir, bundle }
    }

    pub fn runtime(&self) -> PathBuf {
        self.data().join("runtime")
    }

    /// Where the bundle's programs are.
    pub fn unpacked(&self) -> PathBuf {
        let Bundle { major, minor, hash, .. } = self.bundle.unwrap();
        self.runtime().join(format!("{major}.{minor}-{hash}"))
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn folder(&self) -> PathBuf {
        self.data().join("postgres")
    }

    pub fn cluster(&self) -> PathBuf {
        self.folder().join("pg")
    }

    pub fn options(&self) -> Options {
        Options { data_dir: self.data(), bin_dir: None, bundle: self.bundle, launcher: launcher() }
    }

    pub fn start(&self) -> Running {
        postgres::take(&self.options()).unwrap().start().unwrap()
    }

    /// A server in a process of its own, which can be killed; as `uid` if given.
    pub fn hold(&self, environment: &[(&str, &str)], uid: Option<u32>) -> Held {
        let mut process = self.begin_to_hold(environment, uid);
        let output = BufReader::new(process.stdout.take().unwrap());
        let ready = |line: String| Some(line.split_once("READY ")?.1.to_owned());
        let url = output.lines().map_while(Result::ok).find_map(ready);
        Held { process, url: url.expect("a server that is ready") }
    }

    /// Does not wait until it is ready.
    pub fn begin_to_hold(&self, environment: &[(&str, &str)], uid: Option<u32>) -> Child {
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
        if self.bundle.is_some() {
            command.env(HELD_BUNDLE, "1");
        }
        command.spawn().unwrap()
    }

    /// A program as the user who owns the cluster.
    pub fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let owner = fs::metadata(self.cluster()).unwrap();
        if geteuid().is_root() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command
    }

    pub fn pid_file(&self) -> Option<u32> {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    pub fn postmaster(&self) -> u32 {
        self.pid_file().unwrap()
    }

    pub fn socket_dir(&self) -> PathBuf {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).unwrap();
        text.lines().nth(4).unwrap().into()
    }

    pub fn living(&self) -> Vec<u32> {
        living_in(&self.cluster())
    }

    pub fn empties(&self) {
        eventually("no postgres is left", || self.living().is_empty());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let start = Instant::now();
        while !self.living().is_empty() && start.elapsed() < Duration::from_secs(10) {
            sleep(Duration::from_millis(20));
        }
        // Only a test that failed comes here with anything left.
        for pid in self.living() {
            let _ = kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), Signal::KILL);
        }
        let _ = fs::remove_dir_all(self.dir.parent().unwrap());
    }
}

pub struct Held {
    pub process: Child,
    pub url: String,
}

impl Held {
    pub fn kill(&mut self) {
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

/// Whether a test can do what only root can; where not, it says that it has tested nothing.
pub fn root() -> bool {
    let root = geteuid().is_root();
    if !root {
        eprintln!("NOT TESTED: this needs root");
    }
    root
}

pub fn launcher() -> PathBuf {
    env!("CARGO_BIN_EXE_jeton").into()
}

pub fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

pub fn run(url: &str, statement: &str) {
    connect(url).batch_execute(statement).unwrap();
}

pub fn ask(url: &str, query: &str) -> String {
    let query = format!("SELECT it.answer FROM ({query}) AS it(answer)");
    diesel::sql_query(query).get_result::<Answer>(&mut connect(url)).unwrap().answer
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

/// Every process that works in the cluster and is not a zombie.
pub fn living_in(cluster: &Path) -> Vec<u32> {
    let Ok(cluster) = cluster.canonicalize() else { return Vec::new() };
    let process = |entry: fs::DirEntry| {
        let works_here = fs::read_link(entry.path().join("cwd")).ok()? == cluster;
        works_here.then(|| entry.file_name().to_str()?.parse().ok())?
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(process).collect()
}

pub fn kill(pid: u32, signal: Signal) {
    try_kill(pid, signal).unwrap();
}

/// One that may have ended by itself.
pub fn try_kill(pid: u32, signal: Signal) -> rustix::io::Result<()> {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal)
}

pub fn eventually(what: &str, happens: impl Fn() -> bool) {
    let start = Instant::now();
    while !happens() {
        assert!(start.elapsed() < Duration::from_secs(20), "never: {what}");
        sleep(Duration::from_millis(20));
    }
}
