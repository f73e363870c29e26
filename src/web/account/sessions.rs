//! Configuration > Sessions: the browsers where the person is signed in, and the way out of each.
use actix_session::Session as Browser;
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::PATH;
use crate::http::App;
use crate::id::SessionId;
use crate::sessions::{self, Session, Which};
use crate::web::when::When;
use crate::web::{Path, Result, SignedIn, agent, page};

pub struct SessionRow {
    pub id: SessionId,
    pub browser: String,
    pub handheld: bool,
    pub address: String,
    pub seen: When,
    pub current: bool,
}

impl SessionRow {
    pub fn new(session: Session, current: SessionId, now: DateTime<Utc>) -> Self {
        Self {
            id: session.id,
            browser: agent::browser(&session.agent),
            handheld: agent::is_handheld(&session.agent),
            address: session.address.map(|at| at.ip().to_string()).unwrap_or_default(),
            seen: When::moment(session.last_seen_at, now),
            current: session.id == current,
        }
    }
}

#[derive(Deserialize)]
pub struct One {
    session: SessionId,
}

/// Signs one browser out, be it this one.
pub async fn end(
    me: SignedIn,
    app: Data<App>,
    path: Path<One>,
    browser: Browser,
) -> Result<HttpResponse> {
    let (by, user, one) = (me.actor(), me.user().id, path.0.session);
    app.db.write(move |tx| sessions::end(tx, &by, user, Which::One(one))).await?;
    if one == me.session() {
        browser.purge();
        return Ok(page::see_other("/login"));
    }
    me.tell("Signed out", "That browser has to sign in again.")?;
    Ok(page::see_other(PATH))
}

pub async fn end_others(me: SignedIn, app: Data<App>) -> Result<HttpResponse> {
    let (by, user, mine) = (me.actor(), me.user().id, me.session());
    let ended = app.db.write(move |tx| sessions::end(tx, &by, user, Which::Others(mine))).await?;
    let detail = match ended {
        0 => "There was no other session.".to_owned(),
        1 => "One browser has to sign in again.".to_owned(),
        ended => format!("{ended} browsers have to sign in again."),
    };
    me.tell("Signed out everywhere else", detail)?;
    Ok(page::see_other(PATH))
}
