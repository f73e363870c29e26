//! The create and the edit form as the template draws them: what was typed, what may be chosen, and
//! in words what the token would be able to do.
use askama::Template;
use chrono::{DateTime, Utc};

use super::at;
use super::form::TokenForm;
use super::ground::Ground;
use crate::access::{self, CONTROL, DATA, Level, Power, Role, Standing, Summary, TEMPLATES};
use crate::db::Db;
use crate::error::Result as CoreResult;
use crate::policies::{Expiry, OrganizationBounds, Rule};
use crate::projects::{self, Project};
use crate::tokens::{self, Token};
use crate::web::Owner;
use crate::web::choice::{Choice, Resource};
use crate::web::form::Problems;
use crate::web::twice::Twin;
use crate::web::when::{When, counted, date, days};

const PRESETS: [i32; 4] = [7, 30, 90, 180];
const USUAL: i32 = 90;

/// What may be chosen from.
pub struct Choices {
    pub bounds: OrganizationBounds,
    pub projects: Vec<Project>,
    pub now: DateTime<Utc>,
}

impl Choices {
    pub async fn read(owner: &Owner, db: &Db, now: DateTime<Utc>) -> CoreResult<Self> {
        let (organization, grant) = (owner.organization(), owner.grant());
        db.read(move |conn| {
            let bounds = tokens::organization_bounds(conn, organization, grant)?;
            Ok(Self { bounds, projects: projects::list(conn, organization)?, now })
        })
        .await
    }

    /// What a new form starts with: little power, and an end.
    pub fn begin(&self, from: Option<String>) -> TokenForm {
        let usual = presets(&self.bounds.policy).into_iter().rfind(|days| *days <= USUAL);
        let mut form = TokenForm {
            expiry: usual.map_or_else(|| "date".to_owned(), |days| days.to_string()),
            role: Role::default().name().to_owned(),
            all_projects: self.projects.is_empty(),
            from,
            ..TokenForm::default()
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

/// Those that the policy allows, and its own limit.
fn presets(policy: &Rule) -> Vec<i32> {
    let Some(most) = policy.max_lifetime_days else { return PRESETS.into() };
    let mut presets: Vec<_> = PRESETS.into_iter().filter(|days| *days < most).collect();
    presets.push(most);
    presets
}

#[derive(Template)]
#[template(path = "tokens/_form.html")]
pub struct FormDialog {
    title: String,
    organization: String,
    form: TokenForm,
    problems: Problems,
    twin: Option<Twin>,
    /// Where the form is sent, where it is only looked at, and where cancelling leads.
    action: String,
    preview: String,
    back: String,
    templates: Vec<Choice>,
    expiries: Vec<Choice>,
    ends: Option<When>,
    ends_in: String,
    limit: String,
    earliest: String,
    latest: String,
    roles: Vec<Choice>,
    projects: Vec<Project>,
    resources: Vec<Resource>,
    listed: usize,
    summary: Summary,
    /// Whether a field takes the keyboard. Where only a choice was made, what was in hand keeps it.
    focus: bool,
}

impl FormDialog {
    /// `edited` is the token that exists already.
    pub fn new(
        owner: &Owner,
        ground: &Ground,
        choices: Choices,
        form: TokenForm,
        problems: Problems,
        edited: Option<&Token>,
    ) -> Self {
        let resources = resources(&form, &choices);
        let Choices { bounds, projects, now } = choices;
        let at = at(owner.slug());
        let ends = match form.ends(now) {
            Ok(Some(Expiry::At(at))) => Some(at),
            Ok(None) => edited.and_then(|token| token.expires_at),
            _ => None,
        };
        let never = form.expiry == "never" || (form.expiry == "keep" && ends.is_none());
        let names: Vec<_> = projects.iter().map(|project| project.project_id.clone()).collect();
        let power = Power::of_config(form.access());
        let summary = power.summary(&bounds.resources, &names);
        Self {
            title: if form.token.is_some() { "Edit token".into() } else { "Create token".into() },
            organization: owner.membership().organization_name.clone(),
            action: form.token.as_ref().map_or_else(|| at.clone(), |id| format!("{at}/{id}/edit")),
            preview: format!("{at}/preview"),
            back: ground.url(owner.slug()),
            templates: templates(&form),
            expiries: expiries(&form, &bounds.policy, edited),
            ends: ends.map(When::sentence),
            ends_in: ends_in(ends, never, now),
            limit: limit(&bounds.policy),
            earliest: now.date_naive().to_string(),
            latest: bounds
                .policy
                .latest(now)
                .map(|at| at.date_naive().to_string())
                .unwrap_or_default(),
            roles: roles(&form),
            listed: resources.iter().filter(|resource| resource.is_chosen()).count(),
            projects,
            resources,
            summary,
            form,
            problems,
            twin: None,
            focus: true,
        }
    }

    pub fn with_twin(self, twin: Option<Twin>) -> Self {
        Self { twin, ..self }
    }

    pub fn without_focus(self) -> Self {
        Self { focus: false, ..self }
    }

    pub fn title(&self) -> String {
        self.title.clone()
    }

    /// The first field that is wrong has the keyboard; else the first of all.
    fn has_focus(&self, field: &str) -> bool {
        const FIELDS: [&str; 5] = ["name", "expires_at", "role", "projects", "permissions"];
        let wrong = FIELDS.into_iter().find(|field| self.problems.of(field).is_some());
        self.focus && wrong.unwrap_or("name") == field
    }
}

fn templates(form: &TokenForm) -> Vec<Choice> {
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

fn expiries(form: &TokenForm, policy: &Rule, edited: Option<&Token>) -> Vec<Choice> {
    let mut choices = Vec::new();
    if let Some(token) = edited {
        let kept = token.expires_at.map_or_else(|| "Never, as it is".to_owned(), date);
        choices.push(Choice::plain("keep", kept, &form.expiry));
    }
    for days in presets(policy) {
        choices.push(Choice::plain(&days.to_string(), counted(days.into(), "day"), &form.expiry));
    }
    choices.push(Choice::plain("date", "On a date".to_owned(), &form.expiry));
    if policy.allow_non_expiring {
        choices.push(Choice::plain("never", "Never".to_owned(), &form.expiry));
    }
    choices
}

fn ends_in(ends: Option<DateTime<Utc>>, never: bool, now: DateTime<Utc>) -> String {
    match ends {
        Some(at) if at > now => match days(at, now) {
            0 => "today".to_owned(),
            left => format!("in {}", counted(left, "day")),
        },
        _ if never => "never".to_owned(),
        _ => String::new(),
    }
}

fn limit(policy: &Rule) -> String {
    let most = policy.max_lifetime_days.map(|days| counted(days.into(), "day"));
    match (most, policy.allow_non_expiring) {
        (Some(most), false) => format!("Your organization allows at most {most}."),
        (Some(most), true) => format!("Your organization allows at most {most}, or no end at all."),
        (None, false) => "Your organization asks for an end.".to_owned(),
        (None, true) => String::new(),
    }
}

fn roles(form: &TokenForm) -> Vec<Choice> {
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

fn resources(form: &TokenForm, choices: &Choices) -> Vec<Resource> {
    let standing = Standing::Role(Role::parse(&form.role).unwrap_or_default());
    let held = |name| form.permissions.get(name).and_then(|level| Level::parse(level));
    let line = |name| Resource::new(name, held(name), standing.level(name));
    choices.resources().map(line).collect()
}
