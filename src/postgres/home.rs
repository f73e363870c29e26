//! Our folders in the data directory, and the names of what is in them.
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use super::{Error, Result};

const UNFINISHED: &str = "pg.new-";
const UNPACKING: &str = "new-";

#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
    runtime: PathBuf,
}

impl Home {
    /// Makes the data directory and the folder in it where they are absent.
    pub fn make(data_dir: &Path) -> Result<Self> {
        make_dir(data_dir, passable())?;
        let data_dir = fs::canonicalize(data_dir).map_err(Error::io("resolve", data_dir))?;
        let home = Self::of(&data_dir);
        make_dir_like_around(&home.folder, passable())?;
        Ok(home)
    }

    /// Where it is, without making anything.
    pub fn of(data_dir: &Path) -> Self {
        Self { folder: data_dir.join("postgres"), runtime: data_dir.join("runtime") }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub fn cluster(&self) -> PathBuf {
        self.folder.join("pg")
    }

    /// Another one for every process: an initdb whose parent was killed still cleans up behind it.
    pub fn unfinished_cluster(&self) -> PathBuf {
        self.folder.join(format!("{UNFINISHED}{}", std::process::id()))
    }

    /// Clears away what earlier processes did not finish, as far as it goes: it is in nobody's way.
    pub fn sweep(&self) {
        remove_in(&self.folder, |name| name.starts_with(UNFINISHED));
    }

    pub fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Where programs are unpacked, each version in a folder of its own.
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// Anyone who can enter the data directory may run what is there.
    pub fn make_runtime(&self) -> Result<()> {
        make_dir_like_around(&self.runtime, 0o755)
    }

    pub fn unfinished_runtime(&self) -> PathBuf {
        self.runtime.join(format!("{UNPACKING}{}", std::process::id()))
    }

    /// Clears away every version but `kept`, and what a killed process has left half unpacked.
    pub fn sweep_runtime(&self, kept: &Path) {
        let alive = |pid: &str| Path::new("/proc").join(pid).exists();
        remove_in(&self.runtime, |name| match name.strip_prefix(UNPACKING) {
            Some(pid) => !alive(pid),
            None => kept.file_name().is_some_and(|kept| kept != name),
        });
    }
}

fn remove_in(folder: &Path, unwanted: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if unwanted(&entry.file_name().to_string_lossy()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Root lets others pass through, because postgres will be one of them.
fn passable() -> u32 {
    if geteuid().is_root() { 0o711 } else { 0o700 }
}

/// Where root makes it, it becomes that of the owner of the folder around it.
fn make_dir_like_around(path: &Path, mode: u32) -> Result<()> {
    if make_dir(path, mode)? && geteuid().is_root() {
        let around = path.parent().unwrap_or(path);
        let owner = fs::metadata(around).map_err(Error::io("look at", around))?;
        lchown(path, Some(owner.uid()), Some(owner.gid())).map_err(Error::io("hand over", path))?;
    }
    Ok(())
}

/// `true` when it was absent.
fn make_dir(path: &Path, mode: u32) -> Result<bool> {
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
