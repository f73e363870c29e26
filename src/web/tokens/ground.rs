//! What a dialog stands before, and where an act leads back to: the list, or the token's own page.
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::query::ListQuery;
use super::{at, detail, list};
use crate::error::Error;
use crate::http::App;
use crate::id::TokenId;
use crate::web::{Owner, Page, Result, page};

#[derive(Debug, Clone)]
pub enum Ground {
    List(ListQuery),
    Token(TokenId),
}

/// Links and forms of a list carry its query along; those of a token's page carry nothing.
#[derive(Debug, Default, Deserialize)]
pub struct Origin {
    from: Option<String>,
}

/// A dialog, ready to stand on a page.
#[derive(Debug)]
pub struct Dialog {
    pub title: String,
    pub markup: String,
}

impl Origin {
    pub fn list(&self) -> Ground {
        Ground::List(self.from.as_deref().map(ListQuery::of_text).unwrap_or_default())
    }

    pub fn of(&self, id: TokenId) -> Ground {
        if self.from.is_some() { self.list() } else { Ground::Token(id) }
    }
}

impl From<Option<String>> for Origin {
    fn from(from: Option<String>) -> Self {
        Self { from }
    }
}

impl Ground {
    pub fn url(&self, slug: &str) -> String {
        match self {
            Self::List(query) => query.url(slug),
            Self::Token(id) => format!("{}/{id}", at(slug)),
        }
    }

    /// What a form sends along, to lead back here.
    pub fn from(&self) -> Option<String> {
        match self {
            Self::List(query) => Some(query.text()),
            Self::Token(_) => None,
        }
    }

    /// The same behind the address of a link.
    pub fn suffix(&self) -> String {
        let encoded = |text: String| {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
        };
        self.from().map(|from| format!("?from={}", encoded(from))).unwrap_or_default()
    }

    /// The dialog alone where that is asked for, else before its page.
    pub async fn present(
        &self,
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
            Self::List(query) => Page(list::read(owner, app, query, dialog).await?).with(status),
            Self::Token(id) => Page(detail::read(owner, app, *id, dialog).await?).with(status),
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
