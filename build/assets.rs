//! Makes a table of `static/` for `src/http/assets.rs`: every file with its content hash in its address, and
//! compressed once, here, instead of at each request.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::sha256;

pub fn embed(package: &Path, out: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed=static");
    let root = package.join("static");
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    files.sort();

    let mut constants = String::new();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for file in &files {
        let name = utf8(file.strip_prefix(&root).expect("walk stays inside"));
        let source = utf8(file);
        let bytes = fs::read(file)?;
        let hash = &sha256(&bytes)[..16];
        let path = format!("/static/{hash}/{}", name.replace('\\', "/"));
        let (kind, linked) = kind(file);
        if linked {
            let constant = constant(file);
            let _ = writeln!(
                constants,
                "/// Where `static/{name}` is served.\npub const {constant}: &str = {path:?};"
            );
        }
        let gzip = packed(&out.join(format!("{hash}.gz")), &bytes, gzip(&bytes)?)?;
        let brotli = packed(&out.join(format!("{hash}.br")), &bytes, brotli(&bytes)?)?;
        let _ = writeln!(
            table,
            "    Asset {{ path: {path:?}, kind: {kind:?}, hash: {hash:?}, plain: include_bytes!({source:?}), gzip: {gzip}, brotli: {brotli} }},"
        );
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), constants + &table)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The content type, and whether templates may name the file; licences are served, but by nobody linked.
fn kind(file: &Path) -> (&'static str, bool) {
    match file.extension().and_then(OsStr::to_str) {
        Some("css") => ("text/css; charset=utf-8", true),
        Some("js") => ("text/javascript; charset=utf-8", true),
        Some("svg") => ("image/svg+xml", true),
        _ => ("text/plain; charset=utf-8", false),
    }
}

/// `htmx.min.js` becomes `HTMX_MIN_JS`.
fn constant(file: &Path) -> String {
    let name = utf8(Path::new(file.file_name().expect("a file has a name")));
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect()
}

/// Writes a compressed form and names it as an expression; `None` where compressing gained nothing.
fn packed(to: &Path, plain: &[u8], packed: Vec<u8>) -> io::Result<String> {
    if packed.len() >= plain.len() {
        return Ok("None".to_owned());
    }
    fs::write(to, packed)?;
    Ok(format!("Some(include_bytes!({:?}))", utf8(to)))
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &parameters)?;
    Ok(packed)
}
