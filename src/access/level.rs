//! Levels and roles, and what a role grants before anything narrows it.
use derive_more::Display;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::is_control;

/// How much may be done to a resource. Each level holds those below it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[display("{}", self.name())]
pub enum Level {
    Read,
    Write,
    Manage,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Manage];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Manage => "manage",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    #[default]
    #[display("readonly")]
    Readonly,
    #[display("operator")]
    Operator,
    #[display("manager")]
    Manager,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Readonly, Self::Operator, Self::Manager];

    pub fn name(self) -> &'static str {
        match self {
            Self::Readonly => "readonly",
            Self::Operator => "operator",
            Self::Manager => "manager",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The level that the role grants on data.
    pub fn level(self) -> Level {
        match self {
            Self::Readonly => Level::Read,
            Self::Operator => Level::Write,
            Self::Manager => Level::Manage,
        }
    }
}

/// As RFC 6749 section 3.3 writes it, each level for itself: `records:read records:write`.
pub fn scope<'n>(held: impl IntoIterator<Item = (&'n str, Level)>) -> String {
    let mut scope = String::with_capacity(256);
    for (resource, most) in held {
        for level in Level::ALL.into_iter().filter(|&level| level <= most) {
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(resource);
            scope.push(':');
            scope.push_str(level.name());
        }
    }
    scope
}

/// What someone is in an organization: an owner, or a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Owner,
    Role(Role),
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Role(role) => role.name(),
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        if name == "owner" { Some(Self::Owner) } else { Role::parse(name).map(Self::Role) }
    }

    pub fn is_owner(self) -> bool {
        self == Self::Owner
    }

    /// The most that can be held on `resource`. `introspection` is apart: it can be held by
    /// anyone who lists it, and nobody has it without ([`super::Power::level`]).
    pub fn level(self, resource: &str) -> Option<Level> {
        match self {
            _ if resource == "introspection" => Some(Level::Read),
            Self::Owner => Some(Level::Manage),
            Self::Role(role) if !is_control(resource) => Some(role.level()),
            Self::Role(_) if matches!(resource, "organization" | "projects") => Some(Level::Read),
            Self::Role(_) => None,
        }
    }
}
