//! Form bodies, as OAuth has them: no parameter stands twice, unknown ones are left alone.
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use url::form_urlencoded;

use super::{Failure, Result};
use crate::error::Error;
use crate::http::{body, nul};

/// `application/x-www-form-urlencoded`, at most 64 KiB.
pub struct Form(Vec<(String, String)>);

impl Form {
    /// A parameter without a value counts as left out (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// `invalid_request` where it stands twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>> {
        let mut values = self.0.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(Failure::invalid_request(format!("{name} stands twice")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// # Errors
    /// `invalid_request` where it is missing, too.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.one(name)?.ok_or_else(|| Failure::invalid_request(format!("{name} is missing")))
    }
}

impl FromRequest for Form {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = req.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.parse::<mime::Mime>().ok());
        let is_form =
            kind.is_some_and(|kind| kind.essence_str() == "application/x-www-form-urlencoded");
        let payload = actix_web::web::Payload::from_request(req, payload);
        Box::pin(async move {
            let broken = |_| Error::InvalidRequest("the request's body broke off".into());
            let bytes = body::read(payload.await.map_err(broken)?, nul::IN_FORM).await?;
            if !is_form {
                let why = "send a form (Content-Type: application/x-www-form-urlencoded)";
                return Err(Failure::invalid_request(why));
            }
            Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
        })
    }
}
