//! `jeton openapi`: the document of the API, for generators; the served one also says where it is.
use crate::api;

pub fn print() -> anyhow::Result<()> {
    println!("{}", api::document().to_pretty_json()?);
    Ok(())
}
