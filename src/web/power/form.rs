//! What was typed into the fields of power, and the access config that it means.
use std::collections::{BTreeMap, BTreeSet};

use crate::access::{AccessConfig, Level, Permissions, Power, Projects, Role, Template};
use crate::error::Problem;
use crate::web::choice;

/// As it was typed, right or wrong, so that it can come back.
#[derive(Debug, Clone, Default)]
pub struct PowerForm {
    pub role: String,
    pub all_projects: bool,
    pub projects: BTreeSet<String>,
    /// Whether `permissions` count; else the role grants what it grants.
    pub narrow: bool,
    /// Resource to level, or to `none`.
    pub permissions: BTreeMap<String, String>,
}

impl PowerForm {
    /// What stands in the form of something that exists.
    pub fn of(access: &AccessConfig) -> Self {
        let permissions = access.permissions.iter().flatten();
        Self {
            role: access.role.name().to_owned(),
            all_projects: access.projects.is_all(),
            projects: access.projects.listed().map(str::to_owned).collect(),
            narrow: access.permissions.is_some(),
            permissions: permissions
                .map(|(name, level)| (name.clone(), level.to_string()))
                .collect(),
        }
    }

    /// Reads one field, where it is one of these.
    pub fn read(&mut self, field: &str, value: String) {
        match field {
            "role" => self.role = value,
            "all_projects" => self.all_projects = value == "true",
            "projects" => drop(self.projects.insert(value)),
            "narrow" => self.narrow = value == "true",
            other => {
                if let Some(resource) = choice::resource_of(other) {
                    self.permissions.insert(resource.to_owned(), value);
                }
            }
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

    /// What of it could not be read.
    pub fn unread(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
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
        problems
    }
}

#[cfg(test)]
mod tests {
    use crate::access::TEMPLATES;

    use super::*;

    fn typed(fields: &[(&str, &str)]) -> PowerForm {
        let mut form = PowerForm::default();
        for &(field, value) in fields {
            form.read(field, value.to_owned());
        }
        form
    }

    #[test]
    fn a_template_is_known_again_until_it_is_changed() {
        for template in &TEMPLATES {
            let mut form = PowerForm::default();
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
