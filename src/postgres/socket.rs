//! The socket: where it is, how a client names it, and whether a server answers on it.
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::{self, Owner};
use super::home::Home;
use super::{Error, Result};

pub const PORT: u16 = 5432;
/// The first role of the cluster. Whoever can reach the socket can be it; only the owner of its
/// folder can reach it.
pub const SUPERUSER: &str = "postgres";
/// What fits into a socket address on every system (`sun_path` less its end).
const LONGEST: usize = 103;
/// Root's own place first: in the other one, anyone may have taken the name.
const SHORT_BASES: [&str; 2] = ["/run", "/tmp"];

/// Where the socket of this cluster goes: beside it, or in a short private folder where that path
/// cannot be an address.
pub fn place(home: &Home, owner: Owner) -> Result<PathBuf> {
    let beside = home.run();
    if is_address(&beside) {
        folder::claim(&beside, owner)?;
        return Ok(beside);
    }
    let mut refused = None;
    for base in SHORT_BASES {
        let dir = Path::new(base).join(name_for(home));
        match folder::claim(&dir, owner) {
            Ok(()) => return Ok(dir),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or(Error::Unattended))
}

/// Gives a short folder back. The one beside the cluster stays.
pub fn leave(home: &Home, dir: &Path) {
    if dir != home.run() {
        // Not empty or gone: then it is not ours to remove.
        let _ = std::fs::remove_dir(dir);
    }
}

/// A host of libpq is a list with commas, and a socket address has an end.
fn is_address(dir: &Path) -> bool {
    let fits = file_in(dir).as_os_str().len() <= LONGEST;
    fits && dir.to_str().is_some_and(|text| !text.contains(|c: char| c == ',' || c.is_control()))
}

fn name_for(home: &Home) -> String {
    let mut hasher = DefaultHasher::new();
    home.folder().hash(&mut hasher);
    format!("jeton-{:016x}", hasher.finish())
}

pub fn file_in(dir: &Path) -> PathBuf {
    dir.join(format!(".s.PGSQL.{PORT}"))
}

/// A libpq URI. Port and user are spelled out, or the client's environment would fill them in.
pub fn url(dir: &Path, database: &str) -> String {
    let (dir, database) = (encode(dir.as_os_str().as_bytes()), encode(database.as_bytes()));
    format!("postgresql://{SUPERUSER}@{dir}:{PORT}/{database}")
}

fn encode(bytes: &[u8]) -> String {
    let spell = |&byte: &u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    bytes.iter().map(spell).collect()
}

/// Whether a server lets a client in. Speaks only the first message, so no driver is needed.
pub fn answers(dir: &Path) -> bool {
    greet(&file_in(dir)).is_ok_and(|kind| kind == b'R')
}

fn greet(socket: &Path) -> io::Result<u8> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    let body = format!("user\0{SUPERUSER}\0database\0postgres\0\0");
    let length = u32::try_from(8 + body.len()).unwrap_or(u32::MAX);
    let protocol = 0x0003_0000_u32;
    stream
        .write_all(&[&length.to_be_bytes(), &protocol.to_be_bytes(), body.as_bytes()].concat())?;
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    let goodbye = [b'X', 0, 0, 0, 4];
    stream.write_all(&goodbye)?;
    Ok(kind[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_survives_any_path() {
        assert_eq!(
            url(Path::new("/srv/a b/100%?#é"), "jeton"),
            "postgresql://postgres@%2Fsrv%2Fa%20b%2F100%25%3F%23%C3%A9:5432/jeton"
        );
    }
}
