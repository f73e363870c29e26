//! Changing a policy, an organization's or the instance's: what is typed, what it would do to the
//! tokens that there are, and from when on. Shown before it is saved, with and without script.
mod form;
mod view;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};

use crate::error::Result as CoreResult;
use crate::http::App;
use crate::id::OrganizationId;
use crate::policies::{self, Policy, Rule};
use crate::tokens::{self, Trial};
use crate::web::form::checked;
use crate::web::when::{counted, day};
use crate::web::{Result, SignedIn, page};

pub use form::PolicyForm;
pub use view::{Place, PolicyView};

/// Tokens on a page of those that would be blocked.
const ROWS: i64 = 10;

/// What stands in the card: the policy as it is, or what is typed with what that would do.
pub async fn look(
    app: &App,
    place: Place,
    whose: Option<OrganizationId>,
    typed: PolicyForm,
) -> Result<PolicyView> {
    let now = app.clock.now();
    let policy = app.db.read(move |conn| policies::of(conn, whose)).await?;
    let form = if typed.is_blank() { PolicyForm::of(&policy, typed.after, now) } else { typed };
    let mut view = PolicyView::new(place, form, &policy, now);
    match checked(view.form.read(now))? {
        Ok((rule, enforcement)) => {
            let from = enforcement.from(now);
            let trial = Trial { organization: whose, policy, rule, from };
            weigh(app, &mut view, trial, now).await?;
        }
        Err(problems) => view.problems = problems,
    }
    Ok(view)
}

/// Saves only what was shown: a policy that blocks more tokens than the page said comes back first.
pub async fn save(
    me: &SignedIn,
    app: &App,
    place: Place,
    whose: Option<(OrganizationId, String)>,
    form: PolicyForm,
) -> Result<std::result::Result<HttpResponse, PolicyView>> {
    let (now, seen) = (app.clock.now(), form.seen);
    let at = place.at.clone();
    let mut view = look(app, place, whose.as_ref().map(|(id, _)| *id), form.posted()).await?;
    if !view.problems.is_empty() {
        return Ok(Err(view));
    }
    if view.effect.blocks > seen {
        view.held_back = true;
        return Ok(Err(view));
    }
    let (rule, enforcement) = view.form.read(now)?;
    let by = me.actor();
    let changed = app.db.write(move |tx| {
        let whose = whose.as_ref().map(|(id, name)| (*id, name.as_str()));
        policies::change(tx, &by, whose, rule, enforcement)
    });
    let policy = match checked(changed.await)? {
        Ok(policy) => policy,
        Err(problems) => {
            view.problems = problems;
            return Ok(Err(view));
        }
    };
    me.tell("Policy saved", told(&policy, app.clock.now()))?;
    Ok(Ok(page::see_other(&at)))
}

async fn weigh(app: &App, view: &mut PolicyView, trial: Trial, now: DateTime<Utc>) -> Result<()> {
    let after = view.form.after;
    let work = move |conn: &mut _| {
        let effect = tokens::effect(conn, &trial, now)?;
        let affected = tokens::affected(conn, &trial, after, ROWS, now)?;
        let blocked = if effect.blocked_now > 0 {
            tokens::blocked_now(conn, &trial, view::NAMED, now)?
        } else {
            Vec::new()
        };
        CoreResult::Ok((effect, affected, blocked))
    };
    let (effect, affected, blocked) = app.db.read(work).await?;
    view.weighed(&trial, effect, affected, blocked, now);
    Ok(())
}

fn told(policy: &Policy, now: DateTime<Utc>) -> String {
    let new = "New tokens are held to it at once";
    match policy.enforced_from {
        Some(from) if from > now => {
            format!("{new}, tokens that exist from {} on.", day(from, now))
        }
        Some(_) => "It holds from now on, for tokens that exist too.".into(),
        None => format!("{new}. Tokens that exist are flagged, and go on working."),
    }
}

/// What is said above a list where tokens are flagged.
pub fn coming(warned: i64, policy: &Policy, now: DateTime<Utc>) -> Option<(String, String)> {
    let are = if warned == 1 { "is" } else { "are" };
    let tokens = counted(warned, "token");
    (warned > 0).then(|| match policy.enforced_from {
        Some(from) => (
            format!("{tokens} will be blocked on {}.", day(from, now)),
            format!(
                "The new policy {}. Set an expiry that it allows before then.",
                said(&policy.rule)
            ),
        ),
        None => (
            format!("{tokens} {are} against the new policy."),
            format!(
                "It {}, and only warns so far. Set an expiry that it allows.",
                said(&policy.rule)
            ),
        ),
    })
}

/// As a sentence goes on after "the policy".
pub fn said(rule: &Rule) -> String {
    let days = rule.max_lifetime_days.map(|days| counted(days.into(), "day"));
    match (days, rule.allow_non_expiring) {
        (Some(days), false) => format!("allows {days} at most"),
        (Some(days), true) => format!("allows {days} at most, or no end at all"),
        (None, false) => "asks for an end".into(),
        (None, true) => "has no limit".into(),
    }
}
