//! Disks that are full or read-only, and a cluster whose making was cut short.
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jeton::postgres;
use rustix::process::Signal;

use super::mounts::Mount;
use super::support::{Place, ask, root, run, try_kill};

/// Clusters in the making.
fn unfinished(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.folder()).into_iter().flatten().flatten();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    entries.map(|entry| entry.path()).filter(|path| name(path).starts_with("pg.new-")).collect()
}

/// Every process that was told to work on that cluster.
fn told_of(cluster: &str) -> Vec<u32> {
    let told = |entry: fs::DirEntry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        let is_it = String::from_utf8_lossy(&line).contains(cluster);
        is_it.then(|| entry.file_name().to_str()?.parse().ok())?
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(told).collect()
}

#[test]
fn a_kill_of_everything_while_a_cluster_is_made_is_no_harm() {
    for place in Place::both("killed initdb") {
        let mut begun = place.begin_to_hold(&[], None);
        let start = Instant::now();
        while !unfinished(&place).iter().any(|new| new.join("base").exists()) {
            assert!(start.elapsed() < Duration::from_secs(20), "initdb never began");
        }
        let new = unfinished(&place).remove(0);
        // Before its parent, or it would have a moment to clean up.
        for pid in told_of(new.to_str().unwrap()) {
            let _ = try_kill(pid, Signal::KILL);
        }
        begun.kill().unwrap();
        begun.wait().unwrap();
        assert!(!place.cluster().exists(), "half made, and named as if whole");

        let running = place.start();

        assert_eq!(ask(&running.url("postgres"), "SELECT 'whole'"), "whole");
        running.stop().unwrap();
        assert!(unfinished(&place).is_empty());
    }
}

#[test]
fn a_disk_too_small_for_a_cluster_is_named_and_none_is_left() {
    let place = Place::new("small disk");
    if !root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&place.dir, "size=20m") else { return };

    let refused = postgres::take(&place.options()).unwrap().start().unwrap_err().to_string();

    assert!(refused.contains("initdb could not make a cluster"), "{refused}");
    assert!(refused.contains("No space left") || refused.contains("disk space"), "{refused}");
    assert!(!place.cluster().exists());
}

#[test]
fn a_disk_that_fills_up_stops_writes_and_loses_nothing() {
    let place = Place::new("filling disk");
    if !root() {
        return;
    }
    let Some(_mount) = Mount::tmpfs(&place.dir, "size=96m") else { return };
    let running = place.start();
    let url = running.url("postgres");
    run(&url, "CREATE TABLE kept AS SELECT 'yes' AS answer");
    let ballast = place.dir.join("ballast");
    let _ = fs::write(&ballast, vec![0; 96 << 20]);

    let grow = "CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 100000)";
    let refused = std::panic::catch_unwind(|| run(&url, grow));

    assert!(refused.is_err(), "there was room");
    fs::remove_file(&ballast).unwrap();
    running.stop().unwrap();
    let running = place.start();
    assert_eq!(ask(&running.url("postgres"), "SELECT answer FROM kept"), "yes");
    running.stop().unwrap();
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    for place in Place::both("read-only") {
        if !root() {
            return;
        }
        let Some(_mount) = Mount::tmpfs(&place.dir, "ro") else { return };

        let refused = postgres::take(&place.options()).unwrap_err().to_string();

        assert!(refused.contains("Read-only file system"), "{refused}");
        assert!(refused.contains(place.dir.to_str().unwrap()), "{refused}");
    }
}
