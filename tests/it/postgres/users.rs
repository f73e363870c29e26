//! Root and others. Tests that need root pass at once without it.
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::thread::spawn;

use jeton::postgres::{self, Error, Opened};
use rustix::process::{Gid, Uid};
use rustix::thread::{
    CapabilitySet, remove_capability_from_bounding_set, set_thread_gid, set_thread_groups,
    set_thread_uid,
};

use super::support::{Place, ask, root, run};

const NOBODY: u32 = 65534;
/// Has no entry in `/etc/passwd`, as in `docker run --user 12345`.
const UNKNOWN: u32 = 12345;

#[test]
fn root_never_runs_postgres_as_root() {
    if !root() {
        return;
    }
    for place in Place::both("as root") {
        let running = place.start();

        assert_ne!(fs::metadata(place.cluster()).unwrap().uid(), 0);
        assert_ne!(fs::metadata(format!("/proc/{}", place.postmaster())).unwrap().uid(), 0);
        running.stop().unwrap();
    }
}

#[test]
fn root_may_keep_its_data_where_nobody_else_can_enter() {
    if !root() {
        return;
    }
    for place in Place::both("closed") {
        place.close();
        let mut held = place.hold(&[], None);
        assert_eq!(ask(&held.url, "SELECT 'fine'"), "fine");

        held.kill();
        place.empties();
        place.start().stop().unwrap();
    }
}

#[test]
fn root_may_move_the_data_of_another_to_where_nobody_else_can_enter() {
    if !root() {
        return;
    }
    for place in Place::both("moved") {
        place.belongs_to(NOBODY);
        place.start().stop().unwrap();
        place.close();

        let mut held = place.hold(&[], None);
        assert_eq!(ask(&held.url, "SELECT 'fine'"), "fine");
        held.kill();
        place.empties();
        assert_eq!(fs::metadata(place.cluster()).unwrap().uid(), NOBODY);
    }
}

#[test]
fn where_nothing_helps_root_is_told_to_move_the_data() {
    if !root() {
        return;
    }
    let place = Place::new("out of reach");
    place.belongs_to(NOBODY);
    place.close();
    let options = place.options();

    let without_the_capability = move || {
        remove_capability_from_bounding_set(CapabilitySet::DAC_READ_SEARCH).unwrap();
        postgres::take(&options).unwrap_err().to_string()
    };
    let refused = spawn(without_the_capability).join().unwrap();

    assert!(refused.contains("move the data directory"), "{refused}");
}

#[test]
fn an_ordinary_user_has_a_server_and_root_can_take_it_over() {
    if !root() {
        return;
    }
    let users = [NOBODY, UNKNOWN]
        .into_iter()
        .flat_map(|user| Place::both("ordinary user").map(|place| (user, place)));
    for (user, place) in users {
        place.belongs_to(user);
        let mut held = place.hold(&[], Some(user));
        run(&held.url, "CREATE TABLE kept AS SELECT 'yes' AS answer");
        assert!(matches!(postgres::open(&place.options()).unwrap(), Opened::Theirs(_)));
        held.kill();

        let running = place.start();
        assert_eq!(ask(&running.url("postgres"), "SELECT answer FROM kept"), "yes");
        running.stop().unwrap();

        let held = place.hold(&[], Some(user));
        assert_eq!(ask(&held.url, "SELECT answer FROM kept"), "yes");
    }
}

#[test]
fn the_cluster_of_another_user_is_refused_by_name() {
    if !root() {
        return;
    }
    let place = Place::new("another user");
    place.start().stop().unwrap();
    let options = place.options();

    let as_nobody = move || {
        set_thread_groups(&[]).unwrap();
        set_thread_gid(Gid::from_raw(NOBODY)).unwrap();
        set_thread_uid(Uid::from_raw(NOBODY)).unwrap();
        postgres::take(&options).unwrap_err()
    };
    let refused = spawn(as_nobody).join().unwrap();

    assert!(matches!(refused, Error::Foreign { owner: 0, .. }), "{refused}");
}

impl Place {
    /// Nobody but its owner can enter what is around the data directory.
    fn close(&self) {
        fs::set_permissions(&self.dir, fs::Permissions::from_mode(0o700)).unwrap();
    }

    fn belongs_to(&self, user: u32) {
        fs::create_dir(self.data()).unwrap();
        chown(self.data(), Some(user), Some(user)).unwrap();
    }
}
