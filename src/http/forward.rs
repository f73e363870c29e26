//! What a reverse proxy asks about a request, and what it is told of whoever made it.
//!
//! The proxy's configuration says what is asked, as a query: which organization, which permissions
//! on which projects, and under which header names the answer goes to the service behind it.
use actix_web::http::header::{HeaderName, HeaderValue};
use url::form_urlencoded;

use super::authentication::expiry;
use crate::access::Demand;
use crate::error::{Error, Result};
use crate::tokens::{Held, Reach, Verdict};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gate {
    /// Whose tokens are let in, by id or slug. Without one, those of any organization.
    pub organization: Option<String>,
    pub demand: Demand,
    pub headers: Preset,
    /// Whether the name of the person, or of the service account, is told. Names are seldom needed, and often not ASCII.
    pub names: bool,
    /// Whether a JWT that ends within the minute goes on in the place of the token.
    pub swap: bool,
}

/// Under which names the service behind the proxy hears of the caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preset {
    /// `Remote-User` and its kin.
    #[default]
    Remote,
    /// `X-Forwarded-User` and its kin.
    Forwarded,
    /// `X-Auth-Request-User` and its kin.
    AuthRequest,
}

/// Why a good token is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub why: String,
    /// The permissions that would have been enough.
    pub scope: Option<String>,
}

pub type Headers = Vec<(HeaderName, HeaderValue)>;

/// In every answer, whatever the preset.
const TOKEN: [&str; 4] = ["x-token-id", "x-token-kind", "x-token-scopes", "x-org-id"];

impl Preset {
    pub const ALL: [Self; 3] = [Self::Remote, Self::Forwarded, Self::AuthRequest];

    /// As the query names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Forwarded => "forwarded",
            Self::AuthRequest => "auth-request",
        }
    }

    /// Header names for the user, the groups, the name and the address.
    const fn names(self) -> [&'static str; 4] {
        match self {
            Self::Remote => ["remote-user", "remote-groups", "remote-name", "remote-email"],
            Self::Forwarded => [
                "x-forwarded-user",
                "x-forwarded-groups",
                "x-forwarded-preferred-username",
                "x-forwarded-email",
            ],
            Self::AuthRequest => [
                "x-auth-request-user",
                "x-auth-request-groups",
                "x-auth-request-preferred-username",
                "x-auth-request-email",
            ],
        }
    }

    /// Every header that an answer carries: a proxy copies these, so that none comes from a client.
    pub fn all_names(self) -> impl Iterator<Item = &'static str> {
        self.names().into_iter().chain(TOKEN)
    }
}

impl Gate {
    /// Reads `organization=acme&require=records:read&project=prd-greenhouse&headers=remote`;
    /// `require` and `project` may be repeated.
    ///
    /// # Errors
    /// `InvalidRequest`, naming what is wrong: a gate that is not understood lets no one in.
    pub fn parse(query: &str) -> Result<Self> {
        let mut gate = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let once = !matches!(&*name, "require" | "project");
            if once && seen.contains(&name) {
                let why =
                    "only require and project may stand twice in the proxy's address for Jeton";
                return Err(wrong(why.into()));
            }
            match &*name {
                "organization" if !value.is_empty() => gate.organization = Some(value.into_owned()),
                "require" => {
                    let permission = Demand::permission(&value).ok_or_else(|| {
                        wrong("what require names is no permission; write records:read".into())
                    })?;
                    gate.demand.permissions.push(permission);
                }
                "project" if !value.is_empty() => gate.demand.projects.push(value.into_owned()),
                "headers" => {
                    let named = Preset::ALL.into_iter().find(|preset| preset.name() == value);
                    gate.headers = named.ok_or_else(|| {
                        wrong("headers is one of remote, forwarded and auth-request".into())
                    })?;
                }
                "names" if matches!(&*value, "true" | "false") => gate.names = value == "true",
                "swap" if value == "jwt" => gate.swap = true,
                _ => {
                    // Not in the words of the address: a client may have put its token there.
                    return Err(wrong(
                        "the proxy's address for Jeton may name organization, require, project, \
                         headers, names and swap, each with a value that it knows"
                            .into(),
                    ));
                }
            }
            seen.push(name);
        }
        Ok(gate)
    }

    /// What [`Gate::parse`] reads, for a proxy's configuration.
    pub fn query(&self) -> String {
        let permissions = self.demand.permissions.iter();
        let permissions =
            permissions.map(|(resource, level)| format!("require={resource}:{}", level.name()));
        let projects = self.demand.projects.iter().map(|id| format!("project={}", encoded(id)));
        let organization =
            self.organization.iter().map(|id| format!("organization={}", encoded(id)));
        let headers =
            (self.headers != Preset::default()).then(|| format!("headers={}", self.headers.name()));
        let names = self.names.then(|| "names=true".to_owned());
        let swap = self.swap.then(|| "swap=jwt".to_owned());
        let parts = organization.chain(permissions).chain(projects).chain(headers);
        let parts = parts.chain(names).chain(swap);
        parts.collect::<Vec<_>>().join("&")
    }

    /// What the service behind the proxy is told; always every header, blank where nothing is
    /// known, so that what a client made up is overwritten; and `Token-Expires-At`. `chosen` is the organization that the
    /// client names, of those that it has.
    ///
    /// # Errors
    /// What the token lacks, for whoever holds it.
    pub fn admit(&self, verdict: &Verdict, chosen: Option<&str>) -> Result<Headers, Refused> {
        let reach = self.reach(verdict, chosen)?;
        if let Some(unmet) = self.demand.unmet(&reach.power, &reach.resources) {
            let mut why = Vec::new();
            if !unmet.permissions.is_empty() {
                why.push(format!("needs {}", unmet.permissions));
            }
            if !unmet.projects.is_empty() {
                why.push(format!("does not reach the project {}", unmet.projects.join(", ")));
            }
            let scope = (!unmet.permissions.is_empty()).then_some(unmet.permissions);
            return Err(Refused { why: format!("the token {}", why.join(" and ")), scope });
        }
        Ok(self.headers(verdict, reach).chain(expiry(verdict)).collect())
    }

    /// What the token may do where the gate leads.
    ///
    /// # Errors
    /// Where that is nowhere, or in several places.
    pub fn reach<'v>(
        &self,
        verdict: &'v Verdict,
        chosen: Option<&str>,
    ) -> Result<&'v Reach, Refused> {
        let refused = |why: String| Refused { why, scope: None };
        let reaches = verdict.reaches();
        let kept_out = |named| verdict.kept_out(named).map(refused);
        match (self.organization.as_deref().or(chosen), reaches, verdict.barred()) {
            (Some(named), ..) => {
                reaches.iter().find(|reach| reach.is_named(named)).ok_or_else(|| {
                    let beyond = format!("the token does not reach the organization {named}");
                    kept_out(Some(named)).unwrap_or_else(|| refused(beyond))
                })
            }
            (None, [only], []) => Ok(only),
            (None, [], [barred]) => Err(kept_out(Some(&barred.slug))
                .unwrap_or_else(|| refused("the token does not reach the organization".into()))),
            (None, [], []) => Err(refused("the token's holder belongs to no organization".into())),
            (None, ..) => Err(refused(
                "the token's holder belongs to several organizations; name one in X-Organization"
                    .into(),
            )),
        }
    }

    fn headers(
        &self,
        verdict: &Verdict,
        reach: &Reach,
    ) -> impl Iterator<Item = (HeaderName, HeaderValue)> + use<> {
        let (name, email) = match &verdict.holder {
            Held::Person { name, email, .. } => (&**name, &**email),
            Held::ServiceAccount { name, .. } => (&**name, ""),
            Held::Organization { .. } => ("", ""),
        };
        let name = if self.names { name } else { "" };
        let groups = format!("{0},{0}:{1}", reach.slug, reach.power.standing.name());
        let token = [
            verdict.token.to_string(),
            verdict.kind.name().to_owned(),
            reach.scope(),
            reach.organization.to_string(),
        ];
        let person = [verdict.subject(), groups, name.to_owned(), email.to_owned()];
        let values = person.into_iter().chain(token).map(|text| printable(&text));
        let names = self.headers.all_names().map(HeaderName::from_static);
        names.zip(values)
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Blank unless every character is printable ASCII.
fn printable(text: &str) -> HeaderValue {
    let is_printable = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let value = is_printable.then(|| HeaderValue::from_str(text).ok()).flatten();
    value.unwrap_or(HeaderValue::from_static(""))
}

fn wrong(why: String) -> Error {
    Error::InvalidRequest(why.into())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::access::Level;

    #[test]
    fn a_gate_is_what_the_proxy_says() {
        let gate = Gate::parse(
            "organization=acme&require=records:read&require=metrics%3Awrite&project=a&project=b\
             &headers=auth-request&names=true&swap=jwt",
        );
        let demand = Demand {
            permissions: vec![("records".into(), Level::Read), ("metrics".into(), Level::Write)],
            projects: vec!["a".into(), "b".into()],
        };
        let headers = Preset::AuthRequest;
        let organization = Some("acme".into());
        assert_eq!(gate.unwrap(), Gate { organization, demand, headers, names: true, swap: true });
        assert_eq!(Gate::parse("").unwrap(), Gate::default());
    }

    #[test]
    fn a_gate_that_is_not_understood_is_none() {
        for wrong in [
            "require=records",
            "require=",
            "project=",
            "organization=",
            "organization=a&organization=b",
            "headers=all",
            "names=yes",
            "swap=true",
            "requires=records:read",
            "records:read",
        ] {
            assert!(matches!(Gate::parse(wrong), Err(Error::InvalidRequest(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_header_leaves_with_more_than_printable_ascii(text in any::<String>()) {
            let value = printable(&text);
            prop_assert!(value.as_bytes().iter().all(|byte| (0x20..0x7f).contains(byte)));
            prop_assert!(value.is_empty() || value == text.as_str());
        }

        #[test]
        fn what_is_written_is_read_as_it_was(
            organization in proptest::option::of(".+"),
            permissions in vec(("[a-z0-9_]+", 0..3_usize), 0..4),
            projects in vec(".+", 0..4),
            (preset, names, swap) in (0..3_usize, any::<bool>(), any::<bool>()),
        ) {
            let level = |(resource, at): (String, usize)| (resource, Level::ALL[at]);
            let permissions = permissions.into_iter().map(level).collect();
            let demand = Demand { permissions, projects };
            let gate = Gate { organization, demand, headers: Preset::ALL[preset], names, swap };
            prop_assert_eq!(Gate::parse(&gate.query()).unwrap(), gate);
        }

        #[test]
        fn whatever_the_proxy_says_nothing_breaks(query in ".*") {
            let _ = Gate::parse(&query);
        }
    }
}
