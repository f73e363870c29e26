//! A file system with a property that a test needs.
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounted until it is dropped.
pub struct Mount(PathBuf);

impl Mount {
    /// `None` where this machine allows no mounts; it says so.
    pub fn tmpfs(at: &Path, options: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(at);
        let done = mount.output().is_ok_and(|output| output.status.success());
        if !done {
            eprintln!("NOT TESTED: this machine lets nobody mount a file system");
        }
        done.then(|| Self(at.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: what still runs in it is ended by whoever started it.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
