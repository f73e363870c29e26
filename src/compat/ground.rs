//! The organization whose service accounts a call is about, for whoever may do there what it asks. What
//! is asked is what the same token may do everywhere.
use actix_web::HttpRequest;

use super::{Caller, Failure, Result};
use crate::access::{Grant, Level};
use crate::audit::Actor;
use crate::http::authentication::{active, named_organization};
use crate::id::{OrganizationId, ServiceAccountId};
use crate::tokens::Holder;

/// Proof that the caller may. Only [`Ground::of`] makes one.
pub struct Ground {
    pub organization: OrganizationId,
    pub grant: Grant,
    pub by: Actor,
}

impl Ground {
    /// `deed` is what a refusal says it was, such as `read service accounts`.
    pub fn of(req: &HttpRequest, caller: &Caller, level: Level, deed: &str) -> Result<Self> {
        let verdict = caller.verdict();
        let reach = active(verdict, named_organization(req)?)?;
        if !reach.power.allows("service_accounts", level, None) {
            return Err(Failure::forbidden(format!("You don't have permission to {deed}.")));
        }
        Ok(Self {
            organization: reach.organization,
            grant: Grant { power: reach.power.clone(), ends: verdict.ends() },
            by: caller.actor().clone(),
        })
    }

    pub fn holder(&self, account: ServiceAccountId) -> Holder {
        Holder::ServiceAccount(self.organization, account)
    }
}

/// The account that the path names.
pub fn account(req: &HttpRequest) -> Result<ServiceAccountId> {
    let named = req.match_info().get("account").and_then(|text| text.parse().ok());
    named.ok_or_else(no_account)
}

pub fn no_account() -> Failure {
    Failure::not_found("Service account not found.")
}
