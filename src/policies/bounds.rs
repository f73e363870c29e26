//! From a wish to what is cleared. Nothing else makes a [`Cleared`], and a token is issued from
//! nothing else, so no path skips the policy.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Expiry, Rule};
use crate::access::{
    AccessConfig, Grant, Level, Permissions, Power, Projects, Role, Standing, is_built_in,
    is_control,
};
use crate::error::{Error, Problem, Result};
use crate::id::{ProjectId, UserId};
use crate::name::Name;

/// What someone asks for: an organization token.
#[derive(Debug, Clone)]
pub struct Wish {
    pub name: String,
    pub expiry: Expiry,
    pub access: AccessConfig,
    pub may_rotate_itself: bool,
}

/// What someone asks for: a personal access token. `picked` left out means everything that its
/// holder may do.
#[derive(Debug, Clone)]
pub struct PersonalWish {
    pub name: String,
    pub expiry: Expiry,
    pub picked: Option<Permissions>,
    pub may_rotate_itself: bool,
}

/// What someone asks to have changed. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub name: Option<String>,
    pub is_active: Option<bool>,
    pub expiry: Option<Expiry>,
    pub access: Option<AccessConfig>,
    pub may_rotate_itself: Option<bool>,
    /// Who answers for it from now on.
    pub steward: Option<UserId>,
}

/// A wish that the policy and the giver's own power allow.
#[derive(Debug)]
pub struct Cleared {
    pub(crate) name: Name,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) power: ClearedPower,
    pub(crate) may_rotate_itself: bool,
}

#[derive(Debug)]
#[expect(clippy::option_option, reason = "left alone, taken away, or set")]
pub struct ClearedChange {
    pub(crate) name: Option<Name>,
    pub(crate) is_active: Option<bool>,
    pub(crate) expires_at: Option<Option<DateTime<Utc>>>,
    pub(crate) power: Option<ClearedPower>,
    pub(crate) may_rotate_itself: Option<bool>,
    pub(crate) steward: Option<UserId>,
}

#[derive(Debug)]
pub struct ClearedPower {
    pub(crate) role: Option<Role>,
    pub(crate) all_projects: bool,
    pub(crate) projects: Vec<ProjectId>,
    pub(crate) permissions: Option<Permissions>,
}

/// Who takes power, in the words of a refusal.
const TOKEN: &str = "organization token";

/// What an organization's tokens may be, when `giver` asks.
#[derive(Debug, Clone)]
pub struct OrganizationBounds {
    pub policy: Rule,
    pub projects: BTreeMap<String, ProjectId>,
    pub resources: Vec<String>,
    pub giver: Grant,
}

impl OrganizationBounds {
    /// Names every problem at once, so a form is corrected in one go.
    pub fn clear(&self, wish: Wish, now: DateTime<Utc>) -> Result<Cleared> {
        let mut problems = Vec::new();
        let name = keep(&mut problems, parse_name(&wish.name));
        let expires_at = keep(&mut problems, self.policy.clear(wish.expiry, self.giver.ends, now));
        let power = self.clear_access(&mut problems, wish.access, TOKEN);
        match (name, expires_at, power) {
            (Some(name), Some(expires_at), Some(power)) if problems.is_empty() => {
                let may_rotate_itself = wish.may_rotate_itself;
                self.passes_down(&power)?;
                Ok(Cleared { name, expires_at, power, may_rotate_itself })
            }
            _ => Err(Error::Invalid(problems)),
        }
    }

    pub fn clear_change(&self, change: Change, now: DateTime<Utc>) -> Result<ClearedChange> {
        let mut problems = Vec::new();
        let name = change.name.and_then(|name| keep(&mut problems, parse_name(&name)));
        let expires_at = change
            .expiry
            .and_then(|wish| keep(&mut problems, self.policy.clear(wish, self.giver.ends, now)));
        let power =
            change.access.and_then(|access| self.clear_access(&mut problems, access, TOKEN));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        if let Some(power) = &power {
            self.passes_down(power)?;
        }
        let Change { is_active, may_rotate_itself, steward, .. } = change;
        Ok(ClearedChange { name, is_active, expires_at, power, may_rotate_itself, steward })
    }

    pub(super) fn clear_access(
        &self,
        problems: &mut Vec<Problem>,
        access: AccessConfig,
        taker: &str,
    ) -> Option<ClearedPower> {
        let before = problems.len();
        let mut projects = Vec::new();
        for project in access.projects.listed() {
            match self.projects.get(project) {
                Some(&id) => projects.push(id),
                None => problems.push(Problem::new(
                    "projects",
                    format!("There is no project {project} in this organization."),
                )),
            }
        }
        let standing = Standing::Role(access.role);
        for (resource, &level) in access.permissions.iter().flatten() {
            if let Err(message) = self.may_list(standing, resource, level, taker) {
                problems.push(Problem::new("permissions", message));
            }
        }
        (problems.len() == before).then(|| ClearedPower {
            role: Some(access.role),
            all_projects: access.projects.is_all(),
            projects,
            permissions: access.permissions,
        })
    }

    fn may_list(
        &self,
        standing: Standing,
        resource: &str,
        level: Level,
        taker: &str,
    ) -> Result<(), String> {
        if !is_built_in(resource) && !self.resources.iter().any(|own| own == resource) {
            return Err(format!("There is no resource {resource}."));
        }
        match standing.level(resource) {
            Some(most) if level <= most => Ok(()),
            _ if is_control(resource) => Err(format!("No {taker} can hold {resource}:{level}.")),
            _ => {
                Err(format!("{resource}:{level} is more than the role {} grants.", standing.name()))
            }
        }
    }

    /// # Errors
    /// `Forbidden`, naming the first thing that the giver does not hold itself.
    pub fn covers(&self, power: &Power) -> Result<()> {
        let own = self.resources.iter().map(String::as_str);
        self.giver.lacks(power, own).map_or(Ok(()), |missing| {
            Err(Error::forbidden(format!(
                "power is only passed down: whoever asks does not hold {missing}"
            )))
        })
    }

    /// The power that a token with it would have.
    pub fn power_of(&self, cleared: &ClearedPower) -> Power {
        let names = self
            .projects
            .iter()
            .filter(|(_, id)| cleared.projects.contains(id))
            .map(|(name, _)| name.clone());
        Power::of_config(AccessConfig {
            role: cleared.role.unwrap_or_default(),
            projects: Projects::new(cleared.all_projects, names),
            permissions: cleared.permissions.clone(),
        })
    }

    /// Whether `power` until `ends` may come out of whoever asks: a new secret, or a token enabled.
    ///
    /// # Errors
    /// `Forbidden`, saying what is not theirs to hand over.
    pub fn hands_over(&self, power: &Power, ends: Option<DateTime<Utc>>) -> Result<()> {
        self.covers(power)?;
        outlives(self.giver.ends, ends)
    }

    fn passes_down(&self, cleared: &ClearedPower) -> Result<()> {
        self.covers(&self.power_of(cleared))
    }
}

/// What a person's own tokens may be.
#[derive(Debug, Clone)]
pub struct PersonBounds {
    pub policy: Rule,
    /// What the holder may do, organization by organization.
    pub powers: Vec<Power>,
    /// The resources that any of those organizations has added.
    pub resources: Vec<String>,
    /// Where a token asks: what was picked for it, and when it ends.
    pub giver: Option<(Option<Permissions>, Option<DateTime<Utc>>)>,
}

impl PersonBounds {
    pub fn clear(&self, wish: PersonalWish, now: DateTime<Utc>) -> Result<Cleared> {
        let mut problems = Vec::new();
        let ends = self.giver.as_ref().and_then(|&(_, ends)| ends);
        let name = keep(&mut problems, parse_name(&wish.name));
        let expires_at = keep(&mut problems, self.policy.clear(wish.expiry, ends, now));
        for (resource, &level) in wish.picked.iter().flatten() {
            if self.most(resource).is_none_or(|most| level > most) {
                let message = format!("You do not hold {resource}:{level} yourself.");
                problems.push(Problem::new("permissions", message));
            }
        }
        match (name, expires_at) {
            (Some(name), Some(expires_at)) if problems.is_empty() => {
                self.passes_down(wish.picked.as_ref())?;
                let power = ClearedPower {
                    role: None,
                    all_projects: true,
                    projects: Vec::new(),
                    permissions: wish.picked,
                };
                Ok(Cleared { name, expires_at, power, may_rotate_itself: wish.may_rotate_itself })
            }
            _ => Err(Error::Invalid(problems)),
        }
    }

    /// The most that the holder can pick for `resource`. Everyone manages their own tokens.
    pub fn most(&self, resource: &str) -> Option<Level> {
        if !is_built_in(resource) && !self.resources.iter().any(|own| own == resource) {
            return None;
        }
        if resource == "tokens" {
            return Some(Level::Manage);
        }
        self.powers.iter().filter_map(|power| power.standing.level(resource)).max()
    }

    /// Whether what was `picked` until `ends` may come out of the token that asks.
    ///
    /// # Errors
    /// `Forbidden`, saying what is not its own to hand over.
    pub fn hands_over(
        &self,
        picked: Option<&Permissions>,
        ends: Option<DateTime<Utc>>,
    ) -> Result<()> {
        self.passes_down(picked)?;
        outlives(self.giver.as_ref().and_then(|&(_, ends)| ends), ends)
    }

    fn passes_down(&self, picked: Option<&Permissions>) -> Result<()> {
        let Some((Some(mine), _)) = &self.giver else { return Ok(()) };
        let missing = match picked {
            None => Some("everything".to_owned()),
            Some(picked) => picked
                .iter()
                .find(|(resource, level)| mine.get(*resource).is_none_or(|held| held < level))
                .map(|(resource, level)| format!("{resource}:{level}")),
        };
        missing.map_or(Ok(()), |missing| {
            Err(Error::forbidden(format!(
                "power is only passed down: the token that asks does not hold {missing}"
            )))
        })
    }
}

/// A lifetime is passed down like any other power.
fn outlives(giver: Option<DateTime<Utc>>, ends: Option<DateTime<Utc>>) -> Result<()> {
    match giver {
        Some(giver) if ends.is_none_or(|ends| ends > giver) => Err(Error::forbidden(
            "power is only passed down: the token outlives the one that asks, which ends before it",
        )),
        _ => Ok(()),
    }
}

pub(super) fn parse_name(name: &str) -> Result<Name, Problem> {
    Name::parse(name).map_err(|message| Problem::new("name", message))
}

pub(super) fn keep<T>(problems: &mut Vec<Problem>, outcome: Result<T, Problem>) -> Option<T> {
    outcome.map_err(|problem| problems.push(problem)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds() -> OrganizationBounds {
        OrganizationBounds {
            policy: Rule::default(),
            projects: [("prd-greenhouse".to_owned(), ProjectId(1))].into(),
            resources: vec!["harvests".into()],
            giver: Grant::of_owner(),
        }
    }

    fn wish(role: Role, permissions: &[(&str, Level)]) -> Wish {
        Wish {
            name: "CI".into(),
            expiry: Expiry::Longest,
            access: AccessConfig {
                role,
                projects: Projects::All,
                permissions: Some(permissions.iter().map(|&(r, l)| (r.to_owned(), l)).collect()),
            },
            may_rotate_itself: false,
        }
    }

    fn problems(outcome: Result<Cleared>) -> Vec<(String, String)> {
        let Err(Error::Invalid(problems)) = outcome else { panic!("allowed: {outcome:?}") };
        problems.into_iter().map(|p| (p.field.into_owned(), p.message)).collect()
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let mut wish = wish(Role::Operator, &[("records", Level::Manage), ("fish", Level::Read)]);
        wish.name = " ".into();
        wish.expiry = Expiry::Never;
        wish.access.projects = Projects::new(false, ["prd-other".to_owned()]);
        let said = problems(bounds().clear(wish, DateTime::UNIX_EPOCH));
        let fields: Vec<_> = said.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["name", "expires_at", "projects", "permissions", "permissions"]);
    }

    #[test]
    fn no_organization_token_is_given_control() {
        for (resource, level) in
            [("tokens", Level::Manage), ("organization", Level::Write), ("members", Level::Read)]
        {
            let said = problems(
                bounds().clear(wish(Role::Manager, &[(resource, level)]), DateTime::UNIX_EPOCH),
            );
            assert!(said[0].1.contains(&format!("{resource}:{level}")), "{said:?}");
        }
        let reading = wish(Role::Readonly, &[("introspection", Level::Read)]);
        assert!(bounds().clear(reading, DateTime::UNIX_EPOCH).is_ok());
    }

    #[test]
    fn nobody_gives_away_what_they_do_not_hold() {
        let mut narrow = bounds();
        let held = [("tokens", Level::Manage), ("records", Level::Write)];
        narrow.giver.power.picked =
            Some(held.into_iter().map(|(r, l)| (r.to_owned(), l)).collect());
        let wanted = wish(Role::Operator, &[("records", Level::Write)]);
        assert!(narrow.clear(wanted, DateTime::UNIX_EPOCH).is_ok());
        let wanted = wish(Role::Manager, &[("records", Level::Manage)]);
        let refused = narrow.clear(wanted, DateTime::UNIX_EPOCH).unwrap_err();
        assert!(refused.to_string().ends_with("records:manage"), "{refused}");
    }
}
