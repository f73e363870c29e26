//! The promises of Jeton, held against the real server and a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod floors;
mod postgres;
mod readme;
mod routes;
mod sign_in;
mod support;
mod token_rules;
