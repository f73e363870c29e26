//! What an exchange may give: what is asked for, never more than there is.
use chrono::{DateTime, TimeDelta, Utc};
use derive_more::Display;
use url::Url;

use crate::access::{Demand, Level, Permissions, Projects};
use crate::tokens::{Reach, Verdict};

/// Words that clients send which name nothing here: they neither add nor take away.
pub const SILENT: [&str; 4] = ["openid", "profile", "credentials", "offline_access"];

const USUAL: TimeDelta = TimeDelta::minutes(15);
const LIFETIMES: std::ops::RangeInclusive<i64> = 60..=3600;

/// What is asked for. What is left out is not narrowed.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// By id or slug.
    pub organization: Option<String>,
    /// Permissions, `records:read`, with spaces between.
    pub scope: Option<String>,
    pub projects: Vec<String>,
    pub audience: Vec<String>,
    /// Absolute URIs (RFC 8707), in the same way.
    pub resource: Vec<String>,
    /// Seconds.
    pub lifetime: Option<String>,
}

/// What is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub permissions: Permissions,
    pub projects: Projects,
    pub audience: Vec<String>,
    pub ends: DateTime<Utc>,
}

/// Why not, by the code that OAuth has for it.
#[derive(Debug, Clone, PartialEq, Eq, Display)]
pub enum Refused {
    #[display("{_0}")]
    Request(String),
    #[display("{_0}")]
    Scope(String),
    #[display("{_0}")]
    Target(String),
}

impl Wish {
    /// Where the token is to be good.
    pub fn reach<'v>(&self, parent: &'v Verdict) -> Result<&'v Reach, Refused> {
        let request = |why: String| Err(Refused::Request(why));
        let reaches = parent.reaches();
        match (&self.organization, reaches) {
            (Some(named), _) => {
                reaches.iter().find(|reach| reach.is_named(named)).ok_or_else(|| {
                    Refused::Request(format!(
                        "the subject token does not reach the organization {named}"
                    ))
                })
            }
            (None, [only]) => Ok(only),
            (None, []) => request("the subject token's holder belongs to no organization".into()),
            (None, _) => request(
                "the subject token reaches several organizations: name one with organization"
                    .into(),
            ),
        }
    }

    /// `allowed` are the audiences that this instance signs for, its own first.
    pub fn clear(
        &self,
        parent: &Verdict,
        reach: &Reach,
        allowed: &[String],
        now: DateTime<Utc>,
    ) -> Result<Granted, Refused> {
        Ok(Granted {
            permissions: self.permissions(reach)?,
            projects: self.projects(reach)?,
            audience: self.audience(parent, allowed)?,
            ends: self.ends(parent.ends(), now)?,
        })
    }

    fn permissions(&self, reach: &Reach) -> Result<Permissions, Refused> {
        let words = self.scope.iter().flat_map(|scope| scope.split_ascii_whitespace());
        let mut asked = words.filter(|word| !SILENT.contains(word)).peekable();
        let mut granted = Permissions::new();
        if asked.peek().is_none() {
            granted.extend(reach.held().map(|(name, level)| (name.to_owned(), level)));
        }
        for word in asked {
            let (resource, level) = Demand::permission(word).ok_or_else(|| {
                Refused::Scope("a word of scope is no permission; write records:read".into())
            })?;
            let demand = Demand { permissions: vec![(resource.clone(), level)], projects: vec![] };
            if demand.unmet(&reach.power, &reach.resources).is_some() {
                return Err(Refused::Scope(format!("the subject token does not hold {word}")));
            }
            let most: &mut Level = granted.entry(resource).or_insert(level);
            *most = level.max(*most);
        }
        if granted.is_empty() {
            return Err(Refused::Scope("the subject token may do nothing there".into()));
        }
        Ok(granted)
    }

    fn projects(&self, reach: &Reach) -> Result<Projects, Refused> {
        let held = &reach.power.projects;
        if self.projects.is_empty() {
            return Ok(held.clone());
        }
        match self.projects.iter().find(|project| !held.contains(project)) {
            Some(beyond) => Err(Refused::Scope(beyond_reach(beyond))),
            None => Ok(Projects::new(false, self.projects.iter().cloned())),
        }
    }

    /// The parent's own where it has some: a token for one service is not turned into one for
    /// another.
    fn audience(&self, parent: &Verdict, allowed: &[String]) -> Result<Vec<String>, Refused> {
        let allowed = parent.derived.as_ref().map_or(allowed, |derived| &derived.audience);
        let mut asked = Vec::new();
        for uri in &self.resource {
            let absolute = Url::parse(uri).is_ok_and(|url| url.fragment().is_none());
            if !absolute {
                return Err(Refused::Target(
                    "resource is an absolute URI without a fragment".into(),
                ));
            }
        }
        for audience in self.audience.iter().chain(&self.resource) {
            if !allowed.contains(audience) {
                return Err(Refused::Target("no such audience is known here".into()));
            }
            if !asked.contains(audience) {
                asked.push(audience.clone());
            }
        }
        if asked.is_empty() {
            let own = if parent.derived.is_some() { allowed.len() } else { 1 };
            asked.extend(allowed.iter().take(own).cloned());
        }
        Ok(asked)
    }

    /// To the second, as a JWT has it; never after the parent.
    fn ends(
        &self,
        parent: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Refused> {
        let lifetime = match &self.lifetime {
            None => USUAL,
            Some(text) => text
                .parse()
                .ok()
                .filter(|seconds| LIFETIMES.contains(seconds))
                .map(TimeDelta::seconds)
                .ok_or_else(|| {
                    Refused::Request("expires_in is between 60 and 3600 seconds".into())
                })?,
        };
        let ends = parent.map_or(now + lifetime, |parent| parent.min(now + lifetime));
        let ends = DateTime::from_timestamp(ends.timestamp(), 0).unwrap_or(now);
        if ends <= now {
            return Err(Refused::Request("the subject token ends within the second".into()));
        }
        Ok(ends)
    }
}

/// What is said of a project that is not reached, or is not there.
pub fn beyond_reach(project: &str) -> String {
    format!("the subject token does not reach the project {project}")
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::access::{CONTROL, DATA, Power, Role, Standing};
    use crate::format::Kind;
    use crate::id::{OrganizationId, UserId};
    use crate::tokens::{Derived, Held};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const OWN: &str = "harvests";
    const PROJECTS: [&str; 3] = ["a", "b", "new"];

    fn resources() -> impl Iterator<Item = &'static str> {
        CONTROL.into_iter().chain(DATA).chain([OWN, "nobodys"])
    }

    fn any_resource() -> impl Strategy<Value = String> {
        let all: Vec<_> = resources().map(str::to_owned).collect();
        prop::sample::select(all)
    }

    fn any_level() -> impl Strategy<Value = Level> {
        prop::sample::select(Level::ALL.to_vec())
    }

    fn any_power() -> impl Strategy<Value = Power> {
        let standings = Role::ALL.map(Standing::Role).into_iter().chain([Standing::Owner]);
        let project = prop::sample::select(vec!["a".to_owned(), "b".to_owned()]);
        let projects = prop_oneof![
            Just(Projects::All),
            btree_set(project, 0..3).prop_map(|listed| Projects::new(false, listed)),
        ];
        let picked = option::of(btree_map(any_resource(), any_level(), 0..6));
        (prop::sample::select(standings.collect::<Vec<_>>()), projects, picked)
            .prop_map(|(standing, projects, picked)| Power { standing, projects, picked })
    }

    /// A person's token in two organizations, the second of which is `there`.
    fn any_parent() -> impl Strategy<Value = Verdict> {
        (any_power(), any_power(), option::of(0..7200_i64)).prop_map(|(here, there, ends)| {
            let reach = |id, slug: &str, power| Reach {
                organization: OrganizationId(id),
                slug: slug.into(),
                power,
                resources: [OWN.into()].into(),
            };
            let holder = Held::Person {
                user: UserId(1),
                name: "Ada".into(),
                email: "ada@example.org".into(),
                disabled: false,
                is_admin: false,
                barred: Vec::new(),
                picked: None,
                reaches: vec![reach(1, "here", here), reach(2, "there", there)],
            };
            let mut parent = Verdict::example(Kind::Pat, holder);
            parent.life.expires_at = ends.map(|seconds| NOW + TimeDelta::seconds(seconds));
            parent
        })
    }

    fn any_wish() -> impl Strategy<Value = Wish> {
        let word =
            (any_resource(), any_level()).prop_map(|(name, level)| format!("{name}:{level}"));
        let word = prop_oneof![4 => word, 1 => Just("openid".to_owned()), 1 => ".{0,9}"];
        let scope = option::of(vec(word, 0..4).prop_map(|words| words.join(" ")));
        let projects = vec(prop::sample::select(PROJECTS.map(str::to_owned).to_vec()), 0..3);
        let audiences = ["https://jeton.test", "metrics", "elsewhere"].map(str::to_owned).to_vec();
        let audience = vec(prop::sample::select(audiences), 0..3);
        let lifetime = option::of(prop_oneof![
            (0..5000_i64).prop_map(|seconds| seconds.to_string()),
            ".{0,5}",
        ]);
        (scope, projects, audience, lifetime).prop_map(|(scope, projects, audience, lifetime)| {
            Wish {
                organization: Some("there".into()),
                scope,
                projects,
                audience,
                resource: Vec::new(),
                lifetime,
            }
        })
    }

    /// The verdict on the JWT that an exchange gives.
    fn exchanged(parent: &Verdict, wish: &Wish) -> Option<Verdict> {
        let allowed = ["https://jeton.test".to_owned(), "metrics".to_owned()];
        let reach = wish.reach(parent).ok()?;
        let granted = wish.clear(parent, reach, &allowed, NOW).ok()?;
        let Granted { permissions, projects, audience, ends } = granted;
        Some(parent.narrowed(Derived {
            id: "jti".into(),
            issued_at: NOW,
            expires_at: ends,
            audience,
            organization: reach.organization,
            permissions,
            projects,
        }))
    }

    /// Whether the second may do nothing that the first may not.
    fn holds(parent: &Verdict, made: &Verdict) -> Result<(), TestCaseError> {
        for reach in made.reaches() {
            let above = parent.reach_in(reach.organization).unwrap();
            for name in resources() {
                for level in Level::ALL {
                    for project in std::iter::once(None).chain(PROJECTS.map(Some)) {
                        prop_assert!(
                            !reach.power.allows(name, level, project)
                                || above.power.allows(name, level, project)
                        );
                    }
                }
            }
            prop_assert!(above.power.projects.covers(&reach.power.projects));
            prop_assert_eq!(reach.organization, OrganizationId(2), "one organization alone");
        }
        let ends = made.ends().unwrap();
        prop_assert!(parent.ends().is_none_or(|end| ends <= end));
        prop_assert!(ends <= NOW + TimeDelta::hours(1) && ends > NOW);
        let audience = |verdict: &Verdict| verdict.derived.as_ref().map(|it| it.audience.clone());
        let (above, below) = (audience(parent), audience(made).unwrap());
        prop_assert!(above.is_none_or(|above| below.iter().all(|one| above.contains(one))));
        prop_assert!(!below.is_empty() && !below.contains(&"elsewhere".to_owned()));
        prop_assert!(!made.may_rotate_itself);
        Ok(())
    }

    proptest! {
        #[test]
        fn an_exchange_never_widens(
            parent in any_parent(),
            (wish, again) in (any_wish(), any_wish()),
        ) {
            let Some(made) = exchanged(&parent, &wish) else { return Ok(()) };
            holds(&parent, &made)?;
            let Some(narrower) = exchanged(&made, &again) else { return Ok(()) };
            holds(&made, &narrower)?;
            holds(&parent, &narrower)?;
        }

        #[test]
        fn all_that_is_asked_for_is_given_or_nothing(parent in any_parent(), wish in any_wish()) {
            let Some(made) = exchanged(&parent, &wish) else { return Ok(()) };
            for word in wish.scope.iter().flat_map(|scope| scope.split_ascii_whitespace()) {
                if let Some((name, level)) = Demand::permission(word) {
                    prop_assert!(made.reaches()[0].power.allows(&name, level, None), "{}", word);
                }
            }
            for project in &wish.projects {
                prop_assert!(made.reaches()[0].power.projects.contains(project));
            }
        }
    }
}
