//! A machine for one test: a data directory, and the real program run on it.
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub const SETTINGS: [&str; 11] = [
    "JETON_LISTEN",
    "JETON_PUBLIC_URL",
    "JETON_TRUSTED_PROXIES",
    "JETON_SECRET_KEY",
    "JETON_PREVIOUS_SECRET_KEY",
    "JETON_POSTGRES_BIN",
    "JETON_LOG",
    "DATABASE_URL",
    "JETON_SMTP_URL",
    "JETON_MAIL_FROM",
    "JETON_WEBHOOK_ALLOW",
];

pub struct Host {
    dir: PathBuf,
}

impl Host {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let unique =
            format!("jeton-host-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { dir: std::env::temp_dir().join(unique) }
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn key_file(&self) -> PathBuf {
        self.data().join("secret.key")
    }

    /// A call of the program; its arguments are the words of `line`.
    pub fn jeton(&self, line: &str) -> Call {
        self.call(Command::new(program()), line)
    }

    /// The same by way of another program, which runs it.
    pub fn jeton_by(&self, way: &[&str], line: &str) -> Call {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).arg(program());
        self.call(command, line)
    }

    fn call(&self, mut command: Command, line: &str) -> Call {
        for name in SETTINGS.into_iter().chain(["SSL_CERT_FILE", "SSL_CERT_DIR"]) {
            command.env_remove(name);
        }
        command.args(line.split_whitespace()).env("JETON_DATA_DIR", self.data());
        Call { command, input: String::new() }
    }

    /// The first admin, `ada@example.org`, and the organization `acme`.
    pub fn sets_up(&self) {
        let line = "setup --email ada@example.org --name Ada --organization acme --password-stdin";
        let ended = self.jeton(line).reads(crate::support::PASSWORD).ends();
        assert_eq!(ended.code, 0, "{}", ended.err);
    }

    /// A personal access token with all that Ada may do.
    pub fn issues(&self, name: &str) -> String {
        let line = format!("token issue --kind pat --user ada@example.org --name {name}");
        let ended = self.jeton(&line).ends();
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        ended.out
    }

    pub fn serves(&self) -> Server {
        self.jeton("serve").starts()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let start = Instant::now();
        // A postgres whose parent was killed still cleans up behind it.
        while fs::remove_dir_all(&self.dir).is_err() && start.elapsed() < Duration::from_secs(10) {
            sleep(Duration::from_millis(50));
        }
    }
}

/// Another executable than the one just built can be named: the released one, say.
pub fn program() -> PathBuf {
    let named = std::env::var_os("JETON_TEST_PROGRAM").map(PathBuf::from);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_jeton").into())
}

pub struct Call {
    pub command: Command,
    input: String,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Call {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// What stands on its standard input.
    pub fn reads(mut self, input: &str) -> Self {
        self.input = format!("{input}\n");
        self
    }

    pub fn ends(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        // Whoever does not read it may be gone already.
        let _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Ended { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Starts a server on a free port; returns when it serves.
    pub fn starts(mut self) -> Server {
        self.command.env("JETON_LISTEN", "127.0.0.1:0");
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, seen) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| seen.lock().unwrap().push(line));
        });
        let mut server = Server { child, url: String::new(), log };
        let start = Instant::now();
        while server.url.is_empty() {
            assert!(start.elapsed() < Duration::from_secs(30), "{:#?}", server.log());
            sleep(Duration::from_millis(20));
            let address = server.events().into_iter().find_map(|event| {
                let here = event["message"].as_str()?.ends_with("is here");
                here.then(|| event["address"].as_str().unwrap().to_owned())
            });
            server.url = address.unwrap_or_default();
        }
        server
    }
}

pub struct Server {
    child: Child,
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The log, line by line.
    pub fn events(&self) -> Vec<Value> {
        self.log().iter().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.id().cast_signed()).unwrap(), signal).unwrap();
    }

    /// Its exit code, and how long it took; it has twenty seconds.
    pub fn ends(&mut self) -> (Option<i32>, Duration) {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), start.elapsed());
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it does not end");
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
