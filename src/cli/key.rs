//! The instance key: from its variable, else from its file, which the first start makes.
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::secret::InstanceKey;

const FILE: &str = "secret.key";

pub fn load(config: &Config) -> anyhow::Result<InstanceKey> {
    if let Some(text) = &config.secret_key {
        return InstanceKey::parse(text)
            .context("JETON_SECRET_KEY is malformed: expected 64 hexadecimal digits");
    }
    let path = path(config);
    match fs::read_to_string(&path) {
        Ok(text) => {
            refuse_open(&path)?;
            InstanceKey::parse(&SecretString::from(text)).with_context(|| {
                format!("{} is malformed: expected 64 hexadecimal digits", path.display())
            })
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => make(&path),
        Err(cause) => Err(cause).with_context(|| format!("could not read {}", path.display())),
    }
}

/// Where it is unless the variable has it.
pub fn path(config: &Config) -> PathBuf {
    config.data_dir.join(FILE)
}

/// Whole or not at all: written beside, then linked under its name unless another start was first.
fn make(path: &Path) -> anyhow::Result<InstanceKey> {
    let said = || format!("could not make {}", path.display());
    let dir = path.parent().context("the data directory has no path")?;
    // Others may pass through, as the private PostgreSQL's user must, but not look around.
    DirBuilder::new().recursive(true).mode(0o711).create(dir).with_context(said)?;
    let key = InstanceKey::generate();
    let draft = dir.join(format!(".{FILE}.{}", std::process::id()));
    // What an earlier start left half-made is in nobody's use: process ids may be few.
    let _ = fs::remove_file(&draft);
    let linked = write(&draft, &key).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match linked {
        Ok(()) => {
            File::open(dir).and_then(|dir| dir.sync_all()).with_context(said)?;
            Ok(key)
        }
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            InstanceKey::parse(&fs::read_to_string(path)?.into()).with_context(said)
        }
        Err(cause) => Err(cause).with_context(said),
    }
}

fn write(draft: &Path, key: &InstanceKey) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    writeln!(file, "{}", key.to_text().expose_secret())?;
    file.sync_all()
}

/// A key that others can read is no secret.
fn refuse_open(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "{} can be read by others (mode {mode:o}); `chmod 600` it, and rotate the key if \
             someone may have read it",
            path.display()
        );
    }
    Ok(())
}
