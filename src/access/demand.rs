//! What a service asks of a token before it lets it in.
use super::{Level, Power};

/// Every permission on every project; without a project, the permissions alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    pub permissions: Vec<(String, Level)>,
    pub projects: Vec<String>,
}

/// What a token lacks of a demand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// `records:read records:write`
    pub permissions: String,
    pub projects: Vec<String>,
}

impl Demand {
    /// Reads `records:read`.
    pub fn permission(text: &str) -> Option<(String, Level)> {
        let (resource, level) = text.split_once(':')?;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let named = !resource.is_empty() && resource.chars().all(is_name);
        named.then_some((resource.to_owned(), Level::parse(level)?))
    }

    /// What is missing, if anything is. `own_resources` are the organization's: what is neither
    /// built in nor one of them, nobody holds.
    pub fn unmet(&self, power: &Power, own_resources: &[String]) -> Option<Unmet> {
        let permissions: Vec<_> = self
            .permissions
            .iter()
            .filter(|(resource, level)| {
                !(super::is_built_in(resource) || own_resources.contains(resource))
                    || !power.allows(resource, *level, None)
            })
            .map(|(resource, level)| format!("{resource}:{level}"))
            .collect();
        let reaches = |project: &&String| !power.projects.contains(project);
        let projects: Vec<_> = self.projects.iter().filter(reaches).cloned().collect();
        let unmet = Unmet { permissions: permissions.join(" "), projects };
        (!unmet.permissions.is_empty() || !unmet.projects.is_empty()).then_some(unmet)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AccessConfig, Projects, Role};
    use super::*;

    fn demand(permissions: &[&str], projects: &[&str]) -> Demand {
        Demand {
            permissions: permissions.iter().map(|p| Demand::permission(p).unwrap()).collect(),
            projects: projects.iter().map(|&p| p.to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let power = Power::of_config(AccessConfig {
            role: Role::Operator,
            projects: Projects::new(false, ["prd-greenhouse".to_owned()]),
            permissions: None,
        });
        let own = ["harvests".to_owned()];
        let unmet = |permissions: &[&str], projects: &[&str]| {
            let unmet = demand(permissions, projects).unmet(&power, &own)?;
            Some((unmet.permissions, unmet.projects.join(" ")))
        };
        assert_eq!(unmet(&[], &[]), None);
        assert_eq!(unmet(&["records:write", "harvests:read"], &["prd-greenhouse"]), None);
        let missing = unmet(&["records:manage", "records:read", "tokens:read"], &["a", "b"]);
        assert_eq!(missing.unwrap(), ("records:manage tokens:read".into(), "a b".into()));
        let nobodys = unmet(&["harvest:read"], &[]);
        assert_eq!(nobodys.unwrap().0, "harvest:read", "there is no such resource");
    }

    #[test]
    fn a_permission_is_a_resource_and_a_level() {
        let read = Some(("records".to_owned(), Level::Read));
        assert_eq!(Demand::permission("records:read"), read);
        for wrong in
            ["records", "records:", ":read", "records:Read", "a b:read", "a\n:read", "é:read"]
        {
            assert_eq!(Demand::permission(wrong), None, "{wrong}");
        }
    }
}
