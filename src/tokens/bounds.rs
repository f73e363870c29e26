//! What someone's tokens may be, read from where it stands: policy, projects, resources, members.
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use crate::access::{Grant, Permissions};
use crate::error::Result;
use crate::id::{OrganizationId, UserId};
use crate::policies::{self, OrganizationBounds, PersonBounds};
use crate::{organizations, projects};

pub fn of_organization(
    conn: &mut PgConnection,
    organization: OrganizationId,
    giver: Grant,
) -> Result<OrganizationBounds> {
    Ok(OrganizationBounds {
        policy: policies::of_organization(conn, organization)?,
        projects: projects::ids(conn, organization)?,
        resources: organizations::resource_names(conn, &[organization])?,
        giver,
    })
}

/// `giver` is what was picked for the token that asks and when it ends; `None` for the person.
pub fn of_person(
    conn: &mut PgConnection,
    user: UserId,
    giver: Option<(Option<Permissions>, Option<DateTime<Utc>>)>,
) -> Result<PersonBounds> {
    let memberships = organizations::memberships(conn, user)?;
    let ids: Vec<_> = memberships.iter().map(|membership| membership.organization).collect();
    Ok(PersonBounds {
        policy: policies::of_instance(conn)?,
        powers: memberships.into_iter().map(|membership| membership.power).collect(),
        resources: organizations::resource_names(conn, &ids)?,
        giver,
    })
}
