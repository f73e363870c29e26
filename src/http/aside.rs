//! Work that takes the processor for a while, done where it keeps no other request waiting.
use crate::error::{Error, Result};

/// On the blocking threads.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panicked| Error::Internal(panicked.into()))?
}
