//! A mail server that really speaks SMTP, and keeps what it is given.
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jeton::config::Mail;
use serde_json::Value;

/// With what `scripts/clients` installed.
pub const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/clients/bin/python");

pub struct MailServer {
    pub port: u16,
    process: Child,
    orders: ChildStdin,
    said: Receiver<Value>,
}

impl MailServer {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// USER PASSWORD [CERTIFICATE KEY [wrapped]].
    pub fn with(arguments: &[&str]) -> Self {
        let script = format!("{}/tests/clients/mail_server.py", env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(PYTHON);
        command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("scripts/clients installs it");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        let (tell, said) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { port, orders: process.stdin.take().unwrap(), process, said }
    }

    /// How a console sends through it.
    pub fn config(&self) -> Mail {
        sent_through(&format!("smtp://127.0.0.1:{}", self.port))
    }

    /// `refuse`, `echo`, `accept`.
    pub fn is_to(&mut self, mode: &str) {
        writeln!(self.orders, "{mode}").unwrap();
        assert_eq!(self.next()["mode"], mode);
    }

    /// The next message that came, or comes.
    #[track_caller]
    pub fn next(&self) -> Value {
        self.said.recv_timeout(Duration::from_secs(20)).expect("a mail comes")
    }

    /// All that came so far, once whatever is being sent must have come.
    pub fn all(&self) -> Vec<Value> {
        std::thread::sleep(Duration::from_millis(300));
        self.said.try_iter().collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn sent_through(url: &str) -> Mail {
    Mail { url: url.into(), from: "Jeton <jeton@example.org>".parse().unwrap() }
}
