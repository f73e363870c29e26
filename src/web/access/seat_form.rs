//! What a member may do, as it is typed, and what there is to choose from.
use std::collections::BTreeSet;

use serde::Deserialize;

use crate::access::{Projects, Role, Standing};
use crate::error::{Error, Result};
use crate::organizations::Seat;
use crate::projects::Project;
use crate::web::choice::Choice;
use crate::web::form::Problems;

#[derive(Debug, Clone, Default, Deserialize)]
pub struct SeatForm {
    #[serde(default)]
    role: String,
    #[serde(default)]
    all_projects: String,
    #[serde(default)]
    projects: BTreeSet<String>,
    /// Whom an account is made for.
    #[serde(default)]
    pub name: String,
    /// Whom an account or an invitation is for, and how many days an invitation is good.
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub days: String,
}

impl SeatForm {
    /// What someone has.
    pub fn of(seat: &Seat) -> Self {
        Self {
            role: seat.standing.name().to_owned(),
            all_projects: seat.projects.is_all().to_string(),
            projects: seat.projects.listed().map(str::to_owned).collect(),
            ..Self::default()
        }
    }

    /// What a form starts with for someone who is new.
    pub fn least() -> Self {
        Self::of(&Seat::least())
    }

    /// # Errors
    /// `Invalid`, naming `role`.
    pub fn seat(&self) -> Result<Seat> {
        let standing =
            Standing::parse(&self.role).ok_or_else(|| Error::field("role", "Choose a role."))?;
        let projects = Projects::new(self.takes_all(), self.projects.iter().cloned());
        Ok(Seat { standing, projects })
    }

    fn takes_all(&self) -> bool {
        self.all_projects == "true"
    }
}

/// The fields of a dialog about someone's seat.
pub struct SeatFields {
    pub roles: Vec<Choice>,
    pub projects: Vec<Project>,
    pub chosen: BTreeSet<String>,
    pub all_projects: bool,
    pub problems: Problems,
}

impl SeatFields {
    pub fn new(form: &SeatForm, projects: Vec<Project>, problems: Problems) -> Self {
        Self {
            roles: roles(&form.role),
            projects,
            chosen: form.projects.clone(),
            all_projects: form.takes_all(),
            problems,
        }
    }
}

fn roles(chosen: &str) -> Vec<Choice> {
    let roles = [Role::Readonly, Role::Operator, Role::Manager].map(Standing::Role);
    let detail = |standing| match standing {
        Standing::Owner => "Everything, also who belongs here",
        Standing::Role(Role::Readonly) => "Reads only",
        Standing::Role(Role::Operator) => "Reads and writes",
        Standing::Role(Role::Manager) => "Reads, writes, manages",
    };
    let card = |standing: Standing| Choice {
        detail: detail(standing),
        ..Choice::plain(standing.name(), String::new(), chosen)
    };
    roles.into_iter().chain([Standing::Owner]).map(card).collect()
}
