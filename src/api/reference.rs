//! The document as a page, for people: `/api/v2/`.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use askama::Template;
use serde_json::{Map, Value};

use super::{Result, document};
use crate::error::Error;
use crate::http::App;

#[derive(Template)]
#[template(path = "api/reference.html")]
struct ReferencePage {
    origin: String,
    version: String,
    intro: Prose,
    groups: Vec<Group>,
    errors: Vec<Field>,
}

struct Group {
    id: String,
    name: String,
    detail: Prose,
    calls: Vec<Call>,
}

struct Call {
    id: String,
    method: String,
    path: String,
    summary: String,
    detail: Prose,
    parameters: Vec<Field>,
    body: Vec<Field>,
    status: String,
    answer: Prose,
    is_list: bool,
    fields: Vec<Field>,
    refusals: Vec<(String, Prose)>,
    curl: String,
}

struct Field {
    name: String,
    kind: String,
    is_required: bool,
    detail: Prose,
}

/// Text whose every second part is code: it stood between backticks.
struct Prose(Vec<String>);

impl Prose {
    fn of(text: &Value) -> Self {
        Self(text.as_str().unwrap_or_default().split('`').map(str::to_owned).collect())
    }
}

/// In the order in which they are read.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Read this document
#[utoipa::path(get, path = "/api/v2/", tag = "This document", operation_id = "get_reference",
    security(()),
    responses((status = 200, description = "The document as a page", body = String,
        content_type = "text/html")))]
pub async fn page(app: Data<App>) -> Result<HttpResponse> {
    let document = serde_json::to_value(document()).map_err(anyhow::Error::from);
    let origin = app.config.public_url.to_string();
    let page = ReferencePage::of(&Document(&document.map_err(Error::from)?), origin);
    let html = page.render().map_err(|cause| Error::Internal(cause.into()))?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(html))
}

/// Without the slash it is at another address, and its links would lead elsewhere.
pub async fn to_the_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/v2/")).finish()
}

/// The document, as anyone may read it.
struct Document<'d>(&'d Value);

impl ReferencePage {
    fn of(document: &Document, origin: String) -> Self {
        let info = &document.0["info"];
        let tags = document.0["tags"].as_array().into_iter().flatten();
        let groups = tags.map(|tag| document.group(tag, &origin)).collect();
        let errors = document.fields(&document.0["components"]["schemas"]["Error"]);
        let version = text(&info["version"]);
        Self { version, intro: Prose::of(&info["description"]), groups, errors, origin }
    }
}

impl Document<'_> {
    fn group(&self, tag: &Value, origin: &str) -> Group {
        let name = text(&tag["name"]);
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let calls = paths.flat_map(|(path, item)| {
            METHODS.into_iter().filter_map(move |method| Some((path, method, item.get(method)?)))
        });
        let mine = calls.filter(|(.., call)| call["tags"][0] == name.as_str());
        let calls = mine.map(|(path, method, call)| self.call(path, method, call, origin));
        let calls = calls.collect();
        let id = name.to_lowercase().replace(' ', "-");
        Group { id, detail: Prose::of(&tag["description"]), calls, name }
    }

    fn call(&self, path: &str, method: &str, call: &Value, origin: &str) -> Call {
        let method = method.to_uppercase();
        let body = self.resolve(json_of(&call["requestBody"]));
        let responses = call["responses"].as_object();
        let good = responses.and_then(|all| all.iter().find(|(status, _)| status.starts_with('2')));
        let (status, response) = good.map_or(("", &Value::Null), |(status, r)| (status, r));
        let answer = self.resolve(json_of(response));
        let refusals =
            responses.into_iter().flatten().filter(|(status, _)| status.as_str() >= "400");
        Call {
            id: text(&call["operationId"]),
            summary: text(&call["summary"]),
            detail: Prose::of(&call["description"]),
            parameters: self.parameters(call),
            body: self.fields(body),
            status: status.to_owned(),
            answer: Prose::of(&response["description"]),
            is_list: answer["type"] == "array",
            fields: self.fields(answer),
            refusals: refusals
                .map(|(status, refusal)| (status.clone(), Prose::of(&refusal["description"])))
                .collect(),
            curl: self.curl(path, &method, call, origin),
            path: path.to_owned(),
            method,
        }
    }

    fn parameters(&self, call: &Value) -> Vec<Field> {
        let parameters = call["parameters"].as_array().into_iter().flatten();
        let field = |parameter: &Value| Field {
            name: text(&parameter["name"]),
            kind: format!("{}, {}", text(&parameter["in"]), self.kind(&parameter["schema"])),
            is_required: parameter["required"] == true,
            detail: Prose::of(&parameter["description"]),
        };
        parameters.map(field).collect()
    }

    /// The fields of an object or of the objects in a list, those inside it after it.
    fn fields(&self, schema: &Value) -> Vec<Field> {
        let mut fields = Vec::new();
        self.add_fields("", schema, &mut fields);
        fields
    }

    fn add_fields(&self, inside: &str, schema: &Value, fields: &mut Vec<Field>) {
        let schema = self.resolve(schema);
        let schema =
            if schema["type"] == "array" { self.resolve(&schema["items"]) } else { schema };
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
        for (name, kind) in schema["properties"].as_object().into_iter().flatten() {
            let inner = self.resolve(kind);
            let said = if kind["description"].is_string() { kind } else { inner };
            fields.push(Field {
                name: format!("{inside}{name}"),
                kind: self.kind(kind),
                is_required: required.iter().any(|required| *required == name),
                detail: Prose::of(&said["description"]),
            });
            let list = if inner["type"] == "array" { "[]" } else { "" };
            self.add_fields(&format!("{inside}{name}{list}."), inner, fields);
        }
    }

    /// What a reference leads to, also where `null` may stand instead.
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let choices = schema["oneOf"].as_array();
        let choice = choices.and_then(|all| all.iter().find(|choice| choice["type"] != "null"));
        if let Some(choice) = choice.filter(|choice| choice["$ref"].is_string()) {
            return self.resolve(choice);
        }
        let leads = schema["$ref"].as_str().and_then(|to| self.0.pointer(to.trim_matches('#')));
        leads.unwrap_or(schema)
    }

    /// The type in words: `string or null`, `readonly, operator or manager`, `list of string`.
    fn kind(&self, schema: &Value) -> String {
        let resolved = self.resolve(schema);
        let words = if let Some(words) = resolved["enum"].as_array() {
            words.iter().map(text).collect()
        } else if resolved["oneOf"].is_array() {
            let words = resolved["oneOf"].as_array().into_iter().flatten();
            words.filter_map(|choice| choice["enum"].as_array()).flatten().map(text).collect()
        } else {
            self.kinds(resolved)
        };
        or(&words)
    }

    fn kinds(&self, schema: &Value) -> Vec<String> {
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect(),
            kind => vec![text(kind)],
        };
        let word = |kind: String| match kind.as_str() {
            "string" if schema["format"] == "date-time" => "instant".into(),
            "array" => format!("list of {}", self.kind(&schema["items"])),
            "object" if schema["additionalProperties"].is_object() => {
                format!("object of {}", self.kind(&schema["additionalProperties"]))
            }
            _ => kind,
        };
        kinds.into_iter().map(word).collect()
    }

    fn curl(&self, path: &str, method: &str, call: &Value, origin: &str) -> String {
        let path = path
            .replace("{id}", "12")
            .replace("{account}", "7")
            .replace("{delivery}", "204")
            .replace("{project_id}", "prd-greenhouse")
            .replace("{environment}", "production")
            .replace("{secret}", "01987c0e-f4f1-7f8d-8d4b-4f8cf4f3b6a1")
            .replace("{version}", "3")
            .replace("{name}", "harvests")
            .replace("{organization}", "acme");
        let mut lines = vec![format!("curl {origin}{path}")];
        let body = self.resolve(json_of(&call["requestBody"]));
        match method {
            "GET" => {}
            "POST" if body.is_object() => {}
            _ => lines.push(format!("--request {method}")),
        }
        if !call["security"].is_array() {
            lines.push("--header \"Authorization: Bearer $JETON_TOKEN\"".into());
        }
        if body.is_object() {
            let example = serde_json::to_string_pretty(&self.example(body)).unwrap_or_default();
            lines.push(format!("--json '{}'", example.replace('\n', "\n  ")));
        }
        lines.join(" \\\n  ")
    }

    /// Its own, or made of those of its fields.
    fn example(&self, schema: &Value) -> Value {
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        let fields = schema["properties"].as_object().into_iter().flatten();
        let given = |(name, kind): (&String, &Value)| {
            Some((name.clone(), self.resolve(kind).get("example")?.clone()))
        };
        Value::Object(fields.filter_map(given).collect::<Map<_, _>>())
    }
}

fn json_of(carrier: &Value) -> &Value {
    &carrier["content"]["application/json"]["schema"]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `a`, `a or b`, `a, b or c`; `object of a or b, or null`.
fn or(words: &[String]) -> String {
    match words {
        [] => "object".to_owned(),
        [one] => one.clone(),
        [long, last] if long.contains(' ') => format!("{long}, or {last}"),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
