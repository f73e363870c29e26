//! What a dialog stands before: the list, or the webhook's own page.
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{at, detail, list};
use crate::error::Error;
use crate::http::App;
use crate::id::WebhookId;
use crate::web::{Owner, Page, Result, page};

#[derive(Debug, Clone, Copy)]
pub enum Ground {
    List,
    Webhook(WebhookId),
}

/// A dialog, ready to stand on a page.
#[derive(Debug)]
pub struct Dialog {
    pub title: String,
    pub markup: String,
}

impl Ground {
    pub fn url(self, slug: &str) -> String {
        match self {
            Self::List => at(slug),
            Self::Webhook(id) => format!("{}/{id}", at(slug)),
        }
    }

    /// The dialog alone where that is asked for, else before its page.
    pub async fn present(
        self,
        owner: &Owner,
        app: &App,
        req: &HttpRequest,
        (title, dialog): (&str, impl Template),
        status: StatusCode,
    ) -> Result<HttpResponse> {
        if page::is_part(req) {
            return Ok(Page(dialog).with(status));
        }
        let markup = dialog.render().map_err(|cause| Error::Internal(cause.into()))?;
        let dialog = Some(Dialog { title: title.to_owned(), markup });
        let mut res = match self {
            Self::List => Page(list::read(owner, app, dialog).await?).with(status),
            Self::Webhook(id) => {
                Page(detail::read(owner, app, id, None, dialog).await?).with(status)
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
