//! After a rotation of the instance key: what rests sealed under the one before is sealed under the new
//! one, a batch at a time. Whatever stops it, it goes on from there.
use diesel::PgConnection;

use crate::db::{Db, Tx};
use crate::error::Result;
use crate::secrets::Vault;
use crate::tokens::Mint;

/// Those that only the previous instance key opens: key pairs of accounts, and keys of environments.
pub fn stale(conn: &mut PgConnection, mint: &Mint, vault: &Vault) -> Result<[i64; 2]> {
    Ok([mint.stale(conn)?, vault.stale(conn)?])
}

/// Seals all of them anew, and says how far it is.
pub fn reseal(db: &Db, mint: &Mint, vault: &Vault, say: impl Fn(String)) -> Result<usize> {
    let [accounts, environments] = db.read_here(|conn| stale(conn, mint, vault))?;
    let done = each(db, "keys of accounts", accounts, &say, |tx| mint.reseal(tx))?
        + each(db, "keys of environments", environments, &say, |tx| vault.reseal(tx))?;
    if done > 0 {
        say("everything that rests sealed is sealed under the new instance key".into());
    }
    Ok(done)
}

fn each(
    db: &Db,
    what: &str,
    count: i64,
    say: impl Fn(String),
    batch: impl Fn(&mut Tx) -> Result<usize>,
) -> Result<usize> {
    let mut sum = 0;
    loop {
        let done = db.write_here(&batch)?;
        if done == 0 {
            return Ok(sum);
        }
        sum += done;
        say(format!("{sum} of {count} {what} are sealed under the new instance key"));
    }
}
