//! Power in plain words, read off the same [`Power`] that decides.
use super::{DATA, Level, Power, Projects, Standing};

/// One line of a summary: what, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub text: String,
    /// The projects that the line is about, to be shown as chips. Empty where it is about none.
    pub projects: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub can: Vec<Phrase>,
    pub cannot: Vec<Phrase>,
}

impl Power {
    /// What can and cannot be done with it. `own_resources` and `projects` are the organization's.
    pub fn summary(&self, own_resources: &[String], projects: &[String]) -> Summary {
        Summary { can: self.can(own_resources), cannot: self.cannot(own_resources, projects) }
    }

    fn can(&self, own_resources: &[String]) -> Vec<Phrase> {
        let data = || DATA.into_iter().chain(own_resources.iter().map(String::as_str));
        let reach = match &self.projects {
            Projects::All => "in all projects, also those added later",
            Projects::Listed(listed) if listed.is_empty() => "outside any project",
            Projects::Listed(_) => "in",
        };
        let mut lines = Vec::new();
        for level in Level::ALL.into_iter().rev() {
            let held: Vec<_> = data().filter(|name| self.level(name) == Some(level)).collect();
            if held.is_empty() {
                continue;
            }
            let what = if held.len() == data().count() { "all data".into() } else { list(&held) };
            lines.push(Phrase {
                text: format!("{} {what} {reach}", verbs(level)),
                projects: self.projects.listed().map(str::to_owned).collect(),
            });
        }
        lines.extend(self.control());
        lines
    }

    fn control(&self) -> Vec<Phrase> {
        const SAID: [(&str, &str); 8] = [
            ("organization", "the organization"),
            ("projects", "the list of projects"),
            ("members", "members"),
            ("tokens", "tokens"),
            ("service_accounts", "service accounts"),
            ("policies", "policies"),
            ("audit", "the audit log"),
            ("introspection", "whether a token of this organization is good"),
        ];
        let mut lines = Vec::new();
        for level in Level::ALL.into_iter().rev() {
            let held: Vec<_> = SAID
                .into_iter()
                .filter(|(name, _)| self.level(name) == Some(level))
                .map(|(_, said)| said)
                .collect();
            if !held.is_empty() {
                lines.push(plain(format!("{} {}", verbs(level), list(&held))));
            }
        }
        lines
    }

    fn cannot(&self, own_resources: &[String], projects: &[String]) -> Vec<Phrase> {
        let mut lines = Vec::new();
        let most = DATA
            .into_iter()
            .chain(own_resources.iter().map(String::as_str))
            .filter_map(|name| self.level(name))
            .max();
        match most {
            None => lines.push(plain("Touch any data")),
            Some(Level::Read) => lines.push(plain("Write or manage anything")),
            Some(Level::Write) => lines.push(plain("Manage anything")),
            Some(Level::Manage) => {}
        }
        let unseen: Vec<_> =
            projects.iter().filter(|name| !self.projects.contains(name)).cloned().collect();
        if !unseen.is_empty() && most.is_some() {
            lines.push(Phrase { text: "See".into(), projects: unseen });
        }
        let changes = ["tokens", "members", "policies"];
        if !changes.iter().any(|name| self.allows(name, Level::Write, None)) {
            lines.push(plain(match self.standing {
                Standing::Role(_) => {
                    "Change tokens, members or policies: that is for owners in person"
                }
                Standing::Owner => "Change tokens, members or policies",
            }));
        }
        lines
    }
}

fn plain(text: impl Into<String>) -> Phrase {
    Phrase { text: text.into(), projects: Vec::new() }
}

fn verbs(level: Level) -> &'static str {
    match level {
        Level::Read => "Read",
        Level::Write => "Read and write",
        Level::Manage => "Read, write and manage",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AccessConfig, Role};
    use super::*;

    #[test]
    fn the_words_say_what_is_held_and_what_is_not() {
        let permissions = [("records", Level::Write), ("events", Level::Write)];
        let power = Power::of_config(AccessConfig {
            role: Role::Operator,
            projects: Projects::new(false, ["prd-greenhouse".to_owned()]),
            permissions: Some(permissions.into_iter().map(|(r, l)| (r.to_owned(), l)).collect()),
        });
        let all = ["prd-coldroom".to_owned(), "prd-greenhouse".to_owned()];

        let Summary { can, cannot } = power.summary(&[], &all);

        assert_eq!(can.len(), 1);
        assert_eq!(can[0].text, "Read and write records and events in");
        assert_eq!(can[0].projects, ["prd-greenhouse"]);
        let said: Vec<_> = cannot.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(said[..2], ["Manage anything", "See"]);
        assert_eq!(cannot[1].projects, ["prd-coldroom"]);
        assert!(said[2].starts_with("Change tokens, members or policies"));
    }

    #[test]
    fn an_owner_is_told_that_everything_is_possible() {
        let said = Power::of_owner().summary(&["harvests".to_owned()], &[]);
        assert_eq!(
            said.can[0].text,
            "Read, write and manage all data in all projects, also those added later"
        );
        assert!(said.cannot.is_empty(), "{said:?}");
    }
}
