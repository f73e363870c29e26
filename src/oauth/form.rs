//! Form bodies, as OAuth has them: no parameter stands twice, unknown ones are left alone.
use std::convert::Infallible;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use url::form_urlencoded;

use super::{Failure, Result};
use crate::error::Error;
use crate::http::{body, nul};

const FORM: &str = "application/x-www-form-urlencoded";

/// `application/x-www-form-urlencoded`, at most 64 KiB. One that is not right is empty until it is
/// [`Form::checked`]: who asks is settled first.
pub struct Form {
    pairs: Vec<(String, String)>,
    refused: Option<Failure>,
}

impl Form {
    /// # Errors
    /// What is wrong with the body as a whole.
    pub fn checked(self) -> Result<Self> {
        match self.refused {
            Some(refused) => Err(refused),
            None => Ok(self),
        }
    }

    fn refused(why: Failure) -> Self {
        Self { pairs: Vec::new(), refused: Some(why) }
    }

    /// A parameter without a value counts as left out (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// `invalid_request` where it stands twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>> {
        let mut values =
            self.pairs.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(Failure::invalid_request(format!("{name} stands twice")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// For what may stand several times.
    pub fn all(&self, name: &str) -> Vec<String> {
        let values = self.pairs.iter().filter(|(n, value)| n == name && !value.is_empty());
        values.map(|(_, value)| value.clone()).collect()
    }

    /// # Errors
    /// `invalid_request` where it is missing, too.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.one(name)?.ok_or_else(|| Failure::invalid_request(format!("{name} is missing")))
    }
}

impl FromRequest for Form {
    type Error = Infallible;
    type Future = LocalBoxFuture<'static, Result<Self, Infallible>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind = req.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let is_form = kind.is_some_and(|kind| {
            kind == FORM || kind.parse::<mime::Mime>().is_ok_and(|kind| kind.essence_str() == FORM)
        });
        let payload = actix_web::web::Payload::from_request(req, payload);
        Box::pin(async move {
            let broken = |_| Error::InvalidRequest("the request's body broke off".into());
            let read = async { body::read(payload.await.map_err(broken)?, nul::IN_FORM).await };
            Ok(match (read.await, is_form) {
                (Ok(bytes), true) => {
                    let pairs = form_urlencoded::parse(&bytes).into_owned().collect();
                    Self { pairs, refused: None }
                }
                (Ok(_), false) => Self::refused(Failure::invalid_request(
                    "send a form (Content-Type: application/x-www-form-urlencoded)",
                )),
                (Err(refused), _) => Self::refused(refused.into()),
            })
        })
    }
}
