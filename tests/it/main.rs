//! The promises of Jeton, held against the real server and a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a test is told what to do, and asks the time")]

mod api_admin;
mod api_credentials;
mod api_document;
mod api_members;
mod api_nouns;
mod api_personal;
mod api_power;
mod api_refusals;
mod api_rotation;
mod api_service_accounts;
mod api_tokens;
mod api_webhooks;
mod cli;
mod clients;
mod floors;
mod forward_auth;
mod introspection;
mod metrics;
mod notices;
mod pages_access;
mod pages_account;
mod pages_admin;
mod pages_audit;
mod pages_overview;
mod pages_projects;
mod pages_protect;
mod pages_service_accounts;
mod pages_settings;
mod pages_tokens;
mod pages_webhooks;
mod policies;
mod postgres;
mod proxies;
mod readme;
mod routes;
mod secrets;
mod service_accounts;
mod sign_in;
mod stewards;
mod support;
mod token_blocks;
mod token_rules;
mod torture;
mod verifier;
