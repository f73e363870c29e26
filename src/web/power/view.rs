//! The fields of power as the templates draw them: what may be chosen, and in words what comes of it.
use chrono::{DateTime, Utc};

use super::PowerForm;
use crate::access::{self, CONTROL, DATA, Level, Power, Role, Standing, Summary, TEMPLATES};
use crate::db::Db;
use crate::error::Result;
use crate::policies::OrganizationBounds;
use crate::projects::{self, Project};
use crate::tokens;
use crate::web::Owner;
use crate::web::choice::{Choice, Resource};

/// What may be chosen from.
pub struct Choices {
    pub bounds: OrganizationBounds,
    pub projects: Vec<Project>,
    pub now: DateTime<Utc>,
}

impl Choices {
    pub async fn read(owner: &Owner, db: &Db, now: DateTime<Utc>) -> Result<Self> {
        let (organization, grant) = (owner.organization(), owner.grant());
        db.read(move |conn| {
            let bounds = tokens::organization_bounds(conn, organization, grant)?;
            Ok(Self { bounds, projects: projects::list(conn, organization)?, now })
        })
        .await
    }

    /// Little power, to start with.
    pub fn begin(&self) -> PowerForm {
        let mut form = PowerForm {
            role: Role::default().name().to_owned(),
            all_projects: self.projects.is_empty(),
            ..PowerForm::default()
        };
        form.settle(self.resources());
        form
    }

    /// Data, the organization's own resources, and what a token may read of Jeton itself.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        let most = Standing::Role(Role::Manager);
        let control = CONTROL.into_iter().filter(move |name| most.level(name).is_some());
        let own = self.bounds.resources.iter().map(String::as_str);
        DATA.into_iter().chain(own).chain(control)
    }
}

pub struct PowerView {
    pub templates: Vec<Choice>,
    pub roles: Vec<Choice>,
    pub projects: Vec<Project>,
    pub resources: Vec<Resource>,
    /// How many of them are listed.
    pub listed: usize,
    pub summary: Summary,
}

impl PowerView {
    pub fn of(form: &PowerForm, choices: &Choices) -> Self {
        let names: Vec<_> =
            choices.projects.iter().map(|project| project.project_id.clone()).collect();
        let resources = resources(form, choices);
        let power = Power::of_config(form.access());
        Self {
            templates: templates(form),
            roles: roles(form),
            projects: choices.projects.clone(),
            listed: resources.iter().filter(|resource| resource.is_chosen()).count(),
            resources,
            summary: power.summary(&choices.bounds.resources, &names),
        }
    }
}

fn templates(form: &PowerForm) -> Vec<Choice> {
    let card = |template: &access::Template| Choice {
        value: template.key.to_owned(),
        label: template.title.to_owned(),
        detail: template.detail,
        icon: template.icon,
        chosen: form.follows(template),
        disabled: false,
    };
    TEMPLATES.iter().map(card).collect()
}

fn roles(form: &PowerForm) -> Vec<Choice> {
    let detail = |role| match role {
        Role::Readonly => "Reads only",
        Role::Operator => "Reads and writes",
        Role::Manager => "Reads, writes, manages",
    };
    let card = |role: Role| Choice {
        detail: detail(role),
        ..Choice::plain(role.name(), String::new(), &form.role)
    };
    Role::ALL.map(card).into()
}

fn resources(form: &PowerForm, choices: &Choices) -> Vec<Resource> {
    let standing = Standing::Role(Role::parse(&form.role).unwrap_or_default());
    let held = |name| form.permissions.get(name).and_then(|level| Level::parse(level));
    let line = |name| Resource::new(name, held(name), standing.level(name));
    choices.resources().map(line).collect()
}
