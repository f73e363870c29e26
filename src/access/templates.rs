//! Starting points for the use cases of the Phaset document.
use super::{Level, Role};

/// A named choice that fills the create form; everything in it can be changed there.
#[derive(Debug)]
pub struct Template {
    pub key: &'static str,
    pub title: &'static str,
    pub detail: &'static str,
    pub icon: &'static str,
    pub role: Role,
    pub permissions: &'static [(&'static str, Level)],
}

const SEES: (&str, Level) = ("organization", Level::Read);
const LISTS: (&str, Level) = ("projects", Level::Read);

pub const TEMPLATES: [Template; 6] = [
    Template {
        key: "compliance-reporting",
        title: "Compliance reporting",
        detail: "Read standards, metrics",
        icon: "file-check-2",
        role: Role::Readonly,
        permissions: &[
            SEES,
            LISTS,
            ("standards", Level::Read),
            ("baselines", Level::Read),
            ("metrics", Level::Read),
            ("systems", Level::Read),
        ],
    },
    Template {
        key: "infrastructure-as-code",
        title: "Infrastructure as code",
        detail: "Manage domains, systems",
        icon: "blocks",
        role: Role::Manager,
        permissions: &[
            SEES,
            LISTS,
            ("domains", Level::Manage),
            ("groups", Level::Manage),
            ("systems", Level::Manage),
        ],
    },
    Template {
        key: "third-party-integration",
        title: "Third-party integration",
        detail: "Read and write records",
        icon: "plug",
        role: Role::Operator,
        permissions: &[SEES, LISTS, ("records", Level::Write), ("metrics", Level::Read)],
    },
    Template {
        key: "webhook-processor",
        title: "Webhook processor",
        detail: "Write records, events",
        icon: "webhook",
        role: Role::Operator,
        permissions: &[
            SEES,
            LISTS,
            ("records", Level::Write),
            ("events", Level::Write),
            ("baselines", Level::Write),
        ],
    },
    Template {
        key: "batch-operations",
        title: "Batch operations",
        detail: "Manage records in bulk",
        icon: "layers",
        role: Role::Manager,
        permissions: &[
            SEES,
            LISTS,
            ("records", Level::Manage),
            ("systems", Level::Write),
            ("metrics", Level::Read),
        ],
    },
    Template {
        key: "application",
        title: "Application",
        detail: "Least power of its own",
        icon: "app-window",
        role: Role::Readonly,
        permissions: &[SEES, ("records", Level::Read)],
    },
];

impl Template {
    pub fn find(key: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Standing;
    use super::*;

    #[test]
    fn no_template_asks_for_more_than_its_role_grants() {
        for template in &TEMPLATES {
            for &(resource, level) in template.permissions {
                let most = Standing::Role(template.role).level(resource);
                assert!(most.is_some_and(|most| most >= level), "{} {resource}", template.key);
            }
        }
    }
}
