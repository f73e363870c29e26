//! The log, on standard error.
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// For the server: text on a terminal, JSON otherwise.
pub fn start() {
    let filter = filter("info,actix_server=warn");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.with_target(false).init();
    } else {
        log.json().flatten_event(true).init();
    }
}

/// For commands, whose outcome is what they print.
pub fn only_warnings() {
    tracing_subscriber::fmt()
        .with_env_filter(filter("warn"))
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
}

#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
fn filter(usual: &str) -> EnvFilter {
    let wanted = std::env::var("JETON_LOG").ok().filter(|wanted| !wanted.trim().is_empty());
    let filter = wanted.and_then(|wanted| EnvFilter::try_new(wanted).ok());
    filter.unwrap_or_else(|| EnvFilter::new(usual))
}
