//! The one page that ever shows a secret: its forms, ready snippets, and whether it was used yet.
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::when::When;
use crate::config::PublicUrl;
use crate::organizations::suggest_slug;
use crate::secret::Revealed;
use crate::tokens::{Issued, Secret, Token};

/// How long the line asks whether the secret was used.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// The dialog, as markup for the block `dialog` of a console page: `{{ reveal|safe }}`.
#[derive(Template)]
#[template(path = "tokens/_reveal.html")]
pub struct Reveal {
    pub title: String,
    /// What stands under the title: for an organization's token its role and where it reaches.
    pub role: Option<String>,
    pub projects: Vec<String>,
    pub all_projects: bool,
    /// For a person's token or a service account's: how it acts, in a sentence.
    pub sentence: String,
    pub ends: Option<When>,
    /// Said where an old secret works on: until when.
    pub grace: Option<When>,
    pub secret: Revealed,
    pub url: String,
    /// The token's name, fit for the name of a Kubernetes object.
    pub object: String,
    pub first_use: FirstUse,
    /// Where the dialog leads back to.
    pub back: String,
}

impl Reveal {
    /// `poll` answers with [`FirstUse`]; `page` is where the token's use can be read without script.
    pub fn new(issued: Issued, url: &PublicUrl, poll: String, page: String, back: String) -> Self {
        let Issued { token, plain, .. } = issued;
        Self {
            title: format!("“{}” is ready", token.name),
            sentence: String::new(),
            ends: token.expires_at.map(When::date),
            grace: None,
            secret: plain.reveal(),
            url: url.to_string(),
            object: object_name(&token),
            first_use: FirstUse { poll: Some(poll), page, used: None },
            back,
            all_projects: token.all_projects,
            projects: token.projects,
            role: token.role,
        }
    }
}

/// The line that turns green when the secret is first used. It asks by itself until then.
#[derive(Template)]
#[template(path = "tokens/_first_use.html")]
pub struct FirstUse {
    /// Whom to ask again; nobody once it was used, or after a while.
    pub poll: Option<String>,
    /// The token's own page.
    pub page: String,
    pub used: Option<(When, String)>,
}

impl FirstUse {
    pub fn of(secret: &Secret, poll: String, page: String, now: DateTime<Utc>) -> Self {
        let seen = secret.uses();
        let address = seen.last_used_address.map(|at| at.ip().to_string()).unwrap_or_default();
        let used = seen.last_used_at.map(|at| (When::distance(at, now), address));
        let waiting = used.is_none() && secret.created_at > now - PATIENCE;
        Self { poll: waiting.then_some(poll), page, used }
    }
}

fn object_name(token: &Token) -> String {
    match suggest_slug(&token.name) {
        slug if slug.is_empty() => format!("token-{}", token.id),
        slug => slug,
    }
}
