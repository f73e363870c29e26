//! `/service/secrets/tokens/`: what a client with keys begins with. The other half of its account's
//! private key, and the keys of each environment that the token reaches at this moment.
use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde_json::{Map, Value, json};

use super::{Caller, Failure, Result};
use crate::error::{Error, Result as CoreResult};
use crate::format::Kind;
use crate::http::App;
use crate::http::aside::aside;
use crate::organizations::{self, Organization};
use crate::secret::{PublicKey, ServerShare};
use crate::secrets::{self, Environment, Readable, Vault};
use crate::tokens::{self, Verdict};

pub async fn show(caller: Caller, app: Data<App>) -> Result<HttpResponse> {
    let verdict = caller.verdict();
    if verdict.kind == Kind::Oat || verdict.derived.is_some() {
        return Err(Failure::forbidden("Invalid token type"));
    }
    let (asks, shared, now) = (verdict.clone(), app.clone(), app.clock.now());
    let read = app.db.read(move |conn| Known::read(conn, &shared.vault, &asks, now));
    let known = read.await?.ok_or_else(|| Failure::forbidden(KEYLESS))?;
    let (account, vault) = (account(verdict), app.vault.clone());
    let answer = aside(move || known.json(&vault, account)).await?;
    Ok(HttpResponse::Ok().json(answer))
}

const KEYLESS: &str = "This token was made before there were keys; rotate it and use the new one";

/// As its row in the answer says whose it is: the id of the user, or that of the service account.
fn account(verdict: &Verdict) -> (&'static str, Value) {
    match verdict.holder() {
        tokens::Holder::ServiceAccount(_, id) => ("service_account", id.to_string().into()),
        tokens::Holder::Person(id) => ("user", id.to_string().into()),
        tokens::Holder::Organization(_) => ("user", Value::Null),
    }
}

/// Everything that the answer is made of.
struct Known {
    share: ServerShare,
    public_key: PublicKey,
    organization: Option<Organization>,
    readable: Vec<Readable>,
}

impl Known {
    /// `None` where the secret has no key material.
    fn read(
        conn: &mut PgConnection,
        vault: &Vault,
        verdict: &Verdict,
        now: DateTime<Utc>,
    ) -> CoreResult<Option<Self>> {
        let share = tokens::key_share(conn, verdict.token, verdict.generation)?;
        let public_key = tokens::public_key(conn, verdict.holder())?;
        let Some((share, public_key)) = share.zip(public_key) else { return Ok(None) };
        let organization = match verdict.reaches().first() {
            Some(reach) => organizations::by_id(conn, reach.organization)?,
            None => None,
        };
        let powers = verdict.reaches().iter();
        let powers: Vec<_> =
            powers.map(|reach| (reach.organization, reach.power.clone())).collect();
        let readable = secrets::readable(conn, vault, &powers, now)?;
        Ok(Some(Self { share, public_key, organization, readable }))
    }

    fn json(&self, vault: &Vault, (kind, id): (&'static str, Value)) -> Result<Value, Error> {
        let apps = self.readable.iter().map(|(project, environments)| {
            let keys = environments.iter().map(|one| self.key(vault, one, kind, &id));
            Ok(json!({
                "id": project.uuid,
                "name": project.name,
                "encryption": if project.server_side_encryption { "SSE" } else { "E2E" },
                "environment_keys": keys.collect::<Result<Vec<_>, Error>>()?,
            }))
        });
        let apps: Vec<_> = apps.collect::<Result<_, Error>>()?;
        let organization = self.organization.as_ref().map(
            |organization| json!({ "id": organization.id.to_string(), "name": organization.name }),
        );
        let mut answer = Map::new();
        answer.insert("wrapped_key_share".into(), json!(self.share));
        let whose = if kind == "user" { "user_id" } else { "account_id" };
        answer.insert(whose.into(), id);
        answer.insert("offline_enabled".into(), false.into());
        answer.insert("organisation".into(), json!(organization));
        answer.insert("apps".into(), apps.into());
        Ok(answer.into())
    }

    fn key(
        &self,
        vault: &Vault,
        environment: &Environment,
        kind: &'static str,
        id: &Value,
    ) -> Result<Value, Error> {
        let wrapped = vault.wrap(environment, self.public_key)?;
        let (user, account) = if kind == "user" { (id, &Value::Null) } else { (&Value::Null, id) };
        Ok(json!({
            "id": secrets::key_id(environment, self.public_key),
            "environment": {
                "id": environment.id,
                "name": environment.name,
                "env_type": environment.kind,
                "index": environment.position,
                "created_at": environment.created_at,
                "updated_at": environment.updated_at,
            },
            "identity_key": environment.public_key.to_string(),
            "wrapped_seed": wrapped.seed,
            "wrapped_salt": wrapped.salt,
            "paths": null,
            "user": user,
            "service_account": account,
            "created_at": environment.created_at,
            "updated_at": environment.updated_at,
            "deleted_at": null,
        }))
    }
}
