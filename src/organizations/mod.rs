//! Organizations, who belongs to them, and the resources that they add.
mod directory;
mod first;
mod invitation_store;
mod invitations;
mod member_store;
mod members;
mod resources;
mod seats;
mod store;

use serde_json::json;

use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Problem, Result, broken_constraint};
use crate::id::OrganizationId;
use crate::name::Name;
use crate::policies;

pub use directory::{Counted, Directory, directory};
pub use first::{First, begin};
pub use invitations::{
    Invitation, Invited, MOST_DAYS, Offer, USUAL_DAYS, accept, invitation, invite,
    open as open_invitation, pending as pending_invitations, trim_invitations, withdraw,
};
pub use members::{
    MemberPage, MemberQuery, Membership, Newcomer, add_member, change_member, create_member,
    list_members, member, members_among, memberships, remove_member,
};
pub use resources::{add_resource, own_resources, remove_resource, resource_names};
pub use seats::Seat;
pub use store::{Organization, all, by_id, find};

impl Organization {
    pub(crate) fn subject(&self) -> Subject {
        Subject {
            kind: "organization",
            id: Some(self.id.0),
            name: self.name.clone(),
            organization: Some(self.id),
        }
    }
}

/// Makes an organization, with the policy that every one starts with.
pub fn create(tx: &mut Tx, by: &Actor, slug: &str, name: &str) -> Result<Organization> {
    let slug = slug.trim();
    let name = check(slug, name, "name").map_err(Error::Invalid)?;
    create_checked(tx, by, slug, &name)
}

/// The name, where both are right; else what is wrong with either. `field` is what the form calls
/// the name.
fn check(slug: &str, name: &str, field: &'static str) -> Result<Name, Vec<Problem>> {
    let name = Name::parse(name).map_err(|message| Problem::new(field, message));
    let slug = if is_slug(slug) { Ok(()) } else { Err(Problem::new("slug", SLUG)) };
    match (name, slug) {
        (Ok(name), Ok(())) => Ok(name),
        (name, slug) => Err(name.err().into_iter().chain(slug.err()).collect()),
    }
}

const SLUG: &str =
    "Use 2 to 40 lower-case letters, digits and hyphens; a letter first, no hyphen last.";

fn create_checked(tx: &mut Tx, by: &Actor, slug: &str, name: &Name) -> Result<Organization> {
    let now = tx.now();
    let organization =
        store::insert(tx.conn(), slug, name.as_str(), now).map_err(
            |cause| match broken_constraint(&cause) {
                Some("organizations_slug_key") => {
                    Error::field("slug", format!("There is already an organization {slug}."))
                }
                _ => cause.into(),
            },
        )?;
    policies::begin(tx, organization.id)?;
    let detail = json!({ "slug": slug });
    audit::record(tx, by, Action::OrganizationCreated, organization.subject(), detail)?;
    Ok(organization)
}

pub fn rename(tx: &mut Tx, by: &Actor, id: OrganizationId, name: &str) -> Result<Organization> {
    let name = Name::parse(name).map_err(|message| Error::field("name", message))?;
    let before = store::by_id(tx.conn(), id)?.ok_or(Error::NotFound("organization"))?;
    let organization = store::rename(tx.conn(), id, name.as_str())?;
    let detail = json!({ "name": [before.name, name.as_str()] });
    audit::record(tx, by, Action::OrganizationChanged, organization.subject(), detail)?;
    Ok(organization)
}

/// Suspended, nobody enters it and none of its tokens works, until it is resumed.
pub fn set_suspended(
    tx: &mut Tx,
    by: &Actor,
    id: OrganizationId,
    suspended: bool,
) -> Result<Organization> {
    let at = suspended.then_some(tx.now());
    let organization = store::set_suspended(tx.conn(), id, at)?;
    let organization = organization.ok_or(Error::NotFound("organization"))?;
    let action =
        if suspended { Action::OrganizationSuspended } else { Action::OrganizationResumed };
    audit::record(tx, by, action, organization.subject(), json!({}))?;
    Ok(organization)
}

/// The address that a name suggests: `Acme Greenhouses` to `acme-greenhouses`.
pub fn suggest_slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.trim().chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || (c.is_ascii_digit() && !slug.is_empty()) {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(40);
    slug.trim_end_matches('-').to_owned()
}

fn is_slug(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (2..=40).contains(&text.len())
        && text.chars().all(inner)
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_suggests_an_address() {
        for (name, slug) in [
            ("Acme Greenhouses", "acme-greenhouses"),
            ("  24 Seven & Co. ", "seven-co"),
            ("Überbau", "berbau"),
        ] {
            assert_eq!(suggest_slug(name), slug);
            assert!(is_slug(slug));
        }
    }
}
