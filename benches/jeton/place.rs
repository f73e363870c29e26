//! A private PostgreSQL for the run, with everything that it keeps.
use std::path::PathBuf;
use std::process::Command;

use jeton::db;
use jeton::postgres::{self, Running};

pub struct Place {
    dir: PathBuf,
    running: Running,
}

impl Place {
    pub fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("jeton-bench-{}", std::process::id()));
        let options = postgres::Options {
            data_dir: dir.clone(),
            bin_dir: None,
            bundle: None,
            launcher: env!("CARGO_BIN_EXE_jeton").into(),
        };
        Self { dir, running: postgres::take(&options).unwrap().start().unwrap() }
    }

    /// The address of a new, migrated database.
    pub fn database(&self, name: &str) -> String {
        db::create_database(&self.running.url("postgres").into(), name).unwrap();
        let url = self.running.url(name);
        db::migrate(&url.clone().into()).unwrap();
        url
    }

    /// Makes the tables of `pgbench`: a million accounts.
    pub fn fill_for_pgbench(url: &str) {
        run_pgbench(url, &["-i", "-s", "10", "-q"]);
    }

    /// Transactions a second of `pgbench` with these arguments.
    pub fn pgbench(url: &str, arguments: &[&str]) -> f64 {
        let said = run_pgbench(url, arguments);
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split(' ').next()).and_then(|tps| tps.parse().ok());
        tps.unwrap_or_else(|| panic!("pgbench: {said}"))
    }

    pub fn close(self) {
        self.running.stop().unwrap();
        std::fs::remove_dir_all(self.dir).unwrap();
    }
}

fn run_pgbench(url: &str, arguments: &[&str]) -> String {
    let ran = Command::new("pgbench").args(arguments).arg(url).output().unwrap();
    assert!(ran.status.success(), "pgbench: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}
