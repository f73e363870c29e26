//! Application secrets, as clients with keys, clients without, and people read and write them.
mod api;
mod bounds;
mod closed;
mod plain;

use jeton::secret::Ciphertext;
use jeton::secrets::{self, Opener};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Console, Person};

/// An environment of a project, and what opens its secrets: as a client of Phase has it.
pub struct Environment {
    pub id: String,
    pub project: String,
    pub opener: Opener,
}

impl Console {
    /// An environment of a project of `acme`.
    pub fn environment(&self, project: &str, name: &str) -> Environment {
        let (app, organization) = (&self.app, self.organization());
        let now = app.clock.now();
        let read =
            |conn: &mut _| secrets::place(conn, &app.vault, organization, project, name, now);
        let place = app.db.read_here(read).unwrap();
        let opener = app.vault.open(&place.environment).unwrap();
        let (id, project) = (place.environment.id.to_string(), place.project.uuid.to_string());
        Environment { id, project, opener }
    }

    fn organization(&self) -> jeton::id::OrganizationId {
        let id = self.texts("SELECT id::text AS text FROM organizations WHERE slug = 'acme'");
        id[0].parse().unwrap()
    }

    /// Turns server-side encryption of a project of `acme` on.
    pub fn encrypts_at_server(&self, project: &str) {
        self.texts(&format!(
            "UPDATE projects SET server_side_encryption = true WHERE project_id = '{project}'
             RETURNING project_id AS text"
        ));
    }
}

impl Environment {
    /// One entry of a body, as a client with keys makes it.
    pub fn closed(&self, key: &str, value: &str) -> Value {
        let close = |text: &str| self.opener.close(text);
        json!({
            "key": close(key), "keyDigest": self.opener.digest(key), "value": close(value),
            "comment": "", "path": "/", "tags": [],
        })
    }

    pub fn opened(&self, closed: &Value) -> String {
        let closed = Ciphertext::parse(closed.as_str().unwrap()).unwrap();
        self.opener.open(&closed).unwrap().to_string()
    }

    /// What a client with keys reads: name and value of each.
    pub async fn read(&self, api: &Api) -> Vec<(String, String)> {
        let found = self.send(api, "GET", None).await.is(200).json();
        let one = |secret: &Value| (self.opened(&secret["key"]), self.opened(&secret["value"]));
        found.as_array().unwrap().iter().map(one).collect()
    }

    pub async fn send(&self, api: &Api, method: &str, secrets: Option<Value>) -> Answer {
        let mut request = self.request(api, method);
        if let Some(secrets) = secrets {
            request = request.json(&json!({ "secrets": secrets }));
        }
        Answer::to(request).await
    }

    pub fn request(&self, api: &Api, method: &str) -> RequestBuilder {
        api.request(method, "/service/secrets/").header("Environment", &self.id)
    }

    /// Its secrets in the JSON API.
    pub fn calls(project: &str, name: &str) -> String {
        format!("/api/v2/organization/projects/{project}/environments/{name}/secrets/")
    }

    /// Where a client without keys reads and writes.
    pub fn address(&self, name: &str) -> String {
        format!("/service/public/v1/secrets/?app_id={}&env={name}", self.project)
    }
}

/// A console with a project, and its owner with a token that may do everything.
pub async fn greenhouse() -> (Console, Person, Api) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let api = console.api(&ada.full_pat("all").await.rest.unwrap());
    (console, ada, api)
}
