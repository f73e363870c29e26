//! Which programs of PostgreSQL to run. The one place that chooses: an existing cluster takes its
//! own major version, a new one the bundle, else the newest there is.
use std::path::{Path, PathBuf};
use std::process::Command;

use super::home::Home;
use super::{Bundle, Error, Options, Result};

/// The oldest major version that knows every setting of ours.
const OLDEST: u32 = 14;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Programs {
    pub major: u32,
    pub minor: u32,
    pub bin: PathBuf,
}

impl Programs {
    /// `major` is that of the existing cluster, if there is one. A directory that was named is the
    /// only place looked at, and a bundle that fits must be usable: neither is passed over in
    /// silence.
    pub fn find(options: &Options, home: &Home, major: Option<u32>) -> Result<Self> {
        if let Some(dir) = &options.bin_dir {
            let named = Self::at(dir)
                .map_err(|cause| Error::NoProgramsIn { dir: dir.to_owned(), cause })?;
            return choose(vec![named], None, &home.cluster(), major);
        }
        match &options.bundle {
            Some(bundle) if major.is_none_or(|major| major == bundle.major) => {
                bundle.programs(home)
            }
            bundle => choose(Self::installed(), bundle.as_ref(), &home.cluster(), major),
        }
    }

    /// What is in the usual places.
    pub fn installed() -> Vec<Self> {
        usual_places().iter().filter_map(|dir| Self::at(dir).ok()).collect()
    }

    /// Whether they are where they should be.
    pub fn are_there(&self) -> bool {
        self.postgres().exists() && self.initdb().exists()
    }

    pub fn postgres(&self) -> PathBuf {
        self.bin.join("postgres")
    }

    pub fn initdb(&self) -> PathBuf {
        self.bin.join("initdb")
    }

    fn at(dir: &Path) -> Result<Self, String> {
        let resolve = |name: &str| {
            let path = dir.join(name);
            path.canonicalize().map_err(|cause| format!("{}: {cause}", path.display()))
        };
        let (postgres, _) = (resolve("postgres")?, resolve("initdb")?);
        let said = Command::new(&postgres)
            .arg("--version")
            .env_clear()
            .output()
            .map_err(|cause| format!("{} does not run: {cause}", postgres.display()))?;
        let said = String::from_utf8_lossy(&said.stdout);
        let (major, minor) = version(&said)
            .ok_or_else(|| format!("{} does not say its version", postgres.display()))?;
        if major < OLDEST {
            return Err(format!("PostgreSQL {major} is too old, {OLDEST} or newer is needed"));
        }
        // The real place, because a directory of links (in PATH) may hold `postgres` and not what stands beside it.
        let bin = postgres.parent().unwrap_or(dir);
        let bin = if bin.join("initdb").exists() { bin } else { dir };
        Ok(Self { major, minor, bin: bin.to_owned() })
    }
}

/// `bundle` is one that does not fit.
fn choose(
    mut found: Vec<Programs>,
    bundle: Option<&Bundle>,
    cluster: &Path,
    major: Option<u32>,
) -> Result<Programs> {
    found.sort();
    let Some(wanted) = major else { return found.pop().ok_or(Error::NoPrograms) };
    let mut majors: Vec<_> = found.iter().map(|programs| programs.major).collect();
    if let Some(fits) = found.into_iter().rfind(|programs| programs.major == wanted) {
        return Ok(fits);
    }
    majors.extend(bundle.map(|bundle| bundle.major));
    majors.sort_unstable();
    majors.dedup();
    let majors: Vec<_> = majors.iter().map(u32::to_string).collect();
    let found = match majors.as_slice() {
        [] => "none".to_owned(),
        majors => format!("PostgreSQL {}", majors.join(", ")),
    };
    Err(Error::WrongMajor { cluster: cluster.to_owned(), wanted, found })
}

#[expect(clippy::disallowed_methods, reason = "where programs are is no setting of Jeton's")]
fn usual_places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<_> = std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    places.extend(below("/usr/lib/postgresql", ""));
    places.extend(below("/usr", "pgsql-"));
    places
}

/// Where clients may be without a server beside them.
pub fn client_places() -> Vec<PathBuf> {
    let whole = |dir: &PathBuf| ["psql", "pg_dump"].iter().all(|name| dir.join(name).exists());
    usual_places().into_iter().filter(whole).collect()
}

/// Of the clients there.
pub fn version_in(dir: &Path) -> Option<(u32, u32)> {
    let said = Command::new(dir.join("psql")).arg("--version").output().ok()?;
    version(&String::from_utf8_lossy(&said.stdout))
}

fn below(dir: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join("bin"))
        .collect()
}

/// From `postgres (PostgreSQL) 15.18 (Debian ..)`, also `18beta2`.
fn version(said: &str) -> Option<(u32, u32)> {
    let number = said.split_once("(PostgreSQL) ")?.1;
    let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let minor = number.split_once('.').and_then(|(_, rest)| digits(rest)).unwrap_or(0);
    Some((digits(number)?, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(major: u32, minor: u32) -> Programs {
        Programs { major, minor, bin: format!("/opt/pg-{major}.{minor}/bin").into() }
    }

    #[test]
    fn every_spelling_of_a_version_is_read() {
        assert_eq!(
            version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some((15, 18))
        );
        assert_eq!(version("postgres (PostgreSQL) 18beta2\n"), Some((18, 0)));
        assert_eq!(version("something else"), None);
    }

    #[test]
    fn a_new_cluster_takes_the_newest() {
        let found = vec![programs(15, 18), programs(18, 3), programs(18, 1)];
        assert_eq!(choose(found, None, Path::new("pg"), None).unwrap(), programs(18, 3));
    }

    #[test]
    fn an_existing_cluster_takes_its_own_major() {
        let found = vec![programs(15, 18), programs(18, 3)];
        assert_eq!(choose(found, None, Path::new("pg"), Some(15)).unwrap(), programs(15, 18));
    }

    #[test]
    fn a_cluster_of_another_major_is_refused_by_name() {
        let refused = choose(vec![programs(15, 18)], None, Path::new("pg"), Some(14)).unwrap_err();
        assert!(refused.to_string().contains("install PostgreSQL 14"), "{refused}");
    }

    #[test]
    fn a_bundle_that_does_not_fit_is_named_too() {
        let bundle = Bundle { major: 18, minor: 6, hash: "", archive: &[] };
        let refused = choose(vec![programs(15, 18)], Some(&bundle), Path::new("pg"), Some(14));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("only PostgreSQL 15, 18 is here"), "{refused}");
    }

    #[test]
    fn nothing_installed_names_the_ways_out() {
        let refused = choose(Vec::new(), None, Path::new("pg"), None).unwrap_err().to_string();
        assert!(refused.contains("apt-get install postgresql"), "{refused}");
        assert!(refused.contains("DATABASE_URL"), "{refused}");
    }
}
