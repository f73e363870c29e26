//! Effective power in one organization, and what of it may be passed down.
use chrono::{DateTime, Utc};

use super::{AccessConfig, CONTROL, DATA, Level, Permissions, Projects, Standing};

/// What a credential may do in one organization, at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    pub standing: Standing,
    pub projects: Projects,
    /// Narrows the standing to the listed resources; `None` leaves it whole.
    pub picked: Option<Permissions>,
}

impl Power {
    pub fn of_owner() -> Self {
        Self { standing: Standing::Owner, projects: Projects::All, picked: None }
    }

    pub fn of_config(config: AccessConfig) -> Self {
        Self {
            standing: Standing::Role(config.role),
            projects: config.projects,
            picked: config.permissions,
        }
    }

    /// The level held on `resource`, on the projects that the power reaches.
    pub fn level(&self, resource: &str) -> Option<Level> {
        let most = self.standing.level(resource)?;
        match &self.picked {
            Some(picked) => picked.get(resource).map(|&level| level.min(most)),
            None if resource == "introspection" => None,
            None => Some(most),
        }
    }

    /// Whether `level` is held on `resource`, for the project where one is named.
    pub fn allows(&self, resource: &str, level: Level, project: Option<&str>) -> bool {
        self.level(resource).is_some_and(|held| held >= level)
            && project.is_none_or(|project| self.projects.contains(project))
    }

    /// Of this power only what is also listed, on projects that are in both.
    #[must_use]
    pub fn within(&self, permissions: &Permissions, projects: &Projects) -> Self {
        let held =
            |(name, &level): (&String, &Level)| Some((name.clone(), self.level(name)?.min(level)));
        Self {
            standing: self.standing,
            projects: self.projects.and(projects),
            picked: Some(permissions.iter().filter_map(held).collect()),
        }
    }

    /// The first thing in `other` that is not here, in words: power is only ever passed down.
    pub fn lacks<'r>(
        &self,
        other: &Self,
        own_resources: impl IntoIterator<Item = &'r str>,
    ) -> Option<String> {
        if !self.projects.covers(&other.projects) {
            let missing = other.projects.listed().find(|project| !self.projects.contains(project));
            return Some(missing.map_or_else(
                || "access to all projects".to_owned(),
                |project| format!("access to the project {project}"),
            ));
        }
        if self.picked.is_some() && other.picked.is_none() {
            return Some("whatever resources are added later".to_owned());
        }
        CONTROL.into_iter().chain(DATA).chain(own_resources).find_map(|resource| {
            let wanted = other.level(resource)?;
            let held = self.level(resource);
            held.is_none_or(|held| held < wanted).then(|| format!("{resource}:{wanted}"))
        })
    }
}

/// What whoever acts can give to a token that it makes: its power, and no longer than it lives.
#[derive(Debug, Clone)]
pub struct Grant {
    pub power: Power,
    pub ends: Option<DateTime<Utc>>,
}

impl Grant {
    pub fn of_owner() -> Self {
        Self { power: Power::of_owner(), ends: None }
    }

    /// The first thing in `other` that cannot be given away. Whoever may do all that an owner may
    /// gives away anything, also `introspection`, which nobody holds unlisted.
    pub fn lacks<'r>(
        &self,
        other: &Power,
        own_resources: impl IntoIterator<Item = &'r str>,
    ) -> Option<String> {
        if self.power == Power::of_owner() { None } else { self.power.lacks(other, own_resources) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Role;
    use super::*;

    fn config(role: Role, permissions: Option<&[(&str, Level)]>) -> Power {
        let permissions =
            permissions.map(|list| list.iter().map(|&(r, l)| (r.to_owned(), l)).collect());
        let projects = Projects::new(false, ["prd-greenhouse".to_owned()]);
        Power::of_config(AccessConfig { role, projects, permissions })
    }

    #[test]
    fn a_role_grants_its_level_on_data_and_reading_of_two_control_resources() {
        let operator = config(Role::Operator, None);
        assert!(operator.allows("records", Level::Write, Some("prd-greenhouse")));
        assert!(operator.allows("harvests", Level::Write, None), "an organization's own resource");
        assert!(!operator.allows("records", Level::Manage, None));
        assert!(!operator.allows("records", Level::Read, Some("prd-coldroom")));
        assert!(operator.allows("organization", Level::Read, None));
        assert!(operator.allows("projects", Level::Read, None));
        assert!(!operator.allows("projects", Level::Write, None));
        for resource in ["members", "tokens", "service_accounts", "policies", "audit"] {
            assert_eq!(operator.level(resource), None, "{resource}");
        }
    }

    #[test]
    fn permissions_narrow_and_never_widen() {
        let narrow =
            config(Role::Readonly, Some(&[("records", Level::Manage), ("tokens", Level::Manage)]));
        assert_eq!(narrow.level("records"), Some(Level::Read));
        assert_eq!(narrow.level("tokens"), None);
        assert_eq!(narrow.level("events"), None);
        assert_eq!(narrow.level("organization"), None);
    }

    #[test]
    fn introspection_is_held_only_where_it_is_listed() {
        assert_eq!(config(Role::Manager, None).level("introspection"), None);
        assert_eq!(Power::of_owner().level("introspection"), None);
        let listed = config(Role::Readonly, Some(&[("introspection", Level::Read)]));
        assert_eq!(listed.level("introspection"), Some(Level::Read));
    }

    #[test]
    fn no_role_holds_write_on_a_control_resource() {
        for role in Role::ALL {
            let all: Vec<_> = CONTROL.iter().map(|&name| (name, Level::Manage)).collect();
            for power in [config(role, None), config(role, Some(&all))] {
                for resource in CONTROL {
                    assert!(!power.allows(resource, Level::Write, None), "{role} {resource}");
                }
            }
        }
    }

    fn any_power() -> impl Strategy<Value = Power> {
        let standing = prop_oneof![
            Just(Standing::Owner),
            (0usize..3).prop_map(|at| Standing::Role(Role::ALL[at])),
        ];
        let project = prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
        let projects = prop_oneof![
            Just(Projects::All),
            prop::collection::vec(project, 0..3).prop_map(|listed| Projects::new(false, listed)),
        ];
        let resource = (0usize..18)
            .prop_map(|at| CONTROL.into_iter().chain(DATA).nth(at).unwrap_or("records").to_owned());
        let level = (0usize..3).prop_map(|at| Level::ALL[at]);
        let picked = prop::option::of(prop::collection::btree_map(resource, level, 0..8));
        (standing, projects, picked).prop_map(|(standing, projects, picked)| Power {
            standing,
            projects,
            picked,
        })
    }

    proptest! {
        #[test]
        fn what_is_within_two_is_in_both(power in any_power(), other in any_power()) {
            let listed: Permissions = CONTROL
                .into_iter()
                .chain(DATA)
                .filter_map(|name| Some((name.to_owned(), other.level(name)?)))
                .collect();
            let within = power.within(&listed, &other.projects);
            for resource in CONTROL.into_iter().chain(DATA).chain(["added_later"]) {
                for level in Level::ALL {
                    for project in [None, Some("a"), Some("b"), Some("new")] {
                        let is_listed = listed.contains_key(resource);
                        prop_assert_eq!(
                            within.allows(resource, level, project),
                            is_listed
                                && power.allows(resource, level, project)
                                && other.allows(resource, level, project)
                        );
                    }
                }
            }
        }

        #[test]
        fn what_is_passed_down_can_do_nothing_more(giver in any_power(), taker in any_power()) {
            if giver.lacks(&taker, []).is_none() {
                for resource in CONTROL.into_iter().chain(DATA).chain(["added_later"]) {
                    for level in Level::ALL {
                        for project in [None, Some("a"), Some("b"), Some("new")] {
                            prop_assert!(
                                !taker.allows(resource, level, project)
                                    || giver.allows(resource, level, project)
                            );
                        }
                    }
                }
            }
        }

        #[test]
        fn narrowing_is_monotone(power in any_power(), keep in prop::collection::btree_set("[a-z]+", 0..3)) {
            let mut narrower = power.clone();
            let picked = narrower.picked.get_or_insert_with(|| {
                DATA.into_iter().map(|name| (name.to_owned(), Level::Manage)).collect()
            });
            picked.retain(|name, _| keep.contains(name));
            prop_assert_eq!(power.lacks(&narrower, []), None);
        }
    }
}
