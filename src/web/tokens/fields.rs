//! The create and the edit form as the template draws them: what was typed, what may be chosen, and
//! in words what the token would be able to do.
use askama::Template;

use super::at;
use super::expiry::{ExpiryView, usual};
use super::form::TokenForm;
use super::ground::Ground;
use crate::tokens::Token;
use crate::web::Owner;
use crate::web::form::Problems;
use crate::web::power::{Choices, PowerView};
use crate::web::twice::Twin;

/// What a new form starts with: little power, and an end.
pub fn begin(choices: &Choices, from: Option<String>) -> TokenForm {
    let expiry = usual(&choices.bounds.policy);
    TokenForm { expiry, power: choices.begin(), from, ..TokenForm::default() }
}

#[derive(Template)]
#[template(path = "tokens/_form.html")]
pub struct FormDialog {
    title: String,
    organization: String,
    form: TokenForm,
    problems: Problems,
    twin: Option<Twin>,
    /// Where the form is sent, where it is only looked at, and where cancelling leads.
    action: String,
    preview: String,
    back: String,
    ending: ExpiryView,
    power: PowerView,
    /// Whether a field takes the keyboard. Where only a choice was made, what was in hand keeps it.
    focus: bool,
}

impl FormDialog {
    /// `edited` is the token that exists already.
    pub fn new(
        owner: &Owner,
        ground: &Ground,
        choices: &Choices,
        form: TokenForm,
        problems: Problems,
        edited: Option<&Token>,
    ) -> Self {
        let at = at(owner.slug());
        Self {
            title: if form.token.is_some() { "Edit token".into() } else { "Create token".into() },
            organization: owner.membership().organization_name.clone(),
            action: form.token.as_ref().map_or_else(|| at.clone(), |id| format!("{at}/{id}/edit")),
            preview: format!("{at}/preview"),
            back: ground.url(owner.slug()),
            ending: ExpiryView::of(&form, &choices.bounds.policy, edited, choices.now),
            power: PowerView::of(&form.power, choices),
            form,
            problems,
            twin: None,
            focus: true,
        }
    }

    pub fn with_twin(self, twin: Option<Twin>) -> Self {
        Self { twin, ..self }
    }

    pub fn without_focus(self) -> Self {
        Self { focus: false, ..self }
    }

    pub fn title(&self) -> String {
        self.title.clone()
    }

    /// The first field that is wrong has the keyboard; else the first of all.
    fn has_focus(&self, field: &str) -> bool {
        const FIELDS: [&str; 5] = ["name", "expires_at", "role", "projects", "permissions"];
        let wrong = FIELDS.into_iter().find(|field| self.problems.of(field).is_some());
        self.focus && wrong.unwrap_or("name") == field
    }
}
