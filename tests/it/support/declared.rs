//! Every answer of the API that any test is given is held against the API's own document: the
//! status must be declared for the call, and the body must have the declared shape.
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(jeton::api::document()).unwrap());

pub fn check(method: &str, path: &str, answer: &Answer) {
    if !path.starts_with("/api/v2/") {
        return;
    }
    if answer.status == 308 {
        return assert!(!path.ends_with('/'), "{path} has its slash");
    }
    let call = format!("{method} {path} answered {}", answer.status);
    let Some(item) = item(path).or_else(|| item(path.trim_end_matches('/'))) else {
        return assert!(matches!(answer.status, 308 | 400 | 401 | 404), "{call}");
    };
    let name = if method == "HEAD" { "get" } else { &method.to_lowercase() };
    let Some(operation) = item.get(name) else {
        return assert!(matches!(answer.status, 400 | 401 | 405), "{call}");
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "{call}, which the document does not declare: {}", answer.text);
    let schema = &response["content"]["application/json"]["schema"];
    if method == "HEAD" || schema.is_null() {
        return;
    }
    if let Err(wrong) = matches(&answer.json(), schema) {
        panic!("{call}, and its body is not as declared: {wrong}\n{}", answer.text);
    }
    for name in response["headers"].as_object().into_iter().flat_map(Map::keys) {
        let sometimes = matches!(name.as_str(), "Link" | "Token-Expires-At");
        assert!(sometimes || !answer.header(name).is_empty(), "{call} without {name}");
    }
}

/// The item of the document whose pattern the path has; one without names before one with.
fn item(path: &str) -> Option<&'static Map<String, Value>> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let fits = |pattern: &&String| {
        let (mut asked, mut known) = (path.split('/'), pattern.split('/'));
        asked.by_ref().zip(known.by_ref()).all(|(a, k)| k.starts_with('{') || a == k)
            && path.split('/').count() == pattern.split('/').count()
    };
    let pattern = paths.keys().filter(fits).min_by_key(|pattern| pattern.matches('{').count())?;
    paths[pattern].as_object()
}

/// As much of JSON Schema as the document uses.
fn matches(value: &Value, schema: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        return matches(value, DOCUMENT.pointer(name.trim_start_matches('#')).unwrap());
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| matches(value, choice).is_ok());
        return fits.then_some(()).ok_or_else(|| format!("{value} is none of {choices:?}"));
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    if !kinds.iter().any(is) {
        return Err(format!("{value} is not {kinds:?}"));
    }
    if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
        return Err(format!("{value} is not listed"));
    }
    for item in value.as_array().into_iter().flatten() {
        matches(item, &schema["items"])?;
    }
    value.as_object().map_or(Ok(()), |object| fields(object, schema))
}

fn fields(object: &Map<String, Value>, schema: &Value) -> Result<(), String> {
    for name in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(name.as_str().unwrap()) {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, value) in object {
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(inner), _) | (None, Some(inner)) => matches(value, inner)?,
            (None, None) if schema.get("properties").is_none() => {}
            (None, None) => return Err(format!("{name} is not declared")),
        }
    }
    Ok(())
}
