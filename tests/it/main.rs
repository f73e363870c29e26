//! The promises of Jeton, held against the real server and a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a test is told what to do, and asks the time")]

mod cli;
mod floors;
mod pages_account;
mod pages_audit;
mod pages_overview;
mod pages_projects;
mod pages_settings;
mod postgres;
mod readme;
mod routes;
mod secrets;
mod sign_in;
mod support;
mod token_rules;
