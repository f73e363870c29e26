//! Folders and files that postgres' user must own: made, handed over and closed to others without
//! following a link.
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

/// Makes `path` a folder that only `owner` can enter, or sees to it that it is one.
///
/// A folder of a third user is refused: it may lie in a place where anyone can make one.
pub fn claim(path: &Path, owner: Owner) -> Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(path) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => {
            return Err(Error::io("make", path)(cause));
        }
        _ => {}
    }
    let folder = open(OpenOptions::new().read(true), OFlags::DIRECTORY, path)?;
    let now = folder.metadata().map_err(Error::io("look at", path))?;
    if now.uid() != owner.uid {
        if now.uid() != geteuid().as_raw() {
            return Err(Error::Foreign { path: path.to_owned(), owner: now.uid() });
        }
        hand_over(&folder, path, owner)?;
    }
    if now.mode() & 0o777 != 0o700 {
        folder
            .set_permissions(Permissions::from_mode(0o700))
            .map_err(Error::io("set the mode of", path))?;
    }
    Ok(())
}

/// A file in our folder, made when absent, readable by its owner alone. Where root makes it in a
/// folder of another user, it becomes that user's, so that the user can start the same cluster
/// next time.
pub fn file(options: &mut OpenOptions, path: &Path) -> Result<File> {
    let file = open(options.create(true).mode(0o600), OFlags::empty(), path)?;
    if geteuid().is_root() {
        let around = path.parent().unwrap_or(path);
        let around = fs::metadata(around).map_err(Error::io("look at", around))?;
        hand_over(&file, path, Owner { uid: around.uid(), gid: around.gid() })?;
    }
    Ok(file)
}

fn open(options: &mut OpenOptions, flags: OFlags, path: &Path) -> Result<File> {
    let flags = (flags | OFlags::NOFOLLOW).bits().cast_signed();
    options.custom_flags(flags).open(path).map_err(Error::io("open", path))
}

fn hand_over(file: &File, path: &Path, owner: Owner) -> Result<()> {
    fchown(file, Some(owner.uid), Some(owner.gid)).map_err(Error::io("hand over", path))
}
