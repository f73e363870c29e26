//! Programs that came inside the executable: unpacked beside the data, whole or not at all.
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs, syncfs};
use ruzstd::decoding::StreamingDecoder;
use tar::{Archive, EntryType};

use super::home::Home;
use super::programs::Programs;
use super::{Error, Result};

/// PostgreSQL in one file: a tar of `bin`, `lib` and `share`, compressed with zstd.
#[derive(Debug, Clone, Copy)]
pub struct Bundle {
    /// Of PostgreSQL.
    pub major: u32,
    pub minor: u32,
    /// Of the archive. It names the folder, so another archive never meets the files of this one.
    pub hash: &'static str,
    pub archive: &'static [u8],
}

impl Bundle {
    /// Unpacks them where they are not unpacked yet. Several processes may do so at once.
    pub(super) fn programs(&self, home: &Home) -> Result<Programs> {
        let folder = self.folder(home);
        let programs = Programs { major: self.major, minor: self.minor, bin: folder.join("bin") };
        if !programs.are_there() {
            self.unpack(home, &programs, &folder)?;
        }
        refuse_noexec(&folder)?;
        Ok(programs)
    }

    pub(super) fn folder(&self, home: &Home) -> PathBuf {
        home.runtime().join(format!("{}.{}-{}", self.major, self.minor, self.hash))
    }

    fn unpack(&self, home: &Home, programs: &Programs, folder: &Path) -> Result<()> {
        tracing::info!(path = %folder.display(), "unpacking PostgreSQL {}.{}", self.major, self.minor);
        home.make_runtime()?;
        let new = home.unfinished_runtime();
        remove(&new)?;
        let unpacked = extract(self.archive, &new, home.runtime())
            .map_err(|cause| Error::io("unpack PostgreSQL into", &new)(innermost(cause)))
            .and_then(|()| put(&new, programs, folder));
        if unpacked.is_err() {
            // In nobody's way, and the next start clears it away.
            let _ = fs::remove_dir_all(&new);
        }
        unpacked
    }
}

/// What is unpacked belongs to whom `like` belongs to.
fn extract(archive: &[u8], new: &Path, like: &Path) -> io::Result<()> {
    let (owner, ours) = (fs::metadata(like)?, rustix::process::geteuid().as_raw());
    let decoder = StreamingDecoder::new(archive).map_err(io::Error::other)?;
    fs::create_dir(new)?;
    fs::set_permissions(new, fs::Permissions::from_mode(0o755))?;
    let mut archive = Archive::new(decoder);
    archive.set_preserve_mtime(false);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let plain =
            matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Directory);
        let path = new.join(entry.path()?);
        if !plain || !entry.unpack_in(new)? {
            return Err(io::Error::other("the archive holds what is neither file nor folder"));
        }
        if owner.uid() != ours {
            lchown(&path, Some(owner.uid()), Some(owner.gid()))?;
        }
    }
    if owner.uid() != ours {
        lchown(new, Some(owner.uid()), Some(owner.gid()))?;
    }
    // One call for hundreds of files: each one's own sync would wait for the disk each time.
    Ok(syncfs(File::open(new)?)?)
}

/// What the system said; what is around it only repeats the path.
fn innermost(error: io::Error) -> io::Error {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let system = cause.downcast_ref().and_then(io::Error::raw_os_error);
    system.map_or(error, io::Error::from_raw_os_error)
}

/// Gives it its name, unless another process was first.
fn put(new: &Path, programs: &Programs, folder: &Path) -> Result<()> {
    if fs::rename(new, folder).is_err() {
        if programs.are_there() {
            return remove(new);
        }
        // Someone has removed a part of what was there.
        remove(folder)?;
        fs::rename(new, folder).map_err(Error::io("rename", new))?;
    }
    let around = folder.parent().unwrap_or(folder);
    File::open(around).and_then(|dir| dir.sync_all()).map_err(Error::io("sync", around))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", folder)(cause))
        }
        _ => Ok(()),
    }
}

fn refuse_noexec(folder: &Path) -> Result<()> {
    let mount = statvfs(folder).map_err(|cause| Error::io("look at", folder)(cause.into()))?;
    if mount.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err(Error::NoExec { folder: folder.to_owned() });
    }
    Ok(())
}
