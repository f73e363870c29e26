//! What someone's tokens may be, read from where it stands (policy, projects, resources, members),
//! and what a change or a rotation of one would hand over.
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::Token;
use crate::access::{Grant, Permissions, Power};
use crate::error::Result;
use crate::id::{OrganizationId, UserId};
use crate::policies::{self, ClearedChange, OrganizationBounds, PersonBounds};
use crate::{organizations, projects};

pub fn of_organization(
    conn: &mut PgConnection,
    organization: OrganizationId,
    giver: Grant,
) -> Result<OrganizationBounds> {
    Ok(OrganizationBounds {
        policy: policies::of_organization(conn, organization)?.rule,
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
        policy: policies::of_instance(conn)?.rule,
        powers: memberships.into_iter().map(|membership| membership.power).collect(),
        resources: organizations::resource_names(conn, &ids)?,
        giver,
    })
}

/// A change hands nothing over that whoever asks does not have: neither power nor lifetime. One
/// that only narrows, renames or disables hands nothing over. `held` is what the token may do.
///
/// # Errors
/// `Forbidden`, saying what is missing.
pub fn may_change(
    bounds: &OrganizationBounds,
    held: &Power,
    token: &Token,
    change: &ClearedChange,
) -> Result<()> {
    let power = change.power.as_ref().map_or_else(|| held.clone(), |power| bounds.power_of(power));
    let ends = change.expires_at.unwrap_or(token.expires_at);
    let widens = held.lacks(&power, bounds.resources.iter().map(String::as_str)).is_some();
    let prolongs = match (ends, token.expires_at) {
        (Some(ends), Some(before)) => ends > before,
        (ends, before) => ends != before && before.is_some(),
    };
    let enables = change.is_active == Some(true) && !token.is_active();
    let renews = change.may_rotate_itself == Some(true) && !token.may_rotate_itself;
    if widens || prolongs || enables || renews { bounds.hands_over(&power, ends) } else { Ok(()) }
}

/// A new secret carries all that the token may do, for as long as it lives.
///
/// # Errors
/// `Forbidden`, saying what is missing.
pub fn may_rotate(bounds: &OrganizationBounds, held: &Power, token: &Token) -> Result<()> {
    bounds.hands_over(held, token.expires_at)
}
