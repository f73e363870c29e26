//! What people do with Jeton in a real browser.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod access;
mod account;
mod admin;
mod audit;
mod barriers;
mod chromedriver;
mod driver;
mod frame;
mod hands;
mod inspection;
mod keyboard;
mod narrow;
mod options;
mod parts;
mod personal;
mod projects;
mod protect;
mod scene;
mod seats;
mod secrets;
mod service_accounts;
mod settings;
mod sign_in;
#[expect(dead_code, unused_imports, reason = "shared with tests/it, which needs more of it")]
#[path = "../it/support/mod.rs"]
mod support;
mod tokens;
mod webhooks;
mod without_script;
