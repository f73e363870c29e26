//! The first admin and the first organization, made together or not at all.
use diesel::RunQueryDsl;

use crate::access::Standing;
use crate::accounts::{self, PasswordHash, User};
use crate::audit::{Actor, Who};
use crate::db::Tx;
use crate::error::{Error, Result};

/// What the first start asks for.
#[derive(Debug)]
pub struct First<'f> {
    pub email: &'f str,
    pub name: &'f str,
    pub password: &'f PasswordHash,
    pub slug: &'f str,
    pub organization: &'f str,
}

/// Makes them. Two that try at once wait for one another, and the second finds it done.
///
/// # Errors
/// `Conflict` when there is a user already; `Invalid` naming `organization` for its name.
pub fn begin(tx: &mut Tx, first: &First) -> Result<User> {
    diesel::sql_query("LOCK TABLE users IN EXCLUSIVE MODE").execute(tx.conn())?;
    if accounts::any(tx.conn())? {
        return Err(Error::conflict("the first start is over: there is a user already"));
    }
    let organization = super::check(first.slug, first.organization, "organization");
    let password = Some(first.password);
    let by = Actor::system();
    let user = match accounts::create(tx, &by, first.email, first.name, password, true) {
        Err(Error::Invalid(mut problems)) => {
            problems.extend(organization.err().into_iter().flatten());
            return Err(Error::Invalid(problems));
        }
        user => user?,
    };
    let name = organization.map_err(Error::Invalid)?;
    let by = Actor { who: Who::User(user.id), name: user.name.clone(), ..by };
    let organization = super::create_checked(tx, &by, first.slug, &name)?;
    super::add_member(tx, &by, organization.id, (user.id, &user.name), Standing::Owner)?;
    Ok(user)
}
