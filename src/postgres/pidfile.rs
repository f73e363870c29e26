//! `postmaster.pid`: what a running postgres says of itself.
use std::fs;
use std::path::{Path, PathBuf};

pub struct PidFile {
    pub pid: u32,
    pub socket_dir: PathBuf,
    pub ready: bool,
}

impl PidFile {
    pub fn path(cluster: &Path) -> PathBuf {
        cluster.join("postmaster.pid")
    }

    /// `None` when it is absent, empty or torn. While postgres starts, the later lines are still
    /// missing.
    pub fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read(Self::path(cluster)).ok()?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.parse().ok().filter(|&pid| pid > 1)?,
            socket_dir: lines.get(4).copied().unwrap_or_default().into(),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}
