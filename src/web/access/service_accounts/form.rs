//! What was typed into the form of an account, and the wish that it means.
use serde::Deserialize;

use crate::error::Problem;
use crate::policies::{AccountChange, AccountWish};
use crate::service_accounts::ServiceAccount;
use crate::web::power::PowerForm;

/// As it was typed, right or wrong, so that it can come back.
#[derive(Debug, Clone, Default, Deserialize, derive_more::Deref)]
#[serde(from = "Vec<(String, String)>")]
pub struct AccountForm {
    pub name: String,
    pub description: String,
    #[deref]
    pub power: PowerForm,
    /// The template that was just chosen.
    pub template: Option<String>,
    /// The account that is edited; none while one is made.
    pub account: Option<String>,
}

impl From<Vec<(String, String)>> for AccountForm {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => form.name = value,
                "description" => form.description = value,
                "template" => form.template = Some(value),
                "account" => form.account = Some(value),
                other => form.power.read(other, value),
            }
        }
        form
    }
}

impl AccountForm {
    /// What stands in the form of an account that exists.
    pub fn of(account: &ServiceAccount) -> Self {
        Self {
            name: account.name.clone(),
            description: account.description.clone(),
            power: PowerForm::of(&account.access()),
            template: None,
            account: Some(account.id.to_string()),
        }
    }

    /// The wish, and what in the form could not be read.
    pub fn wish(&self) -> (AccountWish, Vec<Problem>) {
        let wish = AccountWish {
            name: self.name.clone(),
            description: self.description.clone(),
            access: self.access(),
        };
        (wish, self.unread())
    }

    /// The same for an account that exists.
    pub fn change(&self) -> (AccountChange, Vec<Problem>) {
        let (AccountWish { name, description, access }, problems) = self.wish();
        let change = AccountChange {
            name: Some(name),
            description: Some(description),
            is_active: None,
            access: Some(access),
        };
        (change, problems)
    }
}
