//! Service accounts and their tokens as clients of Phase read them: `camelCase`, and every id a text.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::{Map, Value, json};

use crate::access::Role;
use crate::error::Result;
use crate::secrets::{self, Readable, Vault};
use crate::service_accounts::ServiceAccount;
use crate::tokens::{self, Holder, Issued, Token};

pub type Object = Map<String, Value>;

/// As a list has it.
pub fn brief(account: &ServiceAccount) -> Object {
    let role = account.access().role;
    Map::from_iter([
        ("id".to_owned(), account.id.to_string().into()),
        ("name".to_owned(), account.name.clone().into()),
        ("role".to_owned(), json!({ "id": role.name(), "name": title(role) })),
        ("createdAt".to_owned(), json!(account.created_at)),
    ])
}

/// With its tokens, and the projects that it reaches.
pub fn whole(
    conn: &mut PgConnection,
    vault: &Vault,
    account: &ServiceAccount,
    now: DateTime<Utc>,
) -> Result<Object> {
    let organization = account.organization_id;
    let tokens = tokens::of_holder(conn, Holder::ServiceAccount(organization, account.id))?;
    let tokens = tokens.iter().filter(|token| token.revoked_at.is_none()).map(token);
    let powers = [(organization, account.power())];
    let apps = secrets::readable(conn, vault, &powers, now)?;
    let mut object = brief(account);
    object.insert("tokens".into(), tokens.map(Value::Object).collect());
    object.insert("apps".into(), apps.iter().map(app).collect());
    Ok(object)
}

fn token(token: &Token) -> Object {
    Map::from_iter([
        ("id".to_owned(), token.id.to_string().into()),
        ("name".to_owned(), token.name.clone().into()),
        ("createdAt".to_owned(), json!(token.created_at)),
        ("expiresAt".to_owned(), json!(token.expires_at)),
    ])
}

/// With the secret in both of their forms, this once.
pub fn revealed(issued: Issued) -> Object {
    let mut object = token(&issued.token);
    let secret = issued.plain.reveal();
    object.insert("token".into(), json!(secret.personal()));
    object.insert("bearerToken".into(), json!(secret.rest()));
    object
}

fn app((project, environments): &Readable) -> Value {
    let environments = environments.iter().map(|environment| {
        json!({ "id": environment.id, "name": environment.name, "envType": environment.kind })
    });
    json!({
        "id": project.uuid,
        "name": project.name,
        "environments": environments.collect::<Vec<_>>(),
    })
}

fn title(role: Role) -> &'static str {
    match role {
        Role::Readonly => "Readonly",
        Role::Operator => "Operator",
        Role::Manager => "Manager",
    }
}
