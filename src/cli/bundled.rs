//! The PostgreSQL inside this executable, where it was built with one.
use crate::postgres::Bundle;

#[cfg(feature = "bundled-postgres")]
pub const BUNDLE: Option<Bundle> = Some(include!(concat!(env!("OUT_DIR"), "/bundle.rs")));

#[cfg(not(feature = "bundled-postgres"))]
pub const BUNDLE: Option<Bundle> = None;
