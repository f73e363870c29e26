//! What is there, for whoever looks for a fault: looked at, and nothing made, unpacked or started.
use std::path::Path;

use super::cluster::major;
use super::home::Home;
use super::lock::Lock;
use super::programs::Programs;
use super::{Options, Result};

#[derive(Debug)]
pub struct Survey {
    /// The major version that made the cluster, if there is one.
    pub cluster: Option<u32>,
    /// What would run it, in words.
    pub programs: String,
    /// Whether a process has it in use, and which one.
    pub in_use: bool,
    pub holder: Option<u32>,
}

/// # Errors
/// When there is a cluster that is not whole, or nothing that could run one.
pub fn survey(options: &Options) -> Result<Survey> {
    let data_dir = options.data_dir.canonicalize();
    let home = Home::of(data_dir.as_deref().unwrap_or(&options.data_dir));
    let cluster = major(&home.cluster())?;
    let in_use = is_there(&home.lock()) && Lock::is_held(&home)?;
    let holder = Lock::holder(&home).filter(|_| in_use);
    Ok(Survey { cluster, programs: programs(options, &home, cluster)?, in_use, holder })
}

fn programs(options: &Options, home: &Home, cluster: Option<u32>) -> Result<String> {
    if let (None, Some(bundle)) = (&options.bin_dir, &options.bundle)
        && cluster.is_none_or(|major| major == bundle.major)
    {
        return Ok(format!(
            "PostgreSQL {}.{}, from inside the executable",
            bundle.major, bundle.minor
        ));
    }
    let found = Programs::find(options, home, cluster)?;
    Ok(format!("PostgreSQL {}.{} in {}", found.major, found.minor, found.bin.display()))
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
