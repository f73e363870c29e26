//! What is made at build time: the table of static files, and the PostgreSQL that is embedded.
mod assets;
mod bundle;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, io};

use sha2::{Digest, Sha256};

#[expect(
    clippy::disallowed_methods,
    reason = "cargo speaks to a build script through the environment"
)]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build");
    let told = |name| env::var_os(name).expect("cargo sets it");
    let (package, out) =
        (PathBuf::from(told("CARGO_MANIFEST_DIR")), PathBuf::from(told("OUT_DIR")));
    assets::embed(&package, &out)?;
    if env::var_os("CARGO_FEATURE_BUNDLED_POSTGRES").is_some() {
        let arch = told("CARGO_CFG_TARGET_ARCH");
        bundle::embed(&package, &out, &arch.to_string_lossy())?;
    }
    Ok(())
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
