//! What is asked for at a terminal: a real one, of the kernel's making.
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Child, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::host::Host;
use crate::postgres::support::eventually;
use crate::support::PASSWORD;

struct Terminal {
    person: File,
    program: Child,
    seen: String,
}

impl Terminal {
    fn of(host: &Host, line: &str) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let path = ptsname(&person, Vec::new()).unwrap();
        let screen =
            OpenOptions::new().read(true).write(true).open(path.to_str().unwrap()).unwrap();
        let mut call = host.jeton_by(&["setsid", "--ctty", "--wait"], line);
        let (output, errors) = (screen.try_clone().unwrap(), screen.try_clone().unwrap());
        let command = call.command.stdin(screen).stdout(output).stderr(errors);
        let program = command.spawn().unwrap();
        // What the command still holds would keep the terminal open after the program's end.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { person: person.into(), program, seen: String::new() }
    }

    fn shows(&mut self, text: &str) {
        while !self.seen.contains(text) {
            assert!(self.read(), "never shown: {text}; but {}", self.seen);
        }
        let at = self.seen.find(text).unwrap() + text.len();
        self.seen.drain(..at);
    }

    /// A question whose answer is not to be shown: nobody types before it is hidden.
    fn asks(&mut self, question: &str) {
        self.shows(question);
        let shown = || tcgetattr(&self.person).unwrap().local_modes.contains(LocalModes::ECHO);
        eventually("it hides what is typed", || !shown());
    }

    fn types(&mut self, line: &str) {
        writeln!(self.person, "{line}").unwrap();
    }

    /// All that is still shown, and the exit code.
    fn ends(mut self) -> (String, Option<i32>) {
        while self.read() {}
        (self.seen, self.program.wait().unwrap().code())
    }

    /// A terminal that its last program has left reads as an error.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 1024];
        let read = self.person.read(&mut bytes).unwrap_or(0);
        self.seen += &String::from_utf8_lossy(&bytes[..read]);
        read > 0
    }
}

const SETUP: &str = "setup --email ada@example.org --name Ada --organization acme";

#[test]
fn a_password_is_asked_for_twice_and_not_shown() {
    let host = Host::new();
    let mut terminal = Terminal::of(&host, SETUP);
    terminal.asks("Password: ");
    terminal.types(PASSWORD);
    terminal.asks("The same again: ");
    terminal.types(PASSWORD);

    let (seen, code) = terminal.ends();

    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("ada@example.org is an admin"), "{seen}");
    assert!(!seen.contains(PASSWORD), "{seen}");
}

#[test]
fn two_different_passwords_set_nothing() {
    let host = Host::new();
    let mut terminal = Terminal::of(&host, SETUP);
    terminal.asks("Password: ");
    terminal.types(PASSWORD);
    terminal.asks("The same again: ");
    terminal.types("something else entirely");

    let (seen, code) = terminal.ends();

    assert_eq!(code, Some(1), "{seen}");
    assert!(seen.contains("two different passwords"), "{seen}");
    assert!(!host.data().exists());
}

#[test]
fn a_token_is_asked_for_unseen() {
    let host = Host::new();
    host.sets_up();
    let token = host.issues("laptop");
    let mut terminal = Terminal::of(&host, "token verify");
    terminal.asks("Token: ");
    terminal.types(token.trim());

    let (seen, code) = terminal.ends();

    assert_eq!(code, Some(0), "{seen}");
    assert!(!seen.contains(token.trim()), "{seen}");
}

#[test]
fn a_ctrl_c_stops_the_server_in_good_order() {
    let host = Host::new();
    let mut terminal = Terminal::of(&host, "serve --listen 127.0.0.1:0");
    terminal.shows("is here");

    terminal.types("\u{3}");

    let (seen, code) = terminal.ends();
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("stopped"), "{seen}");
    assert!(!seen.contains("ended unexpectedly"), "{seen}");
    assert!(!host.data().join("postgres/pg/postmaster.pid").exists());
}
