//! Where a page of secrets stands, what whoever looks at it may do there, and the dialogs before it.
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{detail, list};
use crate::access::Level;
use crate::error::Error;
use crate::http::App;
use crate::id::SecretId;
use crate::projects::{self, Project};
use crate::secrets::{self, Environment, Opener, Place};
use crate::web::{Member, Page, Result, page};

/// A project whose secrets the member may see.
#[derive(Clone)]
pub struct Grounds {
    pub member: Member,
    pub project: Project,
    pub environments: Vec<Environment>,
    /// `/orgs/acme/projects/greenhouse`
    pub at: String,
}

/// One of its environments.
#[derive(Clone)]
pub struct Ground {
    pub grounds: Grounds,
    pub environment: Environment,
    /// `/orgs/acme/projects/greenhouse/environments/...`
    pub here: String,
}

impl Grounds {
    /// # Errors
    /// `NotFound` for a project that the member does not reach; `Forbidden` for what is beyond
    /// their role.
    pub async fn of(member: Member, app: &App, project: &str, needed: Level) -> Result<Self> {
        let power = &member.membership().power;
        if !power.projects.contains(project) {
            return Err(Error::NotFound("project").into());
        }
        if !power.allows("secrets", needed, None) {
            return Err(Error::forbidden(match needed {
                Level::Read => "your role does not let you see secrets; ask an owner",
                Level::Write => "your role does not let you change secrets; ask an owner",
                Level::Manage => "your role does not let you do this; ask a manager or an owner",
            })
            .into());
        }
        let (organization, id) = (member.organization(), project.to_owned());
        let (vault, now) = (app.vault.clone(), app.clock.now());
        let read = app.db.read(move |conn| {
            let project = projects::find(conn, organization, &id)?;
            let project = project.ok_or(Error::NotFound("project"))?;
            let environments = secrets::environments(conn, &vault, project.id, now)?;
            Ok((project, environments))
        });
        let (project, environments) = read.await?;
        let at = format!("/orgs/{}/projects/{}", member.slug(), project.project_id);
        Ok(Self { member, project, environments, at })
    }

    /// What the member may do here, at most.
    pub fn level(&self) -> Level {
        self.member.membership().power.level("secrets").unwrap_or(Level::Read)
    }

    pub fn named(&self, name: &str) -> Result<Environment> {
        let found = self.environments.iter().find(|environment| environment.is_named(name));
        Ok(found.cloned().ok_or(Error::NotFound("environment"))?)
    }

    pub fn page_of(&self, environment: &Environment) -> String {
        format!("{}/environments/{}", self.at, environment.id)
    }

    /// On its first environment.
    pub fn first(self) -> Result<Ground> {
        let environment = self.environments.first().cloned();
        let environment = environment.ok_or(Error::NotFound("environment"))?;
        Ok(Ground { here: self.page_of(&environment), environment, grounds: self })
    }
}

impl Ground {
    /// # Errors
    /// As [`Grounds::of`]; `NotFound` for an environment that the project has not.
    pub async fn of(
        member: Member,
        app: &App,
        project: &str,
        environment: &str,
        needed: Level,
    ) -> Result<Self> {
        let grounds = Grounds::of(member, app, project, needed).await?;
        let environment = grounds.named(environment)?;
        Ok(Self { here: grounds.page_of(&environment), environment, grounds })
    }

    pub fn place(&self) -> Place {
        Place { project: self.project.clone(), environment: self.environment.clone() }
    }

    pub fn opener(&self, app: &App) -> Result<Opener> {
        Ok(app.vault.open(&self.environment)?)
    }

    pub fn page_of_secret(&self, id: SecretId) -> String {
        format!("{}/secrets/{id}", self.here)
    }

    /// The dialog alone where that is asked for, else before its page: the secret's own, or that of
    /// the environment.
    pub async fn present(
        self,
        app: &App,
        req: &HttpRequest,
        before: Option<SecretId>,
        (title, dialog): (String, impl Template),
        status: StatusCode,
    ) -> Result<HttpResponse> {
        if page::is_part(req) {
            return Ok(Page(dialog).with(status));
        }
        let markup = dialog.render().map_err(|cause| Error::Internal(cause.into()))?;
        let dialog = Some(Dialog { title, markup });
        let url = before.map_or_else(|| self.here.clone(), |id| self.page_of_secret(id));
        let mut res = match before {
            None => {
                Page(list::read(self, app, &list::Asked::default(), dialog).await?).with(status)
            }
            Some(id) => Page(detail::read(self, app, id, dialog).await?).with(status),
        };
        if status.is_success()
            && let Ok(here) = HeaderValue::from_str(&url)
        {
            // A form was answered: on reload there is the page, and no form to send again.
            res.headers_mut().insert(HeaderName::from_static("hx-replace-url"), here);
        }
        Ok(res)
    }
}

impl Deref for Ground {
    type Target = Grounds;

    fn deref(&self) -> &Grounds {
        &self.grounds
    }
}

/// A dialog, ready to stand on a page.
#[derive(Debug)]
pub struct Dialog {
    pub title: String,
    pub markup: String,
}

/// An environment as a tab.
pub struct Tab {
    pub name: String,
    pub url: String,
    pub current: bool,
}

pub fn tabs(grounds: &Grounds, current: Option<&Environment>) -> Vec<Tab> {
    let tab = |environment: &Environment| Tab {
        name: environment.name.clone(),
        url: grounds.page_of(environment),
        current: current.is_some_and(|current| current.id == environment.id),
    };
    grounds.environments.iter().map(tab).collect()
}
