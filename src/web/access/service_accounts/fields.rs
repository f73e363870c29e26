//! The form of an account as the template draws it.
use askama::Template;

use super::at;
use super::form::AccountForm;
use super::ground::Ground;
use crate::web::Owner;
use crate::web::form::Problems;
use crate::web::power::{Choices, PowerView};

#[derive(Template)]
#[template(path = "access/_account_form.html")]
pub struct FormDialog {
    organization: String,
    form: AccountForm,
    problems: Problems,
    /// Where the form is sent, where it is only looked at, and where cancelling leads.
    action: String,
    preview: String,
    back: String,
    power: PowerView,
    /// Whether a field takes the keyboard. Where only a choice was made, what was in hand keeps it.
    focus: bool,
}

impl FormDialog {
    pub fn new(
        owner: &Owner,
        ground: Ground,
        choices: &Choices,
        form: AccountForm,
        problems: Problems,
    ) -> Self {
        let at = at(owner.slug());
        Self {
            organization: owner.membership().organization_name.clone(),
            action: match ground {
                Ground::List => at.clone(),
                Ground::Account(account) => format!("{at}/{account}/edit"),
            },
            preview: format!("{at}/preview"),
            back: ground.url(owner.slug()),
            power: PowerView::of(&form.power, choices),
            form,
            problems,
            focus: true,
        }
    }

    pub fn without_focus(self) -> Self {
        Self { focus: false, ..self }
    }

    pub fn titled(self) -> (String, Self) {
        let title = if self.is_new() { "Create service account" } else { "Edit service account" };
        (title.to_owned(), self)
    }

    fn is_new(&self) -> bool {
        self.form.account.is_none()
    }

    /// The first field that is wrong has the keyboard; else the first of all.
    fn has_focus(&self, field: &str) -> bool {
        const FIELDS: [&str; 5] = ["name", "description", "role", "projects", "permissions"];
        let wrong = FIELDS.into_iter().find(|field| self.problems.of(field).is_some());
        self.focus && wrong.unwrap_or("name") == field
    }
}
