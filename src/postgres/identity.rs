//! As whom postgres runs. It refuses root, so root must become someone else who can still reach
//! the data directory.
use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::str::FromStr;

use rustix::process::{getegid, geteuid};

use super::folder::Owner;
use super::home::Home;
use super::{Error, Result};

/// Travels to the hidden subcommand as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// Ours: we are an ordinary user.
    Same,
    /// A plain change of user.
    User(Owner),
    /// Still us, under another number inside a user namespace: the files stay ours.
    Namespace(Owner),
    /// A change of user that keeps the right to pass through closed folders.
    Capability(Owner),
}

impl Identity {
    /// Whose the files of the cluster are.
    pub fn owner(self) -> Owner {
        match self {
            Self::User(owner) | Self::Capability(owner) => owner,
            Self::Same | Self::Namespace(_) => {
                Owner { uid: geteuid().as_raw(), gid: getegid().as_raw() }
            }
        }
    }

    /// What may work for this cluster, best first.
    pub fn candidates(home: &Home) -> Result<Vec<Self>> {
        let made_by = owner_of(&home.cluster());
        if !geteuid().is_root() {
            return match made_by {
                Some(owner) if owner.uid != geteuid().as_raw() => {
                    Err(Error::Foreign { path: home.cluster(), owner: owner.uid })
                }
                _ => Ok(vec![Self::Same]),
            };
        }
        let folder = owner_of(home.folder()).filter(|owner| owner.uid != 0);
        Ok(match made_by.or(folder) {
            Some(Owner { uid: 0, .. }) => vec![Self::Namespace(unprivileged())],
            Some(owner) => vec![Self::User(owner), Self::Capability(owner)],
            None => {
                let other = unprivileged();
                vec![Self::User(other), Self::Namespace(other), Self::Capability(other)]
            }
        })
    }
}

/// Follows no link: what lies inside the cluster, postgres could have made point anywhere.
fn owner_of(path: &Path) -> Option<Owner> {
    fs::symlink_metadata(path).ok().map(|meta| Owner { uid: meta.uid(), gid: meta.gid() })
}

fn unprivileged() -> Owner {
    account("postgres").unwrap_or_else(|| {
        tracing::warn!(
            "there is no user postgres; the database runs as nobody, which other daemons may share"
        );
        nobody()
    })
}

pub fn nobody() -> Owner {
    account("nobody").unwrap_or(Owner { uid: 65534, gid: 65534 })
}

fn account(name: &str) -> Option<Owner> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        is_it.then_some(Owner { uid, gid })
    })
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => write!(out, "same"),
            Self::User(Owner { uid, gid }) => write!(out, "user:{uid}:{gid}"),
            Self::Namespace(Owner { uid, gid }) => write!(out, "namespace:{uid}:{gid}"),
            Self::Capability(Owner { uid, gid }) => write!(out, "capability:{uid}:{gid}"),
        }
    }
}

impl FromStr for Identity {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        if text == "same" {
            return Ok(Self::Same);
        }
        let unknown = || anyhow::anyhow!("unknown identity {text}");
        let (way, owner) = text.split_once(':').ok_or_else(unknown)?;
        let (uid, gid) = owner.split_once(':').ok_or_else(unknown)?;
        let owner = Owner { uid: uid.parse()?, gid: gid.parse()? };
        match way {
            "user" => Ok(Self::User(owner)),
            "namespace" => Ok(Self::Namespace(owner)),
            "capability" => Ok(Self::Capability(owner)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_reads_back_what_it_writes() {
        let owner = Owner { uid: 101, gid: 104 };
        for identity in [
            Identity::Same,
            Identity::User(owner),
            Identity::Namespace(owner),
            Identity::Capability(owner),
        ] {
            assert_eq!(identity.to_string().parse::<Identity>().unwrap(), identity);
        }
        assert!("root:0:0".parse::<Identity>().is_err());
    }
}
