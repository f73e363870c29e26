//! Invitations: whoever has the link takes the seat, once. Shown once, like a token; what is kept
//! of the code is its digest.
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::invitation_store as store;
use super::members::{join, still_owner};
use super::seats::{self, ClearedSeat, Seat};
use super::{Membership, member};
use crate::access::Grant;
use crate::accounts::{self, User};
use crate::audit::{self, Action, Actor, Subject};
use crate::db::Tx;
use crate::error::{Error, Problem, Result};
use crate::id::{InvitationId, OrganizationId};
use crate::secret::{Digest, LinkCode, Pepper};

pub use store::{Invitation, invitation, pending, trim as trim_invitations};

/// How long an invitation is good, unless someone says otherwise, and at most.
pub const USUAL_DAYS: i64 = 7;
pub const MOST_DAYS: i64 = 30;

/// What someone is invited to. Without an address, whoever has the link first.
#[derive(Debug, Clone)]
pub struct Offer {
    pub email: Option<String>,
    pub seat: Seat,
    pub days: i64,
}

/// An invitation, with the code that is shown once.
#[derive(Debug)]
pub struct Invited {
    pub invitation: Invitation,
    pub code: LinkCode,
}

impl Invitation {
    fn subject(&self) -> Subject {
        let name = self.email.clone().unwrap_or_else(|| "whoever has the link".into());
        Subject {
            kind: "invitation",
            id: Some(self.id.0),
            name,
            organization: Some(self.organization),
        }
    }
}

/// # Errors
/// `Invalid` naming `email`, `days` or `projects`; `Forbidden` for what the giver does not hold;
/// `Conflict` for someone who is a member already.
pub fn invite(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    offer: Offer,
    giver: &Grant,
    pepper: &Pepper,
) -> Result<Invited> {
    still_owner(tx, by, organization)?;
    let email = offer.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    let mut problems = Vec::new();
    let email =
        email.and_then(|email| accounts::parse_email(email).map_err(|p| problems.push(p)).ok());
    if !(1..=MOST_DAYS).contains(&offer.days) {
        problems.push(Problem::new("days", format!("Choose between 1 and {MOST_DAYS} days.")));
    }
    let cleared = match seats::clear(tx.conn(), organization, offer.seat, giver, None) {
        Err(Error::Invalid(found)) => return Err(Error::Invalid([problems, found].concat())),
        cleared => cleared?,
    };
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if let Some(email) = &email {
        not_a_member(tx, organization, email)?;
    }
    let now = tx.now();
    let ends = [Some(now + TimeDelta::days(offer.days)), giver.ends].into_iter().flatten().min();
    let code = LinkCode::generate();
    let new = store::New {
        organization,
        digest: code.digest(pepper),
        email: email.as_deref(),
        cleared: &cleared,
        by: by.user(),
        now,
        ends: ends.unwrap_or(now),
    };
    let invitation = store::insert(tx.conn(), &new)?;
    let mut detail = cleared.seat.detail();
    detail["expires_at"] = json!(invitation.expires_at);
    audit::record(tx, by, Action::InvitationCreated, invitation.subject(), detail)?;
    Ok(Invited { invitation, code })
}

fn not_a_member(tx: &mut Tx, organization: OrganizationId, email: &str) -> Result<()> {
    let Some(user) = accounts::by_email(tx.conn(), email)? else { return Ok(()) };
    match member(tx.conn(), organization, user.id)? {
        Some(member) => {
            Err(Error::field("email", format!("{} is a member already.", member.user_name)))
        }
        None => Ok(()),
    }
}

pub fn withdraw(
    tx: &mut Tx,
    by: &Actor,
    organization: OrganizationId,
    id: InvitationId,
) -> Result<Invitation> {
    let now = tx.now();
    let invitation =
        store::withdraw(tx.conn(), organization, id, now)?.ok_or(Error::NotFound("invitation"))?;
    audit::record(tx, by, Action::InvitationWithdrawn, invitation.subject(), json!({}))?;
    Ok(invitation)
}

/// The invitation with this code, if it can still be accepted.
///
/// # Errors
/// `Invalid` naming `code`, and saying why it is no good.
pub fn open(
    conn: &mut diesel::PgConnection,
    digest: Option<Digest>,
    now: DateTime<Utc>,
) -> Result<Invitation> {
    let found = match digest {
        Some(digest) => store::by_digest(conn, digest)?,
        None => None,
    };
    let refused = |why: String| Err(Error::field("code", why));
    let Some((invitation, state)) = found else {
        return refused(
            "No invitation has this code. Copy the whole link again, or ask for a new one.".into(),
        );
    };
    let name = &invitation.organization_name;
    if state.accepted {
        return refused(
            "This invitation was used already; each is good once. Ask for a new one.".into(),
        );
    }
    if state.withdrawn || !state.stands {
        return refused(format!(
            "This invitation was withdrawn. Ask an owner of {name} for a new one."
        ));
    }
    if invitation.expires_at <= now {
        return refused(format!(
            "This invitation expired on {}. Ask an owner of {name} for a new one.",
            invitation.expires_at.format("%-d %b %Y, %H:%M UTC"),
        ));
    }
    Ok(invitation)
}

/// Takes the seat. Two who come at once wait for one another, and the second finds it taken.
///
/// # Errors
/// `Invalid` naming `code`, as [`open`] does, and for someone whom it is not for, or who is a
/// member already: then the invitation stays as it is.
pub fn accept(tx: &mut Tx, by: &Actor, user: &User, digest: Option<Digest>) -> Result<Membership> {
    if let Some(digest) = digest {
        store::hold(tx.conn(), digest)?;
    }
    let now = tx.now();
    let invitation = open(tx.conn(), digest, now)?;
    let name = &invitation.organization_name;
    if !invitation.is_for(&user.email) {
        return Err(Error::field(
            "code",
            format!(
                "This invitation is for {}, and you are {}. Sign in as that person, or ask for \
                 another one.",
                invitation.email.as_deref().unwrap_or_default(),
                user.email
            ),
        ));
    }
    if member(tx.conn(), invitation.organization, user.id)?.is_some() {
        return Err(Error::field("code", format!("You are a member of {name} already.")));
    }
    // What was deleted since is not given.
    let known = crate::projects::ids(tx.conn(), invitation.organization)?;
    let listed = invitation.seat.projects.listed();
    let projects = listed.filter_map(|project| known.get(project).copied()).collect();
    let cleared = ClearedSeat { seat: invitation.seat.clone(), projects };
    let mut detail = invitation.seat.detail();
    detail["invited_by"] = json!(invitation.created_by);
    let who = (user.id, user.name.as_str());
    join(tx, by, invitation.organization, who, &cleared, detail)?;
    store::take(tx.conn(), invitation.id, user.id, now)?;
    member(tx.conn(), invitation.organization, user.id)?.ok_or(Error::NotFound("member"))
}

impl Invitation {
    pub fn is_for(&self, email: &str) -> bool {
        self.email.as_deref().is_none_or(|mine| accounts::is_same_email(mine, email))
    }
}
