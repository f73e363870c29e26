//! The JSON face, `/api/v2`.
use actix_web::web::ServiceConfig;

pub fn routes(_: &mut ServiceConfig) {}
