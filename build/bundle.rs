//! Embeds the PostgreSQL that `scripts/bundle` has packed for `src/cli/bundled.rs`. Fetches nothing:
//! where it is absent, or is not what that script would pack today, the build fails and says so.
use std::path::Path;
use std::{fs, io};

use crate::sha256;

/// What decides about its contents: the pinned source, and what is taken of it.
const RECIPE: [&str; 2] = ["scripts/bundle", "scripts/bundle.txt"];

pub fn embed(package: &Path, out: &Path, arch: &str) -> io::Result<()> {
    let archive = package.join(format!("target/bundle/postgres-{arch}.tar.zst"));
    let label = archive.with_extension("txt");
    for path in RECIPE.map(|name| package.join(name)).iter().chain([&archive, &label]) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let (Ok(bytes), Ok(text)) = (fs::read(&archive), fs::read_to_string(&label)) else {
        return refuse(&format!("there is no PostgreSQL to embed in {}", archive.display()));
    };
    let says = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.ok_or_else(|| io::Error::other(format!("{} lacks {name}", label.display())))
    };
    let mut recipe = Vec::new();
    for name in RECIPE {
        recipe.extend(fs::read(package.join(name))?);
    }
    if says("recipe")? != sha256(&recipe) {
        return refuse("the PostgreSQL to embed was packed from other sources");
    }
    let hash = sha256(&bytes);
    if says("sha256")? != hash {
        return refuse(&format!("{} is damaged", archive.display()));
    }
    let (major, minor) = says("version")?.split_once('.').ok_or_else(|| {
        io::Error::other(format!("the version in {} is malformed", label.display()))
    })?;
    let (hash, path) = (&hash[..16], archive.to_str().expect("a path in UTF-8"));
    let constant = format!(
        "Bundle {{ major: {major}, minor: {minor}, hash: {hash:?}, archive: include_bytes!({path:?}) }}"
    );
    fs::write(out.join("bundle.rs"), constant)
}

fn refuse(why: &str) -> io::Result<()> {
    Err(io::Error::other(format!("{why}; run scripts/bundle, then build again")))
}
