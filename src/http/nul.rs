//! The one character that PostgreSQL's texts cannot hold is refused at the door, in every face.
use actix_web::HttpRequest;

use crate::error::{Error, Result};

/// As a form writes it.
pub const IN_FORM: &str = "%00";

/// # Errors
/// `InvalidRequest` for an address with a NUL in its path or query.
pub fn refuse_in_address(req: &HttpRequest) -> Result<()> {
    refuse(req.uri().path_and_query().is_some_and(|address| address.as_str().contains(IN_FORM)))
}

/// # Errors
/// `InvalidRequest` for a body with a NUL, plain or as `written`.
pub fn refuse_in_body(body: &[u8], written: &str) -> Result<()> {
    refuse(body.contains(&0) || memchr::memmem::find(body, written.as_bytes()).is_some())
}

fn refuse(found: bool) -> Result<()> {
    if found {
        return Err(Error::InvalidRequest("leave out NUL characters".into()));
    }
    Ok(())
}
