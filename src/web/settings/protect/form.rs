//! What is chosen for a proxy, and the gate that follows from it.
use std::collections::BTreeSet;

use secrecy::SecretString;
use serde::Deserialize;

use super::recipe::Proxy;
use crate::access::{Demand, Permissions};
use crate::http::forward::{Gate, Preset};
use crate::projects::Project;
use crate::web::choice::{self, Resource};

/// For a trial also the token. It is taken from a body only, and goes nowhere else.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct ProtectForm {
    pub proxy: Proxy,
    pub headers: Preset,
    pub names: bool,
    pub swap: bool,
    pub projects: BTreeSet<String>,
    pub permissions: Permissions,
    pub token: SecretString,
}

impl From<Vec<(String, String)>> for ProtectForm {
    /// What is not known is not chosen.
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "proxy" => form.proxy = Proxy::parse(&value).unwrap_or_default(),
                "headers" => {
                    let named = Preset::ALL.into_iter().find(|preset| preset.name() == value);
                    form.headers = named.unwrap_or_default();
                }
                "names" => form.names = value == "true",
                "swap" => form.swap = value == "jwt",
                "projects" => drop(form.projects.insert(value)),
                "token" => form.token = value.into(),
                field => form.permissions.extend(choice::permission(field, &value)),
            }
        }
        form
    }
}

impl ProtectForm {
    /// What the proxy would ask, of what there is in the organization.
    pub fn gate(&self, slug: &str, resources: &[Resource], projects: &[Project]) -> Gate {
        let permission = |resource: &Resource| {
            Some((resource.name.clone(), *self.permissions.get(&resource.name)?))
        };
        let chosen = |project: &&Project| self.projects.contains(&project.project_id);
        Gate {
            organization: Some(slug.to_owned()),
            demand: Demand {
                permissions: resources.iter().filter_map(permission).collect(),
                projects: projects.iter().filter(chosen).map(|p| p.project_id.clone()).collect(),
            },
            headers: self.headers,
            names: self.names,
            swap: self.swap,
        }
    }

    /// The same as the fields of a form, to be sent with a token.
    pub fn fields(&self, gate: &Gate) -> Vec<(String, String)> {
        let permissions = gate.demand.permissions.iter();
        let permissions =
            permissions.map(|(name, level)| (choice::field(name), level.name().to_owned()));
        let projects = gate.demand.projects.iter().map(|id| ("projects".to_owned(), id.clone()));
        let rest = [("proxy", self.proxy.name()), ("headers", self.headers.name())];
        let names = self.names.then_some(("names", "true"));
        let swap = self.swap.then_some(("swap", "jwt"));
        let rest = rest.into_iter().chain(names).chain(swap);
        let rest = rest.map(|(name, value)| (name.to_owned(), value.to_owned()));
        permissions.chain(projects).chain(rest).collect()
    }
}
