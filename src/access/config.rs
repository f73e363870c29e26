//! What is written down of a token's power: role, projects, permissions.
use std::collections::{BTreeMap, BTreeSet};

use super::{Level, Role};

/// Resource to level. Narrows to what is listed, never widens.
pub type Permissions = BTreeMap<String, Level>;

/// Projects by their public `project_id`: each once, in order. A list, for a hundred thousand verdicts
/// in memory have one each, and most name one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Projects {
    All,
    Listed(Box<[String]>),
}

impl Default for Projects {
    fn default() -> Self {
        Self::Listed(Box::default())
    }
}

impl Projects {
    pub fn new(all: bool, listed: impl IntoIterator<Item = String>) -> Self {
        let once = |listed| BTreeSet::from_iter(listed).into_iter().collect();
        if all { Self::All } else { Self::Listed(once(listed)) }
    }

    pub fn is_all(&self) -> bool {
        *self == Self::All
    }

    /// The listed ones; none are listed where all are meant.
    pub fn listed(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::All => None,
            Self::Listed(listed) => Some(listed.iter().map(String::as_str)),
        }
        .into_iter()
        .flatten()
    }

    pub fn contains(&self, project: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(listed) => {
                listed.binary_search_by(|known| known.as_str().cmp(project)).is_ok()
            }
        }
    }

    /// What both have.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, projects) | (projects, Self::All) => projects.clone(),
            (Self::Listed(mine), Self::Listed(theirs)) => Self::Listed(
                mine.iter().filter(|project| theirs.contains(project)).cloned().collect(),
            ),
        }
    }

    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (_, Self::All) => false,
            (Self::Listed(mine), Self::Listed(theirs)) => {
                theirs.iter().all(|project| mine.binary_search(project).is_ok())
            }
        }
    }
}

/// The power of an organization token or a service account, as it was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessConfig {
    pub role: Role,
    pub projects: Projects,
    pub permissions: Option<Permissions>,
}
