//! Inviting someone by a link, which is shown once; and withdrawing it.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::members::{SeatView, at, present, present_once};
use super::seat_form::{SeatFields, SeatForm};
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::InvitationId;
use crate::organizations::{self, Invited, Offer, USUAL_DAYS};
use crate::projects;
use crate::web::choice::Choice;
use crate::web::form::{self, Problems};
use crate::web::when::{When, counted};
use crate::web::{Form, Owner, Path, Result, page};

/// Days that are offered.
const DAYS: [i64; 5] = [1, 3, 7, 14, 30];

#[derive(Template)]
#[template(path = "access/_invite.html")]
struct InviteDialog {
    at: String,
    organization: String,
    email: String,
    days: Vec<Choice>,
    fields: SeatFields,
}

/// The one answer with the link.
#[derive(Template)]
#[template(path = "access/_invited.html")]
struct InvitedDialog {
    at: String,
    organization: String,
    email: Option<String>,
    seat: SeatView,
    ends: When,
    link: SecretString,
}

impl InvitedDialog {
    fn link(&self) -> &str {
        self.link.expose_secret()
    }
}

#[derive(Template)]
#[template(path = "access/_withdraw.html")]
struct WithdrawDialog {
    at: String,
    id: InvitationId,
    email: Option<String>,
    by: Option<String>,
    made: When,
}

pub async fn new(owner: Owner, app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    let mut form = SeatForm::least();
    form.days = USUAL_DAYS.to_string();
    let dialog = dialog(&owner, &app, form, Problems::default()).await?;
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

impl SeatForm {
    fn offer(&self) -> CoreResult<Offer> {
        let days = self.days.parse::<i64>().ok().filter(|days| DAYS.contains(days));
        let days = days.ok_or_else(|| Error::field("days", "Choose how long it is good."));
        let email = Some(self.email.clone()).filter(|email| !email.trim().is_empty());
        match (self.seat(), days) {
            (Ok(seat), Ok(days)) => Ok(Offer { email, seat, days }),
            (Err(Error::Invalid(mut problems)), Err(Error::Invalid(more))) => {
                problems.extend(more);
                Err(Error::Invalid(problems))
            }
            (Err(wrong), _) | (_, Err(wrong)) => Err(wrong),
        }
    }
}

async fn dialog(
    owner: &Owner,
    app: &App,
    form: SeatForm,
    problems: Problems,
) -> Result<InviteDialog> {
    let organization = owner.organization();
    let projects = app.db.read(move |conn| projects::list(conn, organization)).await?;
    let days = DAYS.map(|days| Choice::plain(&days.to_string(), counted(days, "day"), &form.days));
    Ok(InviteDialog {
        at: at(owner),
        organization: owner.membership().organization_name.clone(),
        email: form.email.clone(),
        days: days.into(),
        fields: SeatFields::new(&form, projects, problems),
    })
}

pub async fn create(
    owner: Owner,
    app: Data<App>,
    req: HttpRequest,
    form: Form<SeatForm>,
) -> Result<HttpResponse> {
    let invited = match form.0.offer() {
        Ok(offer) => invite(&owner, &app, offer).await,
        Err(unread) => Err(unread),
    };
    match form::checked(invited)? {
        Ok(invited) => {
            let dialog = InvitedDialog::of(&owner, &app, invited);
            present_once(&owner, &app, &req, dialog).await
        }
        Err(problems) => {
            let dialog = dialog(&owner, &app, form.0, problems).await?;
            present(&owner, &app, &req, dialog, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

async fn invite(owner: &Owner, app: &Data<App>, offer: Offer) -> CoreResult<Invited> {
    let (by, organization, giver) = (owner.actor(), owner.organization(), owner.grant());
    let shared = app.clone();
    app.db
        .write(move |tx| {
            organizations::invite(tx, &by, organization, offer, &giver, &shared.pepper)
        })
        .await
}

impl InvitedDialog {
    fn of(owner: &Owner, app: &App, invited: Invited) -> Self {
        let Invited { invitation, code } = invited;
        Self {
            at: at(owner),
            organization: invitation.organization_name,
            seat: SeatView::of(&invitation.seat),
            ends: When::sentence(invitation.expires_at),
            email: invitation.email,
            link: app.invitation_link(code),
        }
    }
}

#[derive(Deserialize)]
pub struct One {
    invitation: InvitationId,
}

pub async fn ask_to_withdraw(
    owner: Owner,
    app: Data<App>,
    path: Path<One>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let (organization, id, now) = (owner.organization(), path.0.invitation, app.clock.now());
    let found = app.db.read(move |conn| organizations::invitation(conn, organization, id));
    let invitation = found.await?.ok_or(Error::NotFound("invitation"))?;
    let dialog = WithdrawDialog {
        at: at(&owner),
        id,
        email: invitation.email,
        by: invitation.created_by,
        made: When::distance(invitation.created_at, now),
    };
    present(&owner, &app, &req, dialog, StatusCode::OK).await
}

pub async fn withdraw(owner: Owner, app: Data<App>, path: Path<One>) -> Result<HttpResponse> {
    let (by, organization, id) = (owner.actor(), owner.organization(), path.0.invitation);
    app.db.write(move |tx| organizations::withdraw(tx, &by, organization, id)).await?;
    owner.me().tell("Invitation withdrawn", "Its link is of no use any more.")?;
    Ok(page::see_other(&at(&owner)))
}
