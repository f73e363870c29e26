//! The folder in the data directory, and the names of what is in it.
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::{Error, Result};

const UNFINISHED: &str = "pg.new-";

#[derive(Debug)]
pub struct Home(PathBuf);

impl Home {
    /// Makes the data directory and the folder in it where they are absent.
    pub fn make(data_dir: &Path) -> Result<Self> {
        make_dir(data_dir)?;
        let data_dir = fs::canonicalize(data_dir).map_err(Error::io("resolve", data_dir))?;
        let folder = data_dir.join("postgres");
        if make_dir(&folder)? && geteuid().is_root() {
            let owner = fs::metadata(&data_dir).map_err(Error::io("look at", &data_dir))?;
            lchown(&folder, Some(owner.uid()), Some(owner.gid()))
                .map_err(Error::io("hand over", &folder))?;
        }
        Ok(Self(folder))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    pub fn cluster(&self) -> PathBuf {
        self.0.join("pg")
    }

    /// Another one for every process: an initdb whose parent was killed still cleans up behind it.
    pub fn unfinished_cluster(&self) -> PathBuf {
        self.0.join(format!("{UNFINISHED}{}", std::process::id()))
    }

    /// Clears away what earlier processes did not finish, as far as it goes: it is in nobody's way.
    pub fn sweep(&self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    pub fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub fn log(&self) -> PathBuf {
        self.0.join("log")
    }
}

/// `true` when it was absent. Root lets others pass through, because postgres will be one of
/// them.
fn make_dir(path: &Path) -> Result<bool> {
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(Error::io("make", parent))?;
    }
    match fs::DirBuilder::new().mode(mode).create(path) {
        Ok(()) => {
            fs::set_permissions(path, fs::Permissions::from_mode(mode))
                .map_err(Error::io("set the mode of", path))?;
            Ok(true)
        }
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(cause) => Err(Error::io("make", path)(cause)),
    }
}
