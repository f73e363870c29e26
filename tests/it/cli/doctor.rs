//! What the doctor finds.
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::host::{Ended, Host};
use crate::postgres::mounts::Mount;
use crate::postgres::support::root;
use crate::support::fresh_database;

#[track_caller]
fn well(ended: &Ended) {
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    assert!(!ended.out.contains("WRONG"), "{}", ended.out);
}

#[track_caller]
fn wrong(ended: &Ended, what: &str, said: &str) {
    assert_eq!(ended.code, 1, "{}", ended.out);
    let line = ended.out.lines().find(|line| line.starts_with(&format!("WRONG  {what}")));
    assert!(line.is_some_and(|line| line.contains(said)), "{}", ended.out);
    assert!(ended.err.contains("need attention"), "{}", ended.err);
}

#[test]
fn all_is_well_before_the_first_start_and_nothing_is_made() {
    let host = Host::new();

    let ended = host.jeton("doctor").ends();

    well(&ended);
    assert!(ended.out.contains("the first start makes it"), "{}", ended.out);
    assert!(!host.data().exists());
}

#[test]
fn all_is_well_without_a_server_and_beside_one() {
    let host = Host::new();
    host.sets_up();
    let alone = host.jeton("doctor").ends();
    well(&alone);
    assert!(alone.out.contains("not in use") && alone.out.contains("up to date"), "{}", alone.out);

    let server = host.serves();

    let beside = host.jeton("doctor").ends();
    well(&beside);
    assert!(beside.out.contains(&format!("in use by process {}", server.id())), "{}", beside.out);
}

#[test]
fn a_named_database_is_looked_at_too() {
    let host = Host::new();
    let url = fresh_database();

    let ended = host.jeton("doctor").env("DATABASE_URL", &url).ends();
    well(&ended);
    assert!(ended.out.contains("up to date"), "{}", ended.out);

    let down = "postgres://jeton:hunter2@127.0.0.1:1/jeton";
    let ended = host.jeton("doctor").env("DATABASE_URL", down).ends();
    wrong(&ended, "database", "that DATABASE_URL names cannot be used");
    assert!(!ended.out.contains("hunter2"), "{}", ended.out);
}

#[test]
fn every_fault_is_named_with_what_to_do() {
    let host = Host::new();
    host.sets_up();
    host.issues("one");
    let mode = |path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();

    mode(host.key_file(), 0o644);
    wrong(&host.jeton("doctor").ends(), "instance key", "`chmod 600` it");
    mode(host.key_file(), 0o600);
    mode(host.data(), 0o777);
    wrong(&host.jeton("doctor").ends(), "data directory", "`chmod go-w` it");
    mode(host.data(), 0o711);
    let aside = host.data().join("aside");
    fs::rename(host.key_file(), &aside).unwrap();
    wrong(&host.jeton("doctor").ends(), "instance key", "put it back from your backup");
    assert!(!host.key_file().exists(), "no other one was made");
    fs::rename(&aside, host.key_file()).unwrap();
    let version = host.data().join("postgres/pg/PG_VERSION");
    let made_by = fs::read(&version).unwrap();
    fs::write(&version, "9\n").unwrap();
    wrong(&host.jeton("doctor").ends(), "PostgreSQL", "was made by PostgreSQL 9");
    fs::write(&version, made_by).unwrap();

    well(&host.jeton("doctor").ends());
}

#[test]
fn a_disk_that_is_nearly_full_is_named() {
    let host = Host::new();
    fs::create_dir_all(host.data()).unwrap();
    if !root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&host.data(), "size=100m,mode=0711") else { return };

    wrong(&host.jeton("doctor").ends(), "disk space", "make room");
}
