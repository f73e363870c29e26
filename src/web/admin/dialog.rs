//! The dialogs that pages of the platform share: a question before something is done, and the one
//! answer that shows a link.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::PasswordLink;
use crate::http::App;
use crate::web::when::When;
use crate::web::{Page, Result};

/// A dialog, ready to stand on a page.
pub struct Dialog {
    pub title: String,
    pub markup: String,
}

/// Asks before something is done.
#[derive(Template)]
#[template(path = "admin/_confirm.html")]
pub struct Confirm {
    pub title: String,
    pub text: String,
    /// Where the form goes, and where the way back leads.
    pub action: String,
    pub back: String,
    pub button: &'static str,
    pub danger: bool,
}

/// The one answer with the link.
#[derive(Template)]
#[template(path = "admin/_link.html")]
pub struct LinkDialog {
    name: String,
    email: String,
    link: SecretString,
    ends: When,
    back: String,
}

impl LinkDialog {
    pub fn of(app: &App, made: PasswordLink, back: String) -> Self {
        let PasswordLink { user, code, expires_at } = made;
        let ends = When::sentence(expires_at);
        Self { name: user.name, email: user.email, link: app.password_link(code), ends, back }
    }

    fn link(&self) -> &str {
        self.link.expose_secret()
    }
}

impl Dialog {
    pub fn of(title: impl Into<String>, part: &impl Template) -> Result<Self> {
        let markup = part.render().map_err(anyhow::Error::from);
        let markup = markup.map_err(crate::error::Error::from)?;
        Ok(Self { title: title.into(), markup })
    }
}

/// The dialog alone where htmx asks for that.
pub fn alone(part: impl Template, status: StatusCode) -> HttpResponse {
    Page(part).with(status)
}
