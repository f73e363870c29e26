//! What was typed into the create or the edit form, and the wish that it means.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Deserialize;

use crate::access::{AccessConfig, Level, Permissions, Power, Projects, Role, Template};
use crate::error::Problem;
use crate::policies::{Change, Expiry, Wish};
use crate::tokens::Token;
use crate::web::choice;
use crate::web::when::end_of;

/// As it was typed, right or wrong, so that it can come back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct TokenForm {
    pub name: String,
    /// Days, `date`, `never`, or `keep` for what a token has already.
    pub expiry: String,
    pub until: String,
    pub role: String,
    pub all_projects: bool,
    pub projects: BTreeSet<String>,
    /// Whether `permissions` count; else the role grants what it grants.
    pub narrow: bool,
    /// Resource to level, or to `none`.
    pub permissions: BTreeMap<String, String>,
    pub may_rotate_itself: bool,
    /// The template that was just chosen.
    pub template: Option<String>,
    /// The token that is edited; none while one is made.
    pub token: Option<String>,
    pub from: Option<String>,
}

impl From<Vec<(String, String)>> for TokenForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => form.name = value,
                "expiry" => form.expiry = value,
                "until" => form.until = value,
                "role" => form.role = value,
                "all_projects" => form.all_projects = value == "true",
                "projects" => drop(form.projects.insert(value)),
                "narrow" => form.narrow = value == "true",
                "may_rotate_itself" => form.may_rotate_itself = value == "true",
                "template" => form.template = Some(value),
                "token" => form.token = Some(value),
                "from" => form.from = Some(value),
                other => {
                    if let Some(resource) = choice::resource_of(other) {
                        form.permissions.insert(resource.to_owned(), value);
                    }
                }
            }
        }
        form
    }
}

impl TokenForm {
    /// What stands in the form of a token that exists.
    pub fn of(token: &Token) -> Self {
        let access = token.access();
        let permissions = access.permissions.iter().flatten();
        Self {
            name: token.name.clone(),
            expiry: "keep".to_owned(),
            until: token.expires_at.map(|at| at.date_naive().to_string()).unwrap_or_default(),
            role: access.role.name().to_owned(),
            all_projects: access.projects.is_all(),
            projects: access.projects.listed().map(str::to_owned).collect(),
            narrow: access.permissions.is_some(),
            permissions: permissions
                .map(|(name, level)| (name.clone(), level.to_string()))
                .collect(),
            may_rotate_itself: token.may_rotate_itself,
            token: Some(token.id.to_string()),
            ..Self::default()
        }
    }

    /// Fills role and permissions in.
    pub fn apply(&mut self, template: &Template) {
        template.role.name().clone_into(&mut self.role);
        self.narrow = true;
        self.permissions = template
            .permissions
            .iter()
            .map(|&(resource, level)| (resource.to_owned(), level.to_string()))
            .collect();
    }

    /// Whether it asks for just what the template does.
    pub fn follows(&self, template: &Template) -> bool {
        let theirs: Permissions =
            template.permissions.iter().map(|&(name, level)| (name.to_owned(), level)).collect();
        self.narrow && self.role == template.role.name() && self.levels() == theirs
    }

    /// Lowers what is listed to what the role grants. Where nothing is narrowed, lists all of that:
    /// whoever begins to narrow begins there.
    pub fn settle<'r>(&mut self, resources: impl IntoIterator<Item = &'r str>) {
        let grants = Power::of_config(AccessConfig { permissions: None, ..self.access() });
        let narrow = self.narrow.then(|| self.levels());
        let fitting = |resource| match &narrow {
            Some(wanted) => wanted.get(resource).copied().min(grants.standing.level(resource)),
            None => grants.level(resource),
        };
        let words =
            |level: Option<Level>| level.map_or("none".to_owned(), |level| level.to_string());
        self.permissions = resources
            .into_iter()
            .map(|resource| (resource.to_owned(), words(fitting(resource))))
            .collect();
    }

    /// The power that is asked for, as far as it can be read.
    pub fn access(&self) -> AccessConfig {
        AccessConfig {
            role: Role::parse(&self.role).unwrap_or_default(),
            projects: Projects::new(self.all_projects, self.projects.iter().cloned()),
            permissions: self.narrow.then(|| self.levels()),
        }
    }

    fn levels(&self) -> Permissions {
        let listed = self.permissions.iter();
        listed.filter_map(|(name, level)| Some((name.clone(), Level::parse(level)?))).collect()
    }

    /// When it is to end; `None` where what the token has is kept.
    pub fn ends(&self, now: DateTime<Utc>) -> Result<Option<Expiry>, Problem> {
        let wrong = |message| Err(Problem::new("expires_at", message));
        match self.expiry.as_str() {
            "keep" if self.token.is_some() => Ok(None),
            "never" => Ok(Some(Expiry::Never)),
            "date" => match NaiveDate::parse_from_str(self.until.trim(), "%Y-%m-%d") {
                Ok(day) => Ok(Some(Expiry::At(end_of(day)))),
                Err(_) => wrong("Choose a date, such as 2027-03-20."),
            },
            days => match days.parse::<u16>() {
                Ok(days) if days > 0 => {
                    Ok(Some(Expiry::At(end_of((now + TimeDelta::days(days.into())).date_naive()))))
                }
                _ => wrong("Choose when it ends."),
            },
        }
    }

    /// The wish, and what in the form could not be read.
    pub fn wish(&self, now: DateTime<Utc>) -> (Wish, Vec<Problem>) {
        let (expiry, problems) = self.read(now);
        let wish = Wish {
            name: self.name.clone(),
            expiry: expiry.unwrap_or(Expiry::Longest),
            access: self.access(),
            may_rotate_itself: self.may_rotate_itself,
        };
        (wish, problems)
    }

    /// The same for a token that exists.
    pub fn change(&self, now: DateTime<Utc>) -> (Change, Vec<Problem>) {
        let (expiry, problems) = self.read(now);
        let change = Change {
            name: Some(self.name.clone()),
            is_active: None,
            expiry,
            access: Some(self.access()),
            may_rotate_itself: Some(self.may_rotate_itself),
        };
        (change, problems)
    }

    fn read(&self, now: DateTime<Utc>) -> (Option<Expiry>, Vec<Problem>) {
        let mut problems = Vec::new();
        let expiry = self.ends(now).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        if Role::parse(&self.role).is_none() {
            problems.push(Problem::new("role", "Choose a role."));
        }
        let unread =
            |(_, level): &(&String, &String)| *level != "none" && Level::parse(level).is_none();
        if let Some((resource, level)) =
            self.permissions.iter().find(unread).filter(|_| self.narrow)
        {
            let message = format!("There is no level “{level}”; choose one for {resource}.");
            problems.push(Problem::new("permissions", message));
        }
        (expiry, problems)
    }
}

#[cfg(test)]
mod tests {
    use crate::access::TEMPLATES;

    use super::*;

    fn typed(fields: &[(&str, &str)]) -> TokenForm {
        fields.iter().map(|&(field, value)| (field.into(), value.into())).collect::<Vec<_>>().into()
    }

    #[test]
    fn a_day_counts_to_its_end() {
        let now = "2026-11-21T14:05:00Z".parse().unwrap();
        let at = |text: &str| Expiry::At(text.parse().unwrap());
        let ends = |fields: &[(&str, &str)]| typed(fields).ends(now).map(Option::unwrap);
        assert_eq!(ends(&[("expiry", "90")]).unwrap(), at("2027-02-19T23:59:59Z"));
        assert_eq!(
            ends(&[("expiry", "date"), ("until", "2027-03-20")]).unwrap(),
            at("2027-03-20T23:59:59Z")
        );
        for bad in ["", "0", "-7", "soon", "keep", "date", "99999999"] {
            assert!(ends(&[("expiry", bad)]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_template_is_known_again_until_it_is_changed() {
        for template in &TEMPLATES {
            let mut form = TokenForm::default();
            form.apply(template);
            assert!(
                TEMPLATES.iter().all(|other| form.follows(other) == (other.key == template.key))
            );
            form.permissions.insert("devices".into(), "read".into());
            assert!(!form.follows(template));
        }
    }

    #[test]
    fn a_lower_role_lowers_what_is_listed() {
        let mut form = typed(&[
            ("role", "readonly"),
            ("narrow", "true"),
            ("permissions.records", "manage"),
            ("permissions.tokens", "read"),
        ]);
        form.settle(["records", "events", "tokens"]);
        assert_eq!(form.levels(), [("records".to_owned(), Level::Read)].into());
    }

    #[test]
    fn narrowing_begins_with_all_that_the_role_grants() {
        let mut form = typed(&[("role", "operator"), ("narrow", "false")]);
        form.settle(["records", "projects", "introspection"]);
        let all = [("records".to_owned(), Level::Write), ("projects".to_owned(), Level::Read)];
        assert_eq!(form.levels(), all.into());
    }
}
