//! Starts PostgreSQL's programs by way of the hidden subcommand.
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::child::CHILD_COMMAND;
use super::home::Home;
use super::identity::Identity;
use super::programs::Programs;
use super::{Error, Result};

#[derive(Debug)]
pub struct Launcher {
    exe: PathBuf,
    pub identity: Identity,
}

impl Launcher {
    /// Takes the first identity that can really run postgres in our folder.
    pub fn find(exe: &Path, home: &Home, programs: &Programs) -> Result<Self> {
        let candidates = Identity::candidates(home)?;
        let mut tried = Vec::new();
        for &identity in &candidates {
            let launcher = Self { exe: exe.to_owned(), identity };
            match launcher.try_out(&programs.postgres(), home.folder()) {
                Ok(()) => return Ok(launcher),
                Err(cause) => tried.push(format!("{identity}: {cause}")),
            }
        }
        let user = candidates.first().map_or(0, |identity| identity.owner().uid);
        let path = home.folder().to_owned();
        Err(Error::Untraversable { path, user, tried: tried.join("; ") })
    }

    /// A command for `program`, to be given its arguments. It inherits nothing: not the
    /// environment, not the terminal's Ctrl-C, not the working directory.
    ///
    /// It ends with the *thread* that spawns it.
    pub fn command(&self, program: &Path, dir: &Path) -> Command {
        self.command_as(self.identity, program, dir)
    }

    pub fn command_as(&self, identity: Identity, program: &Path, dir: &Path) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(&self.exe);
        command
            .arg(CHILD_COMMAND)
            .arg(std::process::id().to_string())
            .arg(identity.to_string())
            .args([dir, program])
            .env_clear()
            .envs([("LC_ALL", "C"), ("PATH", "/usr/local/bin:/usr/bin:/bin")])
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        command
    }

    fn try_out(&self, postgres: &Path, dir: &Path) -> Result<(), String> {
        let output = self.command(postgres, dir).arg("--version").output();
        let output = output.map_err(|cause| format!("{}: {cause}", self.exe.display()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
