//! Data directories with odd names, odd modes and odd contents.
use std::fs;
use std::os::unix::fs::PermissionsExt;

use jeton::postgres::{self, Error, Opened, Options};

use super::support::{Place, ask, mode};

#[test]
fn a_path_may_hold_any_character() {
    let place = Place::new("a b%2F?,'\"#é");

    let running = place.start();

    assert_eq!(ask(&running.url("postgres"), "SELECT 'fine'"), "fine");
}

#[test]
fn a_path_may_be_longer_than_a_socket_address() {
    let place = Place::new(&"long".repeat(40));
    let running = place.start();
    assert_eq!(ask(&running.url("postgres"), "SELECT 'fine'"), "fine");

    let Opened::Theirs(attached) = postgres::open(&place.options()).unwrap() else {
        panic!("opened a cluster that is in use");
    };
    assert_eq!(ask(&attached.url("postgres"), "SELECT 'both'"), "both");
    let socket_dir = place.socket_dir();
    assert_eq!(mode(&socket_dir), 0o700);

    running.stop().unwrap();
    assert!(!socket_dir.exists());
}

#[test]
fn a_cluster_open_to_others_is_closed_and_started() {
    let place = Place::new("mode 0755");
    place.start().stop().unwrap();
    fs::set_permissions(place.cluster(), fs::Permissions::from_mode(0o755)).unwrap();

    place.start().stop().unwrap();

    assert_eq!(mode(&place.cluster()), 0o700);
}

#[test]
fn a_half_made_cluster_is_never_taken_for_a_whole_one() {
    let place = Place::new("half made");
    let new = place.folder().join("pg.new-1");
    fs::create_dir_all(new.join("base")).unwrap();
    fs::write(new.join("PG_VERSION"), "15\n").unwrap();

    let running = place.start();

    assert_eq!(ask(&running.url("postgres"), "SELECT 'whole'"), "whole");
    assert!(!new.exists());
}

#[test]
fn a_cluster_without_its_version_is_left_alone() {
    let place = Place::new("damaged");
    fs::create_dir_all(place.cluster().join("base")).unwrap();

    let refused = postgres::take(&place.options()).unwrap_err();

    assert!(matches!(refused, Error::NotACluster { .. }), "{refused}");
    assert!(place.cluster().join("base").exists());
}

#[test]
fn a_cluster_of_another_version_is_refused_and_left_alone() {
    let place = Place::new("other version");
    place.start().stop().unwrap();
    fs::write(place.cluster().join("PG_VERSION"), "9\n").unwrap();

    let refused = postgres::take(&place.options()).unwrap_err().to_string();

    assert!(refused.contains("was made by PostgreSQL 9, and only PostgreSQL"), "{refused}");
    assert!(refused.contains("JETON_POSTGRES_BIN"), "{refused}");
}

#[test]
fn a_directory_without_programs_is_named() {
    let place = Place::new("no programs");
    let options = Options { bin_dir: Some(place.dir.clone()), ..place.options() };

    let refused = postgres::take(&options).unwrap_err().to_string();

    assert!(refused.contains(place.dir.to_str().unwrap()), "{refused}");
    assert!(refused.contains("JETON_POSTGRES_BIN"), "{refused}");
}
