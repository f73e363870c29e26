//! Jeton: a self-hosted console and authority for access tokens.
//!
//! The rooms, from the ground up; each uses only floors below its own:
//! - words: [`error`], [`format`](mod@format), [`name`], [`clock`], [`config`], [`id`], [`access`], and on them
//!   [`secret`];
//! - storage: [`db`]; on it the trail, [`audit`], and [`sessions`];
//! - nouns: [`policies`], [`accounts`], [`projects`], and on them [`organizations`] and
//!   [`service_accounts`];
//! - [`tokens`]; on them [`exchange`] and [`secrets`];
//! - [`notices`]: what is told by mail and by webhook;
//! - [`http`], and the faces on it: [`web`], [`api`], [`oauth`] and [`compat`], which never import one another;
//! - wiring: [`chores`], on them [`server`];
//! - [`cli`]. Only it knows [`postgres`], which stands beside and knows nothing of the rest.
pub mod access;
pub mod accounts;
pub mod api;
pub mod audit;
pub mod chores;
pub mod cli;
pub mod clock;
pub mod compat;
pub mod config;
pub mod db;
pub mod error;
pub mod exchange;
pub mod format;
pub mod http;
pub mod id;
pub mod name;
pub mod notices;
pub mod oauth;
pub mod organizations;
pub mod policies;
pub mod postgres;
pub mod projects;
pub mod secret;
pub mod secrets;
pub mod server;
pub mod service_accounts;
pub mod sessions;
pub mod tokens;
pub mod web;
