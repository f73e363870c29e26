//! Every query on the `users` table.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{PasswordHash, fold};
use crate::db::Tx;
use crate::db::schema::users;
use crate::error::Result;
use crate::id::UserId;

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub password_hash: Option<PasswordHash>,
    pub is_admin: bool,
    theme: String,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl User {
    pub fn theme(&self) -> Theme {
        Theme::parse(&self.theme).unwrap_or_default()
    }
}

/// Light or dark, or what the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

diesel::define_sql_function!(fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text);

/// Whether there is a user at all: until then the first start is open.
pub fn any(conn: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(users::table.select(users::id))).get_result(conn)?)
}

pub fn by_id(conn: &mut PgConnection, id: UserId) -> Result<Option<User>> {
    Ok(users::table.find(id).select(User::as_select()).first(conn).optional()?)
}

/// In any case of letters.
pub fn by_email(conn: &mut PgConnection, email: &str) -> Result<Option<User>> {
    Ok(users::table
        .filter(lower(users::email).eq(fold(email)))
        .select(User::as_select())
        .first(conn)
        .optional()?)
}

/// Whether the person may still sign in with the password that was just verified. Until the
/// transaction ends nobody changes that.
pub fn confirm(tx: &mut Tx, user: &User) -> Result<bool> {
    let same: Option<UserId> = users::table
        .find(user.id)
        .filter(users::disabled_at.is_null())
        .filter(users::password_hash.is_not_distinct_from(&user.password_hash))
        .select(users::id)
        .for_share()
        .first(tx.conn())
        .optional()?;
    Ok(same.is_some())
}

/// For commands.
pub fn list(conn: &mut PgConnection) -> Result<Vec<User>> {
    Ok(users::table.order(users::email).select(User::as_select()).load(conn)?)
}

pub(super) fn insert(
    conn: &mut PgConnection,
    email: &str,
    name: &str,
    password: Option<&PasswordHash>,
    is_admin: bool,
    now: DateTime<Utc>,
) -> QueryResult<User> {
    diesel::insert_into(users::table)
        .values((
            users::email.eq(email),
            users::name.eq(name),
            users::password_hash.eq(password),
            users::is_admin.eq(is_admin),
            users::created_at.eq(now),
        ))
        .returning(User::as_returning())
        .get_result(conn)
}

pub(super) fn set_profile(
    conn: &mut PgConnection,
    id: UserId,
    email: &str,
    name: &str,
    theme: Theme,
) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set((users::email.eq(email), users::name.eq(name), users::theme.eq(theme.name())))
        .returning(User::as_returning())
        .get_result(conn)
}

pub(super) fn set_theme(conn: &mut PgConnection, id: UserId, theme: Theme) -> Result<User> {
    Ok(diesel::update(users::table.find(id))
        .set(users::theme.eq(theme.name()))
        .returning(User::as_returning())
        .get_result(conn)?)
}

pub(super) fn set_password(
    conn: &mut PgConnection,
    id: UserId,
    password: &PasswordHash,
) -> Result<Option<User>> {
    Ok(diesel::update(users::table.find(id))
        .set(users::password_hash.eq(password))
        .returning(User::as_returning())
        .get_result(conn)
        .optional()?)
}

pub(super) fn set_disabled(
    conn: &mut PgConnection,
    id: UserId,
    at: Option<DateTime<Utc>>,
) -> Result<Option<User>> {
    Ok(diesel::update(users::table.find(id))
        .set(users::disabled_at.eq(at))
        .returning(User::as_returning())
        .get_result(conn)
        .optional()?)
}

pub(super) fn set_admin(
    conn: &mut PgConnection,
    id: UserId,
    is_admin: bool,
) -> Result<Option<User>> {
    Ok(diesel::update(users::table.find(id))
        .set(users::is_admin.eq(is_admin))
        .returning(User::as_returning())
        .get_result(conn)
        .optional()?)
}

/// Everyone who runs the instance and can sign in.
pub(super) fn lock_admins(tx: &mut Tx) -> Result<Vec<UserId>> {
    Ok(users::table
        .filter(users::is_admin)
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select(users::id)
        .for_update()
        .load(tx.conn())?)
}
