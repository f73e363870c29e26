//! What postgres says, in a file of bounded size. Postgres writes the file itself, so its last
//! words are kept even when we are killed; we only cut it.
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use super::{Error, Result, folder};

const LIMIT: u64 = 4 * 1024 * 1024;
const TAIL: u64 = 2048;

#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    /// Where the words of the present postgres begin.
    start: u64,
}

impl Log {
    pub fn new(path: PathBuf) -> Self {
        Self { path, start: 0 }
    }

    /// A handle for a new postgres to write to.
    pub fn begin(&mut self) -> Result<File> {
        self.trim()?;
        let file = folder::file(OpenOptions::new().append(true), &self.path)?;
        self.start = file.metadata().map_err(Error::io("look at", &self.path))?.len();
        Ok(file)
    }

    /// Moves what was said into `log.old` when it is too much. Postgres writes on at the new end:
    /// it appends.
    pub fn trim(&mut self) -> Result<()> {
        let path = &self.path;
        if fs::metadata(path).map_or(0, |file| file.len()) <= LIMIT {
            return Ok(());
        }
        let old = path.with_extension("old");
        let mut from = folder::file(OpenOptions::new().read(true).write(true), path)?;
        let mut to = folder::file(OpenOptions::new().write(true).truncate(true), &old)?;
        let skip = from.metadata().map_err(Error::io("look at", path))?.len().saturating_sub(LIMIT);
        from.seek(SeekFrom::Start(skip))
            .and_then(|_| std::io::copy(&mut from, &mut to))
            .map_err(Error::io("copy", path))?;
        from.set_len(0).map_err(Error::io("cut", path))?;
        self.start = 0;
        Ok(())
    }

    /// The last words of the present postgres, for an error message.
    pub fn tail(&self) -> String {
        let read = || -> std::io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(self.start.max(length.saturating_sub(TAIL))))?;
            let mut tail = Vec::new();
            file.take(TAIL).read_to_end(&mut tail)?;
            Ok(tail)
        };
        match read() {
            Ok(tail) => String::from_utf8_lossy(&tail).trim().to_owned(),
            Err(cause) => format!("(its log cannot be read: {cause})"),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.path.clone()
    }
}
