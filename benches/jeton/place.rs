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

    /// Transactions a second of `pgbench` with these arguments.
    pub fn pgbench(url: &str, arguments: &[&str]) -> f64 {
        let ran = Command::new("pgbench").args(arguments).arg(url).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split(' ').next()).and_then(|tps| tps.parse().ok());
        tps.unwrap_or_else(|| panic!("pgbench: {said}{}", String::from_utf8_lossy(&ran.stderr)))
    }

    pub fn close(self) {
        self.running.stop().unwrap();
        std::fs::remove_dir_all(self.dir).unwrap();
    }
}
