//! What `templates/account/_create.html` shows: what can be chosen, and what the token would be.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::PgConnection;

use super::wish::{WishForm, offered};
use crate::access::{CONTROL, DATA, Permissions, Power, Summary};
use crate::error::Result;
use crate::id::OrganizationId;
use crate::organizations::{self, Membership};
use crate::policies::{Expiry, PersonBounds, Rule};
use crate::projects;
use crate::web::choice::{Choice, Resource};
use crate::web::form::Problems;
use crate::web::twice::Twin;
use crate::web::when::{When, counted};

/// An organization that the token would act in.
pub struct Place {
    pub organization: String,
    /// The holder's.
    pub power: Power,
    /// The organization's own resources and its projects, to say what is out of reach.
    pub resources: Vec<String>,
    pub projects: Vec<String>,
}

impl Place {
    /// Those of a person, in two queries for any number.
    pub fn read(conn: &mut PgConnection, memberships: &[Membership]) -> Result<Vec<Self>> {
        let ids: Vec<_> = memberships.iter().map(|membership| membership.organization).collect();
        let resources = organizations::own_resources(conn, &ids)?;
        let projects = projects::slugs(conn, &ids)?;
        let of = |held: &[(OrganizationId, String)], id| {
            held.iter().filter(|(of, _)| *of == id).map(|(_, name)| name.clone()).collect()
        };
        let place = |membership: &Membership| Self {
            organization: membership.organization_name.clone(),
            power: membership.power.clone(),
            resources: of(&resources, membership.organization),
            projects: of(&projects, membership.organization),
        };
        Ok(memberships.iter().map(place).collect())
    }
}

/// What `templates/account/_create.html` shows.
pub struct WishView {
    pub form: WishForm,
    pub problems: Problems,
    pub twin: Option<Twin>,
    /// Where the form is sent, and where cancelling leads.
    pub base: String,
    pub section: String,
    pub lifetimes: Vec<Choice>,
    pub until: String,
    pub first_day: NaiveDate,
    pub last_day: Option<NaiveDate>,
    /// When it would end; `None` for never, or for a date that is still to be chosen.
    pub ends: Option<When>,
    pub never_ends: bool,
    pub limit: Option<String>,
    pub takes_all: bool,
    pub rotates_itself: bool,
    pub resources: Vec<Resource>,
    /// What it could do, organization by organization.
    pub summaries: Vec<(String, Summary)>,
}

impl WishView {
    pub fn new(
        form: WishForm,
        problems: Problems,
        bounds: &PersonBounds,
        places: Vec<Place>,
        now: DateTime<Utc>,
    ) -> Self {
        let policy = &bounds.policy;
        let ends = match form.expiry(policy, now) {
            Ok(Expiry::At(at)) => Some(When::sentence(at)),
            _ => None,
        };
        let (chosen, picked) = (form.chosen(policy), form.picked());
        Self {
            lifetimes: lifetimes(policy, &chosen),
            until: form.until.clone(),
            first_day: (now + TimeDelta::days(1)).date_naive(),
            last_day: policy.latest(now).map(|at| at.date_naive()),
            ends,
            never_ends: chosen == "never",
            limit: policy.max_lifetime_days.map(|days| counted(days.into(), "day")),
            takes_all: form.takes_all(),
            rotates_itself: form.rotates_itself.is_some(),
            resources: resources(bounds, &picked),
            summaries: summaries(&form, &picked, places),
            form,
            problems,
            twin: None,
            base: String::new(),
            section: String::new(),
        }
    }
}

fn lifetimes(policy: &Rule, chosen: &str) -> Vec<Choice> {
    let days = offered(policy).map(|days| (days.to_string(), counted(days.into(), "day")));
    let never = policy.allow_non_expiring.then(|| ("never".to_owned(), "Never".to_owned()));
    days.chain([("date".to_owned(), "On a date".to_owned())])
        .chain(never)
        .map(|(value, label)| Choice::plain(&value, label, chosen))
        .collect()
}

/// Only what the holder has can be picked, so nothing else is offered.
fn resources(bounds: &PersonBounds, picked: &Permissions) -> Vec<Resource> {
    let own = bounds.resources.iter().map(String::as_str);
    let all = DATA.into_iter().chain(own).chain(CONTROL);
    let line =
        |name: &str| Some(Resource::new(name, picked.get(name).copied(), Some(bounds.most(name)?)));
    all.filter_map(line).collect()
}

fn summaries(form: &WishForm, picked: &Permissions, places: Vec<Place>) -> Vec<(String, Summary)> {
    let picked = (!form.takes_all()).then_some(picked);
    let of_one = |place: Place| {
        let power = Power { picked: picked.cloned(), ..place.power };
        (place.organization, power.summary(&place.resources, &place.projects))
    };
    places.into_iter().map(of_one).collect()
}
