//! What people do with Jeton in a real browser.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod chromedriver;
mod driver;
mod inspection;
mod parts;
