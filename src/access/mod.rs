//! What a token may do: the words of power, and the one place that decides.
//!
//! A [`Power`] is worked out at use and never stored. Everything that asks "may it?" or says what
//! it may (the API, the console's summary, the check on what can be passed down) asks here.
mod config;
mod demand;
mod level;
mod power;
mod summary;
mod templates;

pub use config::{AccessConfig, Permissions, Projects};
pub use demand::{Demand, Unmet};
pub use level::{Level, Role, Standing, scope};
pub use power::{Grant, Power};
pub use summary::{Phrase, Summary};
pub use templates::{TEMPLATES, Template};

/// Resources of Jeton itself. Beyond reading some of them, they belong to owners.
pub const CONTROL: [&str; 8] = [
    "organization",
    "projects",
    "members",
    "tokens",
    "service_accounts",
    "policies",
    "audit",
    "introspection",
];

/// Resources that every organization starts with, for the APIs that it protects.
pub const DATA: [&str; 10] = [
    "records",
    "standards",
    "baselines",
    "domains",
    "groups",
    "systems",
    "metrics",
    "events",
    "devices",
    "secrets",
];

pub fn is_control(resource: &str) -> bool {
    CONTROL.contains(&resource)
}

pub fn is_built_in(resource: &str) -> bool {
    is_control(resource) || DATA.contains(&resource)
}
