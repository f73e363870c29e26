//! The configuration of a reverse proxy that asks Jeton, ready to copy.
use askama::Template;

use crate::config::PublicUrl;
use crate::error::{Error, Result};
use crate::http::forward::Gate;

/// Stand for what only the reader knows.
const SERVICE: &str = "http://127.0.0.1:3000";
const HOST: &str = "service.example.org";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Proxy {
    #[default]
    Nginx,
    Traefik,
    Caddy,
    Envoy,
}

impl Proxy {
    pub const ALL: [Self; 4] = [Self::Nginx, Self::Traefik, Self::Caddy, Self::Envoy];

    /// As the address has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "traefik",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
        }
    }

    /// As its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Traefik => "Traefik",
            Self::Caddy => "Caddy",
            Self::Envoy => "Envoy",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proxy| proxy.name() == name)
    }

    /// Where it asks. Envoy appends the client's own path, so that its question is a part of the
    /// path too.
    pub fn path(self, gate: &Gate) -> String {
        let (name, query) = (self.name(), gate.query());
        match (self, query.as_str()) {
            (Self::Envoy, "") => format!("/forward-auth/{name}/-"),
            (Self::Envoy, query) => format!("/forward-auth/{name}/{query}"),
            (_, "") => format!("/forward-auth/{name}"),
            (_, query) => format!("/forward-auth/{name}?{query}"),
        }
    }

    /// # Errors
    /// `Internal`, if the template breaks.
    pub fn recipe(self, gate: &Gate, url: &PublicUrl) -> Result<String> {
        let recipe = Recipe::new(url, self.path(gate), gate);
        let text = match self {
            Self::Nginx => NginxRecipe { recipe }.render(),
            Self::Traefik => TraefikRecipe { recipe }.render(),
            Self::Caddy => CaddyRecipe { recipe }.render(),
            Self::Envoy => EnvoyRecipe { recipe }.render(),
        };
        text.map_err(|cause| Error::Internal(cause.into()))
    }
}

/// What every recipe is made of.
struct Recipe {
    origin: String,
    path: String,
    is_https: bool,
    /// Of Jeton itself, without scheme and port; and the port.
    name: String,
    port: u16,
    headers: Vec<HeaderName>,
    /// A JWT goes on in the place of the token.
    swaps: bool,
    service: &'static str,
    host: &'static str,
}

struct HeaderName {
    /// `Remote-User`
    name: String,
    /// As nginx spells it in variables: `remote_user`.
    variable: String,
}

impl Recipe {
    fn new(url: &PublicUrl, path: String, gate: &Gate) -> Self {
        let (host, usual) = (url.host(), if url.is_https() { 443 } else { 80 });
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().unwrap_or(usual)),
            _ => (host, usual),
        };
        let header =
            |name: &str| HeaderName { name: capitalised(name), variable: name.replace('-', "_") };
        let swapped = gate.swap.then_some("authorization");
        Self {
            origin: url.origin().to_owned(),
            path,
            is_https: url.is_https(),
            name: name.trim_matches(['[', ']']).to_owned(),
            port,
            headers: gate.headers.all_names().chain(swapped).map(header).collect(),
            swaps: gate.swap,
            service: SERVICE,
            host: HOST,
        }
    }

    fn address(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

/// `x-org-id` as `X-Org-Id`.
fn capitalised(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    });
    words.collect::<Vec<_>>().join("-")
}

#[derive(Template)]
#[template(path = "settings/protect/nginx.conf", escape = "none")]
struct NginxRecipe {
    recipe: Recipe,
}

#[derive(Template)]
#[template(path = "settings/protect/traefik.yml", escape = "none")]
struct TraefikRecipe {
    recipe: Recipe,
}

#[derive(Template)]
#[template(path = "settings/protect/Caddyfile", escape = "none")]
struct CaddyRecipe {
    recipe: Recipe,
}

#[derive(Template)]
#[template(path = "settings/protect/envoy.yaml", escape = "none")]
struct EnvoyRecipe {
    recipe: Recipe,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the guide shows is what the page makes.
    #[test]
    fn the_guide_shows_the_same_configuration() {
        let url = "https://jeton.example.org".parse().unwrap();
        let gate = "organization=acme&require=records:read&project=prd-greenhouse";
        let gate = Gate::parse(gate).unwrap();
        let guide = include_str!("../../../../docs/forward-auth.md");
        for proxy in Proxy::ALL {
            let recipe = proxy.recipe(&gate, &url).unwrap();
            assert!(guide.contains(recipe.trim()), "{} has changed:\n{recipe}", proxy.title());
        }
    }

    #[test]
    fn a_port_and_a_plain_address_are_kept() {
        let gate = Gate::default();
        for (url, address) in [
            ("http://10.0.0.1:8080", "{ address: \"10.0.0.1\", port_value: 8080 }"),
            ("http://[::1]:8080", "{ address: \"::1\", port_value: 8080 }"),
            ("https://jeton.example.org", "{ address: \"jeton.example.org\", port_value: 443 }"),
        ] {
            let recipe = Proxy::Envoy.recipe(&gate, &url.parse().unwrap()).unwrap();
            assert!(recipe.contains(address), "{recipe}");
            assert!(recipe.contains("path_prefix: \"/forward-auth/envoy/-\""));
            assert_eq!(recipe.contains("sni"), url.starts_with("https"));
        }
    }
}
