//! Configuration > Profile: name, e-mail and theme.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use serde::Deserialize;

use super::{AccountPage, PATH};
use crate::accounts::{self, Theme, User};
use crate::error::Error;
use crate::http::App;
use crate::web::{Form, Page, Result, SignedIn, form, page};

#[derive(Clone, Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub theme: String,
}

impl ProfileForm {
    pub fn of(user: &User) -> Self {
        Self {
            name: user.name.clone(),
            email: user.email.clone(),
            theme: user.theme().name().to_owned(),
        }
    }
}

pub async fn save(me: SignedIn, app: Data<App>, form: Form<ProfileForm>) -> Result<HttpResponse> {
    let (by, id, typed) = (me.actor(), me.user().id, form.0.clone());
    let theme = Theme::parse(&typed.theme).unwrap_or(me.user().theme());
    let saved = app
        .db
        .write(move |tx| accounts::change_profile(tx, &by, id, &typed.email, &typed.name, theme))
        .await;
    match form::checked(saved)? {
        Ok(_) => {
            me.tell("Profile saved", "The audit log says your name from now on.")?;
            Ok(page::see_other(PATH))
        }
        Err(problems) => {
            let page = AccountPage::read(&me, &app).await?;
            let page = AccountPage { profile: form.0, profile_problems: problems, ..page };
            Ok(Page(page).with(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    next: String,
}

/// From the user menu, on any page; goes back to it.
pub async fn theme(me: SignedIn, app: Data<App>, form: Form<ThemeForm>) -> Result<HttpResponse> {
    let theme = Theme::parse(&form.0.theme)
        .ok_or_else(|| Error::field("theme", "Choose system, light or dark."))?;
    let (by, id) = (me.actor(), me.user().id);
    app.db.write(move |tx| accounts::set_theme(tx, &by, id, theme)).await?;
    Ok(page::see_other(page::own_path(&form.0.next)))
}
