//! Request bodies, up to a bound.
use actix_web::web::{Bytes, Payload};

use super::nul;
use crate::error::{Error, Result};

/// The most that a form or a JSON body may hold.
pub const MOST: usize = 64 * 1024;

/// `nul` is how a NUL is written in a body of this kind.
///
/// # Errors
/// `TooLarge` beyond [`MOST`]; `InvalidRequest` where the body breaks off, or has a NUL in it.
pub async fn read(payload: Payload, nul: &str) -> Result<Bytes> {
    let bytes = whole(payload).await?;
    nul::refuse_in_body(&bytes, nul)?;
    Ok(bytes)
}

/// Whatever is in it: for whoever names the field that has a NUL.
///
/// # Errors
/// `TooLarge` beyond [`MOST`]; `InvalidRequest` where the body breaks off.
pub async fn whole(payload: Payload) -> Result<Bytes> {
    up_to(MOST, payload).await
}

/// The same with another bound, for whoever takes many things at once.
///
/// # Errors
/// `TooLarge` beyond `most`; `InvalidRequest` where the body breaks off.
pub async fn up_to(most: usize, payload: Payload) -> Result<Bytes> {
    payload
        .to_bytes_limited(most)
        .await
        .map_err(|_| Error::TooLarge("the request"))?
        .map_err(|_| Error::InvalidRequest("the request's body broke off".into()))
}
