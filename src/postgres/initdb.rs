//! Makes a cluster. It gets its name only when it is whole, so a half-made one is never taken for
//! one.
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use super::cluster::Cluster;
use super::identity::{Identity, nobody};
use super::socket::SUPERUSER;
use super::{Error, Result, folder};

const ARGUMENTS: &[&str] =
    &["--encoding=UTF8", "--data-checksums", "--auth-local=trust", "--auth-host=reject"];

pub fn make(cluster: &Cluster) -> Result<()> {
    let (new, whole) = (cluster.home.unfinished_cluster(), cluster.home.cluster());
    tracing::info!(path = %whole.display(), "making a new PostgreSQL cluster");
    let mut identity = cluster.launcher.identity;
    let (mut locale, mut plainer) = locales(cluster.programs.major);
    while let Err(said) = attempt(cluster, identity, locale, &new)? {
        if identity == Identity::Same && said.contains("effective user ID") {
            identity = Identity::Namespace(nobody());
            continue;
        }
        let next = plainer.take().filter(|_| said.contains("locale"));
        locale = next.ok_or(Error::Initdb { said })?;
    }
    fs::rename(&new, &whole).map_err(Error::io("rename", &new))?;
    let folder = cluster.home.folder();
    File::open(folder).and_then(|dir| dir.sync_all()).map_err(Error::io("sync", folder))
}

/// The inner error is what initdb said.
fn attempt(
    cluster: &Cluster,
    identity: Identity,
    locale: &[&str],
    new: &Path,
) -> Result<Result<(), String>> {
    folder::claim(new, cluster.launcher.identity.owner())?;
    let program = cluster.programs.initdb();
    let output = cluster
        .launcher
        .command_as(identity, &program, cluster.home.folder())
        .arg("-D")
        .arg(new)
        .arg("-U")
        .arg(SUPERUSER)
        .args(ARGUMENTS)
        .args(sync(cluster.programs.major))
        .args(locale)
        .stdout(Stdio::null())
        .output()
        .map_err(Error::io("run", &program))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// One call for a thousand files, where initdb knows it: seconds less on a slow disk.
fn sync(major: u32) -> &'static [&'static str] {
    if major >= 17 { &["--sync-method=syncfs"] } else { &[] }
}

type Locale = &'static [&'static str];

/// With it, letters of every script have a case, and the order is by code point, whatever the
/// system's libraries say. The second one is for a system that does not have the first.
fn locales(major: u32) -> (Locale, Option<Locale>) {
    if major >= 17 {
        return (&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"], None);
    }
    (&["--locale=C.UTF-8"], Some(&["--locale=C"]))
}
