//! What is done around every request, of whatever face: its line in the log, and the headers of its
//! answer. One step, because what services ask must not pass through many.
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::middleware::Next;

use super::headers::{Kind, point, secure};
use super::log::Line;

pub async fn around(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (line, kind) = (Line::begin(&req), Kind::of(&req));
    match next.call(req).await {
        Ok(mut res) => {
            line.end(&mut res);
            secure(res.headers_mut(), kind);
            if res.status() == StatusCode::UNAUTHORIZED {
                point(&mut res);
            }
            Ok(res)
        }
        Err(cause) => {
            line.fail(&cause);
            let mut res = cause.error_response();
            secure(res.headers_mut(), kind);
            Err(InternalError::from_response(cause, res).into())
        }
    }
}
