//! Names in answers: `key_digest`, or `keyDigest` for clients that ask for it.
use actix_web::HttpRequest;
use serde_json::Value;

/// Whether the client wants `keyDigest`.
pub fn is_camel(req: &HttpRequest) -> bool {
    let wish = req.headers().get("X-Use-Camel-Case").and_then(|value| value.to_str().ok());
    wish.is_some_and(|wish| wish.eq_ignore_ascii_case("true"))
}

/// Every name in it, at any depth.
pub fn camel(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (camel_name(&name), camel(field))).collect()
        }
        Value::Array(items) => items.into_iter().map(camel).collect(),
        other => other,
    }
}

fn camel_name(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let (initial, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        name + &initial.to_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_name_is_rewritten_and_no_value() {
        let snake = json!([{ "key_digest": "a_b", "override": { "is_active": true }, "id": 1 }]);
        let wanted = json!([{ "keyDigest": "a_b", "override": { "isActive": true }, "id": 1 }]);
        assert_eq!(camel(snake), wanted);
    }
}
