//! What a dialog stands before: the list of accounts, or the page of one.
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{at, detail, list, page_of};
use crate::error::Error;
use crate::http::App;
use crate::id::ServiceAccountId;
use crate::web::tokens::Dialog;
use crate::web::{Owner, Page, Result, page};

#[derive(Debug, Clone, Copy)]
pub enum Ground {
    List,
    Account(ServiceAccountId),
}

impl Ground {
    pub fn url(self, slug: &str) -> String {
        match self {
            Self::List => at(slug),
            Self::Account(account) => page_of(slug, account),
        }
    }

    /// The dialog alone where that is asked for, else before its page.
    pub async fn present(
        self,
        owner: &Owner,
        app: &App,
        req: &HttpRequest,
        (title, dialog): (String, impl Template),
        status: StatusCode,
    ) -> Result<HttpResponse> {
        if page::is_part(req) {
            return Ok(Page(dialog).with(status));
        }
        let markup = dialog.render().map_err(|cause| Error::Internal(cause.into()))?;
        let dialog = Some(Dialog { title, markup });
        let mut res = match self {
            Self::List => {
                let query = list::ListQuery::default();
                Page(list::read(owner, app, query, dialog).await?).with(status)
            }
            Self::Account(account) => {
                let query = detail::DetailQuery::default();
                Page(detail::read(owner, app, account, query, dialog).await?).with(status)
            }
        };
        if status.is_success()
            && let Ok(here) = HeaderValue::from_str(&self.url(owner.slug()))
        {
            // A form was answered: on reload there is the page, and no form to send again.
            res.headers_mut().insert(HeaderName::from_static("hx-replace-url"), here);
        }
        Ok(res)
    }
}
