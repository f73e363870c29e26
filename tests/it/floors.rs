//! The map in `src/lib.rs`, held against the code: a room may use only floors below its own.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Bottom floor first. Rooms on one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["error", "format", "name", "clock", "config", "id", "access"],
    &["secret"],
    &["db"],
    &["audit"],
    &["sessions"],
    &["policies", "accounts", "projects"],
    &["organizations", "service_accounts"],
    &["tokens"],
    &["exchange", "notices", "secrets"],
    &["http"],
    &["web", "api", "oauth", "compat"],
    &["chores"],
    &["server"],
    &["cli"],
];

/// Knows nothing of ours, and only this room knows it.
const BESIDE: (&str, &str) = ("postgres", "cli");

/// The most lines of a file. One that grows beyond wants to be two.
const MOST: usize = 400;

#[test]
fn rooms_use_only_floors_below_their_own() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        if matches!(file.to_str(), Some("src/lib.rs" | "src/main.rs")) {
            continue;
        }
        let room = room(&file);
        let astray = used(&text).into_iter().filter(|other| !may_use(&room, other));
        wrong.extend(astray.map(|other| format!("{} uses {other}", file.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_has_its_place_on_the_map() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let (drawn, declared) = map.split_once("pub mod").unwrap();
    let rooms: BTreeSet<_> =
        declared.split_whitespace().filter_map(|word| word.strip_suffix(';')).collect();
    let placed: BTreeSet<_> = FLOORS.iter().copied().flatten().copied().chain([BESIDE.0]).collect();
    assert_eq!(rooms, placed);
    for room in rooms {
        assert!(drawn.contains(&format!("[`{room}`]")), "src/lib.rs does not draw {room}");
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let wrong: Vec<_> = ["src", "tests", "benches"]
        .into_iter()
        .flat_map(sources)
        .filter(|(_, text)| !text.starts_with("//!") || text.lines().count() > MOST)
        .map(|(file, _)| file)
        .collect();
    assert!(wrong.is_empty(), "without //! or over {MOST} lines: {wrong:#?}");
}

fn may_use(room: &str, other: &str) -> bool {
    let below = floor(other).zip(floor(room)).is_some_and(|(other, own)| other < own);
    room == other || below || (other, room) == BESIDE
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

/// `src/tokens/list.rs` and `src/tokens.rs` are of the room `tokens`.
fn room(file: &Path) -> String {
    let first = file.iter().nth(1).unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// Every Rust file below a folder, by its path from the root, with its text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(root().join(&path)).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

/// The first name after every `crate::` of a source text, groups included.
fn used(text: &str) -> BTreeSet<String> {
    text.match_indices("crate::")
        .flat_map(|(at, start)| {
            let rest = &text[at + start.len()..];
            rest.strip_prefix('{').map_or_else(|| vec![first_word(rest)], group)
        })
        .collect()
}

/// The first name of each path in a group, up to the brace that closes it.
fn group(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(first_word(&text[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_word(text: &str) -> String {
    let text = text.trim_start();
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}
