//! What comes in by form, path and query, read in this face's voice.
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::Failure;
use crate::error::{Error, Problem};
use crate::http::{body, nul};

/// What is wrong with the fields of a form that comes back.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn new(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of the page with the form.
    pub fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// What is wrong with one field, for the line below it.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == field).map(|p| p.message.as_str())
    }
}

/// Sets fields that need attention apart from every other failure: the form comes back with them.
pub fn checked<T>(outcome: Result<T, Error>) -> Result<Result<T, Problems>, Failure> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Error::Invalid(problems)) => Ok(Err(Problems(problems))),
        Err(other) => Err(other.into()),
    }
}

/// Adds what could not even be read to what the core found wrong, so a form is corrected in one go.
pub fn joined<T>(outcome: Result<T, Error>, unread: Vec<Problem>) -> Result<T, Error> {
    match outcome {
        Ok(_) if !unread.is_empty() => Err(Error::Invalid(unread)),
        Err(Error::Invalid(found)) => {
            Err(Error::Invalid(unread.into_iter().chain(found).collect()))
        }
        outcome => outcome,
    }
}

/// A form's body, at most 64 KiB. A field may stand several times.
pub struct Form<T>(pub T);

/// The same where a field holds a whole file or a value of a mebibyte.
pub struct LargeForm<T>(pub T);

/// What a mebibyte needs as a form writes it.
const LARGE: usize = 8 * 1024 * 1024;

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = read(req, payload, body::MOST);
        Box::pin(async { form.await.map(Self) })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for LargeForm<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = read(req, payload, LARGE);
        Box::pin(async { form.await.map(Self) })
    }
}

fn read<T: DeserializeOwned>(
    req: &HttpRequest,
    payload: &mut Payload,
    most: usize,
) -> impl Future<Output = Result<T, Failure>> + use<T> {
    let kind = req.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form =
        kind.is_some_and(|kind| kind.trim().starts_with("application/x-www-form-urlencoded"));
    let (mut payload, req) = (payload.take(), req.clone());
    async move {
        if !is_form {
            let wanted = "send a form (application/x-www-form-urlencoded)";
            return Err(Error::InvalidRequest(wanted.into()).into());
        }
        let payload = actix_web::web::Payload::from_request(&req, &mut payload).await;
        let bytes = body::up_to(most, payload.map_err(unreadable)?).await?;
        nul::refuse_in_body(&bytes, nul::IN_FORM)?;
        serde_html_form::from_bytes(&bytes).map_err(|_| unreadable(()))
    }
}

fn unreadable<E>(_: E) -> Failure {
    Error::InvalidRequest("the form could not be read".into()).into()
}

/// A part of the path. What is not of the right shape is not there.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(req.match_info().load().map(Path).map_err(|_| Error::NotFound("page").into()))
    }
}

/// The query. What is not understood is refused, not ignored.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(serde_html_form::from_str(req.query_string()).map(Query).map_err(|_| {
            Error::InvalidRequest("the address has something that could not be read".into()).into()
        }))
    }
}
