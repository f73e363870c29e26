//! What may be chosen, as forms draw it: radio buttons, cards, and the table of levels by resource.
use crate::access::Level;

/// What comes before the resource in the name of a field.
const FIELD: &str = "permissions.";

/// One radio button or card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub detail: &'static str,
    pub icon: &'static str,
    pub chosen: bool,
    pub disabled: bool,
}

impl Choice {
    pub fn plain(value: &str, label: impl Into<String>, chosen: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: label.into(),
            detail: "",
            icon: "",
            chosen: value == chosen,
            disabled: false,
        }
    }
}

/// A line of the table: a resource, with no level and each level to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub name: String,
    /// What the form calls it.
    pub field: String,
    pub levels: Vec<Choice>,
}

impl Resource {
    /// A level above `most` cannot be chosen, but one that was chosen stays in sight.
    pub fn new(name: &str, held: Option<Level>, most: Option<Level>) -> Self {
        let held = held.map_or("none", Level::name);
        let level = |level: Level| {
            let choice = Choice::plain(level.name(), level.name(), held);
            let disabled = !choice.chosen && most.is_none_or(|most| level > most);
            Choice { disabled, ..choice }
        };
        let none = Choice::plain("none", "None", held);
        Self {
            name: name.to_owned(),
            field: field(name),
            levels: [none].into_iter().chain(Level::ALL.map(level)).collect(),
        }
    }

    pub fn is_chosen(&self) -> bool {
        self.levels.first().is_some_and(|none| !none.chosen)
    }
}

/// What the form calls the line of a resource.
pub fn field(resource: &str) -> String {
    format!("{FIELD}{resource}")
}

/// The resource that a field of the table is about.
pub fn resource_of(field: &str) -> Option<&str> {
    field.strip_prefix(FIELD)
}

/// What a field of the table asks for. A level that there is not is none.
pub fn permission(field: &str, level: &str) -> Option<(String, Level)> {
    Some((resource_of(field)?.to_owned(), Level::parse(level)?))
}
