//! Who belongs to an organization, as what: joining, changing, leaving. Never is an organization
//! without an owner.
use serde_json::{Map, Value, json};

use super::member_store as store;
use super::seats::{self, ClearedSeat, Seat};
use crate::access::{Grant, Standing};
use crate::accounts::{self, PasswordLink};
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Result, broken_constraint};
use crate::id::{OrganizationId, UserId};
use crate::secret::Pepper;

pub use store::{
    MemberPage, MemberQuery, Membership, list_members, member, members_among, memberships,
};

impl Membership {
    pub fn seat(&self) -> Seat {
        Seat { standing: self.power.standing, projects: self.power.projects.clone() }
    }
}

fn subject(organization: OrganizationId, user: UserId, name: &str) -> Subject {
    let (id, name) = (Some(user.0), name.to_owned());
    Subject { kind: "member", id, name, organization: Some(organization) }
}

/// On every project.
pub fn add_member(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    user: (UserId, &str),
    standing: Standing,
) -> Result<()> {
    let cleared = ClearedSeat { seat: Seat::of(standing), projects: Vec::new() };
    join(tx, by, organization, user, &cleared, json!({ "role": standing.name() }))
}

/// Someone who has no account yet.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub name: String,
    pub email: String,
    pub seat: Seat,
}

/// Makes an account, and a member of whoever has it; by the link, which is shown once, they set
/// their password.
///
/// # Errors
/// `Invalid` naming `name`, `email` (of someone who has an account, too) or `projects`; `Forbidden`
/// for what the giver does not hold.
pub fn create_member(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    wish: Newcomer,
    giver: &Grant,
    pepper: &Pepper,
) -> Result<(Membership, PasswordLink)> {
    still_owner(tx, by, organization)?;
    let cleared = seats::clear(tx.conn(), organization, wish.seat, giver, None);
    let user = accounts::create(tx, by, &wish.email, &wish.name, None, false);
    let (cleared, user) = match (cleared, user) {
        (Ok(cleared), Ok(user)) => (cleared, user),
        (Err(Error::Invalid(seat)), Err(Error::Invalid(account))) => {
            return Err(Error::Invalid([account, seat].concat()));
        }
        (Err(wrong), _) | (_, Err(wrong)) => return Err(wrong),
    };
    join(tx, by, organization, (user.id, &user.name), &cleared, cleared.seat.detail())?;
    let link = accounts::offer_password_link(tx, by, user.id, pepper)?;
    let member = store::member(tx.conn(), organization, user.id)?;
    Ok((member.ok_or(Error::NotFound("member"))?, link))
}

/// # Errors
/// `Conflict` for someone who is a member already.
pub(super) fn join(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    (user, name): (UserId, &str),
    cleared: &ClearedSeat,
    detail: Value,
) -> Result<()> {
    let now = tx.now();
    store::insert(tx.conn(), organization, user, cleared, now).map_err(|cause| {
        match broken_constraint(&cause) {
            Some("memberships_pkey") => Error::conflict(format!("{name} is already a member")),
            _ => cause.into(),
        }
    })?;
    audit::record(tx, by, Action::MemberAdded, subject(organization, user, name), detail)
}

/// Gives a member another role or other projects: `wish` is told what they have. What only takes
/// away, anyone who manages members may do; what adds is passed down.
///
/// # Errors
/// `NotFound`; `Conflict` where the last owner would be none any more; `Invalid`; `Forbidden`.
pub fn change_member(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    user: UserId,
    wish: impl FnOnce(&Seat) -> Result<Seat>,
    giver: &Grant,
) -> Result<Membership> {
    store::hold(tx.conn(), organization)?;
    still_owner(tx, by, organization)?;
    let before = store::member(tx.conn(), organization, user)?.ok_or(Error::NotFound("member"))?;
    let wish = wish(&before.seat())?;
    let cleared = seats::clear(tx.conn(), organization, wish, giver, Some(&before.power))?;
    if !cleared.seat.standing.is_owner() {
        keep_an_owner(tx, &before)?;
    }
    store::update(tx.conn(), organization, user, &cleared)?;
    let after = store::member(tx.conn(), organization, user)?.ok_or(Error::NotFound("member"))?;
    let changed = difference(&before.seat().detail(), &after.seat().detail());
    if !changed.is_empty() {
        let subject = subject(organization, user, &after.user_name);
        audit::record(tx, by, Action::MemberChanged, subject, changed.into())?;
    }
    Ok(after)
}

/// `[before, after]` of each field that is other than before.
fn difference(before: &Value, after: &Value) -> Map<String, Value> {
    let fields = after.as_object().into_iter().flatten();
    fields
        .filter(|(field, value)| before[field.as_str()] != **value)
        .map(|(field, value)| (field.clone(), json!([before[field.as_str()], value])))
        .collect()
}

/// Their personal tokens have no power here any more. Tokens of the organization stay; those that
/// they answered for need someone else.
///
/// # Errors
/// `NotFound`; `Conflict` for the last owner.
pub fn remove_member(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Membership> {
    store::hold(tx.conn(), organization)?;
    // Anyone may leave.
    if by.user() != Some(user) {
        still_owner(tx, by, organization)?;
    }
    let member = store::member(tx.conn(), organization, user)?.ok_or(Error::NotFound("member"))?;
    keep_an_owner(tx, &member)?;
    store::delete(tx.conn(), organization, user)?;
    let subject = subject(organization, user, &member.user_name);
    audit::record(tx, by, Action::MemberRemoved, subject, member.seat().detail())?;
    Ok(member)
}

/// Whoever asked was an owner when they began. Since then they may have lost it to another
/// request, which came first.
///
/// # Errors
/// `Forbidden`.
pub(super) fn still_owner(tx: &mut Tx, by: &Actor, organization: OrganizationId) -> Result<()> {
    let Some(user) = by.user() else { return Ok(()) };
    let own = store::member(tx.conn(), organization, user)?;
    if own.is_some_and(|own| own.power.standing.is_owner()) {
        return Ok(());
    }
    Err(Error::forbidden("you are no owner of this organization any more; ask one of them"))
}

/// For whom would be none any more. The organization is held: no one else leaves meanwhile.
fn keep_an_owner(tx: &mut Tx, member: &Membership) -> Result<()> {
    if !member.power.standing.is_owner()
        || store::has_other_owner(tx.conn(), member.organization, member.user)?
    {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "{} is the last owner of {}; make someone else an owner first",
        member.user_name, member.organization_name
    )))
}
