//! Request bodies, up to a bound.
use actix_web::web::{Bytes, Payload};

use crate::error::{Error, Result};

/// The most that a form or a JSON body may hold.
pub const MOST: usize = 64 * 1024;

/// # Errors
/// `TooLarge` beyond [`MOST`]; `InvalidRequest` where the body breaks off.
pub async fn read(payload: Payload) -> Result<Bytes> {
    payload
        .to_bytes_limited(MOST)
        .await
        .map_err(|_| Error::TooLarge("the request"))?
        .map_err(|_| Error::InvalidRequest("the request's body broke off".into()))
}
