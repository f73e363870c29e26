//! One process owns the cluster. The kernel drops the lock with its holder, however that one
//! ends; the pid written in the file is only for people.
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::home::Home;
use super::{Error, Result, folder};

#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, never read")] File);

impl Lock {
    /// `None` while another process holds it.
    fn take(home: &Home) -> Result<Option<Self>> {
        let path = home.lock();
        let mut file = folder::file(OpenOptions::new().write(true), &path)
            .map_err(|error| of_another_user(error, home))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(cause)) => return Err(Error::io("lock", &path)(cause)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(Error::io("write", &path))?;
        Ok(Some(Self(file)))
    }

    /// Tries for as long as `patience` lasts, and in between asks whether there is
    /// something to do with a cluster that is in use.
    pub fn wait<T>(
        home: &Home,
        patience: Duration,
        instead: impl Fn() -> Option<T>,
    ) -> Result<Result<Self, T>> {
        let start = Instant::now();
        loop {
            if let Some(lock) = Self::take(home)? {
                return Ok(Ok(lock));
            }
            if let Some(found) = instead() {
                return Ok(Err(found));
            }
            if start.elapsed() > patience {
                let pid = Self::holder(home);
                return Err(Error::InUse { folder: home.folder().to_owned(), pid });
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// Whether another process holds it, for whoever only looks.
    pub fn is_held(home: &Home) -> Result<bool> {
        let path = home.lock();
        let file = File::open(&path).map_err(Error::io("open", &path))?;
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(cause)) => Err(Error::io("lock", &path)(cause)),
        }
    }

    /// The process that says it holds the lock. Means nothing unless the lock is held.
    pub fn holder(home: &Home) -> Option<u32> {
        fs::read_to_string(home.lock()).ok()?.trim().parse().ok()
    }
}

/// Being refused here is how a second user first meets the cluster of another.
fn of_another_user(error: Error, home: &Home) -> Error {
    match (&error, fs::metadata(home.folder())) {
        (Error::Io { cause, .. }, Ok(meta)) if cause.kind() == ErrorKind::PermissionDenied => {
            Error::Foreign { path: home.folder().to_owned(), owner: meta.uid() }
        }
        _ => error,
    }
}
