//! The PostgreSQL inside the executable: how it gets beside the data, and when it is taken.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use jeton::postgres::{self, Bundle, Error, Options};

use super::mounts::Mount;
use super::support::{Place, ask, mode, root};

const VERSION: &str = "SELECT current_setting('server_version')";

fn version(Bundle { major, minor, .. }: Bundle) -> String {
    format!("{major}.{minor}")
}

fn bundle() -> Bundle {
    jeton::cli::BUNDLE.unwrap()
}

#[test]
fn a_new_cluster_takes_the_bundle_whatever_the_system_has() {
    let place = Place::bundled("bundle first");
    let running = place.start();
    let url = running.url("postgres");

    assert_eq!(ask(&url, VERSION), version(bundle()));
    assert_eq!(ask(&url, "SELECT lower('ÉÀЖ')"), "éàж");
    let offered = "SELECT count(*)::text FROM pg_available_extensions WHERE name = 'pg_trgm'";
    assert_eq!(ask(&url, offered), "1");
    for folder in [place.runtime(), place.unpacked(), place.unpacked().join("bin/postgres")] {
        assert_eq!(mode(&folder), 0o755, "{}", folder.display());
    }
    let copyright = fs::read_to_string(place.unpacked().join("COPYRIGHT")).unwrap();
    assert!(copyright.contains("PostgreSQL Global Development Group"));
    running.stop().unwrap();
}

#[test]
fn the_next_start_unpacks_nothing() {
    let place = Place::bundled("unpacked once");
    place.start().stop().unwrap();
    let inode = || fs::metadata(place.unpacked().join("bin/postgres")).unwrap().ino();
    let first = inode();

    place.start().stop().unwrap();

    assert_eq!(inode(), first);
}

#[test]
fn a_cluster_of_the_older_system_stays_with_the_system() {
    let place = Place::new("older system");
    let running = place.start();
    let made_by = ask(&running.url("postgres"), VERSION);
    running.stop().unwrap();
    let with_bundle = Options { bundle: Some(bundle()), ..place.options() };
    if made_by.starts_with(&format!("{}.", bundle().major)) {
        eprintln!("NOT TESTED: the system's PostgreSQL is as new as the bundle");
        return;
    }

    let running = postgres::take(&with_bundle).unwrap().start().unwrap();

    assert_eq!(ask(&running.url("postgres"), VERSION), made_by);
    assert!(!place.runtime().exists(), "nothing was unpacked for it");
    running.stop().unwrap();
}

#[test]
fn a_directory_that_is_named_wins_over_the_bundle() {
    let place = Place::bundled("named directory");
    let options = Options { bin_dir: Some(place.dir.clone()), ..place.options() };

    let refused = postgres::take(&options).unwrap_err();

    assert!(matches!(refused, Error::NoProgramsIn { .. }), "{refused}");
}

#[test]
fn a_cluster_that_nothing_here_fits_is_refused_with_what_there_is() {
    let place = Place::bundled("nothing fits");
    place.start().stop().unwrap();
    fs::write(place.cluster().join("PG_VERSION"), "9\n").unwrap();

    let refused = postgres::take(&place.options()).unwrap_err().to_string();

    assert!(refused.contains("was made by PostgreSQL 9, and only PostgreSQL"), "{refused}");
    assert!(refused.contains(&bundle().major.to_string()), "{refused}");
}

#[test]
fn what_someone_removed_a_part_of_is_unpacked_anew() {
    let place = Place::bundled("torn");
    place.start().stop().unwrap();
    fs::remove_file(place.unpacked().join("bin/initdb")).unwrap();

    place.start().stop().unwrap();

    assert!(place.unpacked().join("bin/initdb").exists());
}

#[test]
fn what_another_version_unpacked_is_cleared_away() {
    let place = Place::bundled("other version");
    let (older, torn) =
        (place.runtime().join("18.1-0123456789abcdef"), place.runtime().join("new-1"));
    let left_by_the_dead = place.runtime().join("new-4194305");
    for folder in [&older, &torn, &left_by_the_dead] {
        fs::create_dir_all(folder.join("bin")).unwrap();
    }

    place.start().stop().unwrap();

    assert!(!older.exists() && !left_by_the_dead.exists());
    assert!(torn.exists(), "process 1 lives, and may still be unpacking");
}

#[test]
fn a_kill_while_unpacking_leaves_nothing_half_done() {
    for wait in [5, 20, 50, 90, 140, 200] {
        let place = Place::bundled("killed");
        let mut begun = place.begin_to_hold(&[], None);
        sleep(Duration::from_millis(wait));
        begun.kill().unwrap();
        begun.wait().unwrap();
        let whole = place.unpacked().join("bin/initdb").exists();
        assert!(whole || !place.unpacked().exists(), "after {wait} ms");

        let running = place.start();

        assert_eq!(ask(&running.url("postgres"), "SELECT 'fine'"), "fine", "after {wait} ms");
        assert_eq!(entries(&place.runtime()), 1, "after {wait} ms");
        running.stop().unwrap();
    }
}

#[test]
fn where_programs_may_not_run_it_says_so_and_takes_no_other() {
    let place = Place::bundled("noexec");
    if !root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&place.dir, "noexec") else { return };

    let refused = postgres::take(&place.options()).unwrap_err().to_string();

    assert!(refused.contains("mounted with noexec"), "{refused}");
    assert!(refused.contains("JETON_POSTGRES_BIN"), "{refused}");
}

#[test]
fn a_disk_that_is_full_is_named_and_nothing_half_unpacked_stays() {
    let place = Place::bundled("full");
    if !root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&place.dir, "size=8m") else { return };

    let refused = postgres::take(&place.options()).unwrap_err().to_string();

    assert!(refused.contains("cannot unpack PostgreSQL into"), "{refused}");
    assert!(refused.contains("No space left on device"), "{refused}");
    assert_eq!(entries(&place.runtime()), 0);
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
