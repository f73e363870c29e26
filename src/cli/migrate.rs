//! `jeton migrate`: what every start does anyway, for whoever wants it done apart.
use super::database::Database;
use crate::config::Config;

pub fn run(config: &Config) -> anyhow::Result<()> {
    let database = Database::for_command(config)?;
    let ran = database.migrate();
    database.close()?;
    match ran?.as_slice() {
        [] => println!("The database is up to date."),
        ran => println!("Ran {}.", ran.join(", ")),
    }
    Ok(())
}
