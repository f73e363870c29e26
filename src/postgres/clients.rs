//! The programs by which people reach a database: `psql` and `pg_dump`.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use rustix::process::geteuid;

use super::cluster::major;
use super::home::Home;
use super::programs::{Programs, client_places, version_in};
use super::{Error, Options, Result};

#[derive(Debug)]
pub struct Clients {
    bin: PathBuf,
}

impl Clients {
    /// Those that fit the private cluster.
    pub fn of_the_cluster(options: &Options) -> Result<Self> {
        let home = Home::make(&options.data_dir)?;
        let programs = Programs::find(options, &home, major(&home.cluster())?)?;
        Ok(Self { bin: programs.bin })
    }

    /// For a server elsewhere: the newest of this machine. Those of a bundle know no TLS, so they
    /// come last, and not where TLS is asked for.
    pub fn for_another(options: &Options, tls: bool) -> Result<Self> {
        if let Some(dir) = &options.bin_dir {
            return Ok(Self { bin: dir.clone() });
        }
        let installed =
            client_places().into_iter().filter_map(|dir| Some((version_in(&dir)?, dir)));
        if let Some((_, bin)) = installed.max() {
            return Ok(Self { bin });
        }
        match &options.bundle {
            Some(bundle) if !tls => {
                let home = Home::make(&options.data_dir)?;
                Ok(Self { bin: bundle.programs(&home)?.bin })
            }
            _ => Err(Error::NoClients),
        }
    }

    /// Never as root what another user could have changed.
    pub fn command(&self, name: &'static str) -> Result<Command> {
        let program = self.bin.join(name);
        let owner = fs::metadata(&program).map_err(Error::io("find", &program))?;
        let mut command = Command::new(program);
        if geteuid().is_root() && owner.uid() != 0 {
            command.uid(owner.uid()).gid(owner.gid());
        }
        Ok(command)
    }
}
