//! Jeton: a self-hosted console and authority for access tokens.
//!
//! The rooms, from the ground up; each uses only floors below its own:
//! words ([`error`], [`secret`], [`format`], [`name`], [`clock`], [`config`], [`id`], [`access`]) -
//! storage ([`db`]) - the trail ([`audit`]) - nouns ([`policies`], [`accounts`], [`organizations`],
//! [`projects`]) - [`tokens`] and [`sessions`] - [`http`] - faces ([`web`], [`api`]) - wiring
//! ([`server`], [`chores`]) - [`cli`]. Beside them [`postgres`], which knows nothing of the rest.
pub mod access;
pub mod accounts;
pub mod api;
pub mod audit;
pub mod chores;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod format;
pub mod http;
pub mod id;
pub mod name;
pub mod organizations;
pub mod policies;
pub mod postgres;
pub mod projects;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod tokens;
pub mod web;
