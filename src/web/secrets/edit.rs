//! A secret made or changed by hand.
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::ground::Ground;
use super::{InEnvironment, OneSecret};
use crate::access::Level;
use crate::error::{Error, Result as CoreResult};
use crate::http::App;
use crate::id::SecretId;
use crate::secrets::{self, Change, Kind, Opener, Plain, PlainChange};
use crate::web::choice::Choice;
use crate::web::form::{self, Problems};
use crate::web::{LargeForm, Member, Path, Result, page};

#[derive(Template)]
#[template(path = "secrets/_form.html")]
struct FormDialog {
    action: String,
    back: String,
    environment: String,
    is_new: bool,
    is_sealed: bool,
    form: Fields,
    /// Whether a value was typed that is not sent back.
    typed: bool,
    kinds: Vec<Choice>,
    problems: Problems,
}

/// What comes back when the form fails; the value never does.
#[derive(Clone, Default)]
struct Fields {
    key: String,
    comment: String,
    path: String,
    tags: String,
    kind: String,
    version: i32,
}

#[derive(Deserialize)]
pub struct SecretForm {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: SecretString,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    kind: String,
    /// The version that the form shows.
    #[serde(default)]
    version: i32,
}

impl SecretForm {
    fn fields(&self) -> Fields {
        let Self { key, comment, path, tags, kind, version, .. } = self;
        let [key, comment, path, tags, kind] = [key, comment, path, tags, kind].map(Clone::clone);
        Fields { key, comment, path, tags, kind, version: *version }
    }

    fn kind(&self) -> Kind {
        Kind::parse(&self.kind).unwrap_or_default()
    }

    /// A browser sends line breaks as two characters.
    fn value(&self) -> SecretString {
        self.value.expose_secret().replace("\r\n", "\n").into()
    }

    fn close_new(&self, opener: &Opener) -> CoreResult<secrets::New> {
        opener.close_new(Plain {
            key: self.key.clone(),
            value: self.value(),
            comment: self.comment.as_str().into(),
            path: self.path.clone(),
            tags: tags(&self.tags),
            kind: self.kind(),
            own: None,
        })
    }

    fn close_change(&self, opener: &Opener, id: SecretId) -> CoreResult<Change> {
        let value = Some(self.value()).filter(|value| !value.expose_secret().is_empty());
        let change = PlainChange {
            key: Some(self.key.clone()),
            value,
            comment: Some(self.comment.as_str().into()),
            path: Some(self.path.clone()),
            tags: Some(tags(&self.tags)),
            kind: Some(self.kind()),
            own: None,
        };
        Ok(Change { version: Some(self.version), ..opener.close_change(id, change)? })
    }
}

fn tags(text: &str) -> Vec<String> {
    text.split(',').map(|tag| tag.trim().to_owned()).collect()
}

fn kinds(chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { "secret" } else { chosen };
    [("secret", "Secret"), ("sealed", "Sealed"), ("config", "Config")]
        .map(|(value, label)| Choice::plain(value, label, chosen))
        .into()
}

pub async fn new(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let fields = Fields { path: "/".into(), ..Fields::default() };
    let dialog = new_dialog(&ground, fields, false, Problems::default());
    let title = "Create secret".to_owned();
    ground.present(&app, &req, None, (title, dialog), StatusCode::OK).await
}

fn new_dialog(ground: &Ground, form: Fields, typed: bool, problems: Problems) -> FormDialog {
    FormDialog {
        action: format!("{}/secrets", ground.here),
        back: ground.here.clone(),
        environment: ground.environment.name.clone(),
        is_new: true,
        is_sealed: false,
        kinds: kinds(&form.kind),
        form,
        typed,
        problems,
    }
}

pub async fn create(
    member: Member,
    app: Data<App>,
    path: Path<InEnvironment>,
    req: HttpRequest,
    form: LargeForm<SecretForm>,
) -> Result<HttpResponse> {
    let InEnvironment { project, environment } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let (by, place, opener) = (ground.member.actor(), ground.place(), ground.opener(&app)?);
    let form = form.0;
    let made = match form.close_new(&opener) {
        Ok(wanted) => {
            let create = app.db.write(move |tx| secrets::create(tx, &by, &place, vec![wanted]));
            create.await.map_err(taken)
        }
        Err(wrong) => Err(wrong),
    };
    match form::checked(made)? {
        Ok(_) => {
            // Without its name: a notice rests in the session, in plain.
            let detail = format!("It is in {} now.", ground.environment.name);
            ground.member.me().tell("Secret created", detail)?;
            Ok(page::see_other(&ground.here))
        }
        Err(problems) => {
            let typed = !form.value.expose_secret().is_empty();
            let dialog = new_dialog(&ground, form.fields(), typed, problems);
            let title = "Create secret".to_owned();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&app, &req, None, (title, dialog), status).await
        }
    }
}

pub async fn ask(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let environment = ground.environment.id;
    let found = app.db.read(move |conn| secrets::find(conn, environment, id, None)).await?;
    let found = found.filter(|(secret, _)| secret.deleted_at.is_none());
    let (secret, _) = found.ok_or(Error::NotFound("secret"))?;
    let opener = ground.opener(&app)?;
    let read = |text| opener.open(text).map(|text| text.to_string()).unwrap_or_default();
    let fields = Fields {
        key: read(&secret.key),
        comment: secret.comment.as_ref().map(read).unwrap_or_default(),
        path: secret.path.clone(),
        tags: secret.tags.join(", "),
        kind: secret.kind().name().to_owned(),
        version: secret.version,
    };
    let title = format!("Edit {}", fields.key);
    let is_sealed = secret.kind() == Kind::Sealed;
    let dialog = edit_dialog(&ground, id, (fields, is_sealed), false, Problems::default());
    ground.present(&app, &req, Some(id), (title, dialog), StatusCode::OK).await
}

fn edit_dialog(
    ground: &Ground,
    id: SecretId,
    (form, is_sealed): (Fields, bool),
    typed: bool,
    problems: Problems,
) -> FormDialog {
    let page = ground.page_of_secret(id);
    FormDialog {
        action: format!("{page}/edit"),
        back: page,
        environment: ground.environment.name.clone(),
        is_new: false,
        is_sealed,
        kinds: kinds(&form.kind),
        form,
        typed,
        problems,
    }
}

pub async fn edit(
    member: Member,
    app: Data<App>,
    path: Path<OneSecret>,
    req: HttpRequest,
    form: LargeForm<SecretForm>,
) -> Result<HttpResponse> {
    let OneSecret { project, environment, secret: id } = path.0;
    let ground = Ground::of(member, &app, &project, &environment, Level::Write).await?;
    let (by, place, opener) = (ground.member.actor(), ground.place(), ground.opener(&app)?);
    let form = form.0;
    let changed = match form.close_change(&opener, id) {
        Ok(wanted) => {
            let change = app.db.write(move |tx| secrets::change(tx, &by, &place, vec![wanted]));
            change.await.map_err(taken)
        }
        Err(wrong) => Err(wrong),
    };
    match form::checked(changed)? {
        Ok(changed) => {
            let version = changed.first().map_or(0, |secret| secret.version);
            ground.member.me().tell("Secret saved", format!("It has version {version} now."))?;
            Ok(page::see_other(&ground.page_of_secret(id)))
        }
        Err(problems) => {
            let typed = !form.value.expose_secret().is_empty();
            let title = format!("Edit {}", form.key);
            let environment = ground.environment.id;
            let found = app.db.read(move |conn| secrets::find(conn, environment, id, None)).await?;
            let is_sealed = found.is_some_and(|(secret, _)| secret.kind() == Kind::Sealed);
            let dialog = edit_dialog(&ground, id, (form.fields(), is_sealed), typed, problems);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ground.present(&app, &req, Some(id), (title, dialog), status).await
        }
    }
}

/// A name that is taken, or a version that is not the newest any more, is said at the name.
fn taken(error: Error) -> Error {
    match error {
        Error::Conflict(why) => {
            let (first, rest) = why.split_at(why.chars().next().map_or(0, char::len_utf8));
            Error::field("key", format!("{}{rest}.", first.to_uppercase()))
        }
        other => other,
    }
}
