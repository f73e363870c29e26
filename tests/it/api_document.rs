//! The API's own document, held against the routes that there really are.
use std::collections::BTreeSet;

use jeton::access::Role;
use serde_json::{Map, Value, json};

use crate::routes::routes;
use crate::support::{Answer, Api, Console};

/// `GET /api/v2/organization/tokens/` and the like, as the document has them.
fn documented(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let calls = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    calls.collect()
}

#[actix_web::test]
async fn the_document_has_every_call_and_no_other() {
    let console = Console::start().await;
    let document = console.anonymous().get("/api/v2/openapi.json").await.is(200).json();
    let routes = routes(&console).await;
    let is_way_to_slash = |method: &str, path: &str| {
        let with_slash = (method.to_owned(), format!("{path}/"));
        routes.contains(&with_slash) && !path.ends_with("{organization}")
    };
    let real: BTreeSet<_> = routes
        .iter()
        .filter(|(method, path)| path.starts_with("/api/v2") && method != "HEAD")
        .filter(|(method, path)| !is_way_to_slash(method, path))
        .filter(|(_, path)| !path.ends_with("{organization}/"))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(documented(&document), real);
}

#[actix_web::test]
async fn the_document_is_openapi_3_1_for_anyone_and_says_where_the_api_is() {
    let console = Console::start().await;
    let answer = console.anonymous().get("/api/v2/openapi.json").await.is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], console.url);
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let references: BTreeSet<_> = answer
        .text
        .split("\"$ref\":\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(references.len() > 10);
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn every_call_declares_its_errors_and_explains_itself() {
    let document = serde_json::to_value(jeton::api::document()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            let said = format!("{method} {path}");
            assert!(call["summary"].is_string() && call["tags"].is_array(), "{said}");
            assert!(names.insert(call["operationId"].as_str().unwrap().to_owned()), "{said}");
            if call["security"].is_array() {
                continue;
            }
            let declared = call["responses"].as_object().unwrap();
            for status in expected(path, method, call) {
                assert!(declared.contains_key(status), "{said} does not declare {status}");
            }
            for (status, response) in declared.iter().filter(|(status, _)| status.as_str() >= "400")
            {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Error", "{said} {status}");
            }
            assert!(declared["401"]["headers"]["WWW-Authenticate"].is_object(), "{said}");
            assert!(declared["503"]["headers"]["Retry-After"].is_object(), "{said}");
            let parameters: Vec<_> = call["parameters"].as_array().into_iter().flatten().collect();
            let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "{said}");
        }
    }
}

fn expected(path: &str, method: &str, call: &Value) -> Vec<&'static str> {
    let about_itself = path.starts_with("/api/v2/token/");
    let organization = path.starts_with("/api/v2/organization/");
    let mut expected = vec!["400", "401", "500", "503"];
    if !about_itself || path.ends_with("rotate/") {
        expected.push("403");
    }
    if organization || path.contains('{') {
        expected.push("404");
    }
    if call["requestBody"].is_object() {
        expected.push("413");
    }
    if path.ends_with("rotate/")
        || (method == "delete" && path.ends_with("/projects/{project_id}/"))
    {
        expected.push("409");
    }
    expected
}

#[test]
fn every_field_of_a_request_is_described_by_a_type() {
    let document = serde_json::to_value(jeton::api::document()).unwrap();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, kind) in schema["properties"].as_object().into_iter().flat_map(Map::iter) {
            let typed =
                ["type", "$ref", "oneOf", "allOf"].iter().any(|key| kind.get(key).is_some());
            assert!(typed, "{name}.{field}: {kind}");
        }
    }
}

#[actix_web::test]
async fn the_reference_shows_every_call_to_anyone() {
    let console = Console::start().await;
    let bare = console.anonymous().get("/api/v2").await.is(308);
    assert_eq!(bare.location(), "/api/v2/");
    let page = console.anonymous().get("/api/v2/").await.is(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let document = serde_json::to_value(jeton::api::document()).unwrap();
    for item in document["paths"].as_object().unwrap().values() {
        for call in item.as_object().unwrap().values() {
            let id = call["operationId"].as_str().unwrap();
            assert_eq!(page.text.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
    }
    assert!(page.says("Authorization: Bearer $JETON_TOKEN"));
    assert!(!page.says("<script") && !page.says(" style="));
}

#[actix_web::test]
async fn every_example_of_a_body_is_accepted() {
    let console = Console::start().await;
    let ada = console.admin("ada").await;
    let token = ada.issues("ci").await.id.to_string();
    let personal = ada.full_pat("laptop").await.id.to_string();
    let ones = "1".to_owned();
    ada.project("prd").await;
    let account = ada.account("Worker", Role::Readonly, &[]).await;
    let of_account = ada.sat(&account, "cluster").await.id.to_string();
    let bob = console.member("bob", jeton::access::Role::Readonly).await.id.to_string();
    let api = console.api(&ada.full_pat("all").await.text);
    let webhook = json!({"url": "https://hooks.example.org/other", "events": ["token.created"]});
    let webhook = api.post("/api/v2/organization/webhooks/", &webhook).await.is(201).json();
    let webhook = webhook["id"].to_string();
    let (environment, secret) = environment_and_secret(&api).await;
    let document = serde_json::to_value(jeton::api::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, call) in item.as_object().unwrap() {
            let schema = &call["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() || path == "/api/v2/token/rotate/" {
                continue;
            }
            let schema = if schema["oneOf"].is_array() { &schema["oneOf"][0] } else { schema };
            let name = schema["$ref"].as_str().unwrap().trim_start_matches('#');
            let id = match path {
                of if of.contains("/user/") => &personal,
                of if of.contains("/service-accounts/") => &of_account,
                of if of.contains("/admin/") => &ones,
                of if of.contains("/webhooks/") => &webhook,
                _ => &token,
            };
            let path = path.replace("{id}", id).replace("{project_id}", "prd");
            let path = path.replace("{account}", &account.id.to_string());
            let path = path.replace("{user_id}", &bob);
            let path = path.replace("{environment}", &environment).replace("{secret}", &secret);
            // One of the examples makes her an owner of another organization, too.
            let asks = |method: &str, path: &str| {
                api.request(method, path).header("X-Organization", "acme")
            };
            let request = asks(&method.to_uppercase(), &path);
            let answer = Answer::to(request.json(&example(document.pointer(name).unwrap()))).await;
            assert!(matches!(answer.status, 200 | 201), "{method} {path}: {}", answer.text);
            // Neither users nor organizations are ever deleted.
            if answer.status == 201 && !path.starts_with("/api/v2/admin/") {
                Answer::to(asks("DELETE", answer.location())).await.is(204);
            }
        }
    }
}

/// Of the project `prd`, which the server encrypts for from now on.
async fn environment_and_secret(api: &Api) -> (String, String) {
    let project = "/api/v2/organization/projects/prd";
    let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
    let environments = api.get(&format!("{project}/environments/")).await.is(200).json();
    let environment = id(&environments[0]);
    let switch = format!("{project}/server-side-encryption/");
    api.put(&switch, &json!({ "enabled": true })).await.is(200);
    let secrets = format!("{project}/environments/{environment}/secrets/");
    let secret = api.post(&secrets, &json!({ "key": "OTHER", "value": "1" })).await.is(201).json();
    (environment, id(&secret))
}

/// As the reference shows it.
fn example(schema: &Value) -> Value {
    if schema["example"].is_object() {
        return schema["example"].clone();
    }
    let mut body = json!({});
    for (name, kind) in schema["properties"].as_object().unwrap() {
        if let Some(example) = kind.get("example") {
            body[name] = example.clone();
        }
    }
    body
}
