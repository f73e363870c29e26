//! What someone may be given in an organization: as what, and on which projects. Power is only
//! passed down, so nothing but [`clear`] makes a seat that is given.
use diesel::PgConnection;
use serde_json::{Value, json};

use super::resource_names;
use crate::access::{Grant, Power, Projects, Role, Standing};
use crate::error::{Error, Problem, Result};
use crate::id::{OrganizationId, ProjectId};
use crate::projects;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    pub standing: Standing,
    pub projects: Projects,
}

impl Seat {
    /// On every project.
    pub fn of(standing: Standing) -> Self {
        Self { standing, projects: Projects::All }
    }

    /// Reading, on no project yet: what a form starts with.
    pub fn least() -> Self {
        Self { standing: Standing::Role(Role::Readonly), projects: Projects::default() }
    }

    /// What whoever has it may do.
    pub fn power(&self) -> Power {
        Power { standing: self.standing, projects: self.projects.clone(), picked: None }
    }

    pub(super) fn detail(&self) -> Value {
        let listed: Vec<_> = self.projects.listed().collect();
        json!({
            "role": self.standing.name(),
            "all_projects": self.projects.is_all(),
            "projects": listed,
        })
    }
}

/// A seat that whoever asks may give, on projects that are there.
#[derive(Debug)]
pub struct ClearedSeat {
    pub(super) seat: Seat,
    pub(super) projects: Vec<ProjectId>,
}

/// Clears what is wished for someone who holds `held` already. An owner has all projects.
///
/// # Errors
/// `Invalid` for a project that there is not; `Forbidden`, naming the first thing that it would
/// add and the giver does not hold.
pub(super) fn clear(
    conn: &mut PgConnection,
    organization: OrganizationId,
    wish: Seat,
    giver: &Grant,
    held: Option<&Power>,
) -> Result<ClearedSeat> {
    let seat = match wish.standing {
        Standing::Owner => Seat::of(Standing::Owner),
        Standing::Role(_) => wish,
    };
    let known = projects::ids(conn, organization)?;
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for project in seat.projects.listed() {
        match known.get(project) {
            Some(&id) => found.push(id),
            None => problems.push(Problem::new(
                "projects",
                format!("There is no project {project} in this organization."),
            )),
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let (power, own) = (seat.power(), resource_names(conn, &[organization])?);
    let own = || own.iter().map(String::as_str);
    let widens = held.is_none_or(|held| held.lacks(&power, own()).is_some());
    match giver.lacks(&power, own()).filter(|_| widens) {
        None => Ok(ClearedSeat { seat, projects: found }),
        Some(missing) => Err(Error::forbidden(format!(
            "power is only passed down: whoever asks does not hold {missing}"
        ))),
    }
}
