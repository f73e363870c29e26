//! How postgres is set. Given on its command line, so that they hold for every cluster, also one
//! made by an earlier version.
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::socket::PORT;

const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "max_connections=40",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "jit=off",
    "lc_messages=C",
    "TimeZone=UTC",
    "log_timezone=UTC",
    "log_destination=stderr",
    "logging_collector=off",
    "log_line_prefix=%m [%p] ",
    "recovery_init_sync_method=syncfs",
];

pub fn arguments(cluster: &Path, socket_dir: &Path) -> Vec<OsString> {
    let mut arguments = vec!["-D".into(), cluster.into()];
    for setting in SETTINGS {
        arguments.extend(["-c".into(), OsString::from(setting)]);
    }
    arguments.extend(["-c".into(), format!("port={PORT}").into()]);
    arguments.extend(["-c".into(), socket_directories(socket_dir)]);
    arguments
}

/// The setting is a list: quoted, a path may hold commas and blanks.
fn socket_directories(dir: &Path) -> OsString {
    let mut setting = b"unix_socket_directories=\"".to_vec();
    for &byte in dir.as_os_str().as_bytes() {
        if byte == b'"' {
            setting.push(b'"');
        }
        setting.push(byte);
    }
    setting.push(b'"');
    OsString::from_vec(setting)
}
