//! Clears away what an earlier run left: a postgres that still runs, a stale pid file, a socket.
//!
//! Only for the holder of the lock. Postgres itself guards against live backends of a dead
//! postmaster.
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::pidfile::PidFile;
use super::{Error, Result, socket};

/// How long a postgres gets for each way of being asked to end. It is never killed: that risks
/// nothing but time.
const REQUESTS: [(Signal, Duration); 2] =
    [(Signal::INT, Duration::from_secs(20)), (Signal::QUIT, Duration::from_secs(10))];

pub fn reclaim(cluster: &Path, socket_dir: &Path) -> Result<()> {
    if let Some(left) = PidFile::read(cluster).filter(|left| runs_in(left.pid, cluster)) {
        tracing::warn!(pid = left.pid, "ending a postgres of an earlier run");
        end(left.pid, cluster)?;
    }
    let socket = socket::file_in(socket_dir);
    let lock = socket.with_added_extension("lock");
    for path in [PidFile::path(cluster), lock, socket] {
        match fs::remove_file(&path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", &path)(cause));
            }
            _ => {}
        }
    }
    Ok(())
}

fn end(pid: u32, cluster: &Path) -> Result<()> {
    let target = i32::try_from(pid).ok().and_then(Pid::from_raw);
    for (signal, patience) in REQUESTS {
        if let Some(target) = target {
            // It may have ended just now; the loop sees that.
            let _ = kill_process(target, signal);
        }
        let start = Instant::now();
        while start.elapsed() < patience {
            if !runs_in(pid, cluster) {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
    }
    Err(Error::Leftover { pid })
}

/// Whether that process is a living postgres of this cluster: not one that only waits to be
/// reaped, not a thread, and not a stranger that was given the number anew.
fn runs_in(pid: u32, cluster: &Path) -> bool {
    let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return false };
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)).map_or("", |value| value.trim())
    };
    let inode = |path: &Path| fs::metadata(path).map(|meta| (meta.dev(), meta.ino())).ok();
    let works_in = inode(Path::new(&format!("/proc/{pid}/cwd")));
    !field("State:").starts_with(['Z', 'X'])
        && field("Tgid:") == pid.to_string()
        && field("Name:").starts_with("postgres")
        && works_in.is_some()
        && works_in == inode(cluster)
}
