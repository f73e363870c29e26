//! `/service/public/v1/secrets/`: what clients without keys are given, where the switch is on.
use jeton::access::Role;
use serde_json::{Value, json};

use super::greenhouse;
use crate::support::Api;

async fn delete(api: &Api, path: &str, body: &Value) -> crate::support::Answer {
    crate::support::Answer::to(api.request("DELETE", path).json(body)).await
}

#[actix_web::test]
async fn without_the_switch_the_server_opens_nothing() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let path = dev.address("development");
    let body = json!({ "secrets": [{ "key": "A", "value": "1" }] });
    for answer in [
        api.get(&path).await,
        api.post(&path, &body).await,
        api.put(&path, &body).await,
        delete(&api, &path, &body).await,
    ] {
        let said = json!({ "error": "SSE is not enabled for this App" });
        assert_eq!(answer.is(400).json(), said);
    }
}

#[actix_web::test]
async fn with_the_switch_on_both_kinds_of_clients_read_what_the_other_wrote() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let dev = console.environment("greenhouse", "development");
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let path = dev.address("DEVELOPMENT");
    let found = api.get(&path).await.is(200).json();
    assert_eq!((&found[0]["key"], &found[0]["value"]), (&json!("KEY"), &json!("hush")));
    assert_eq!((&found[0]["comment"], &found[0]["tags"]), (&json!(""), &json!([])));
    assert_eq!(found[0]["keyDigest"], dev.opener.digest("KEY"));

    let wanted = json!({ "secrets": [
        { "key": "mail_password", "value": "ö", "comment": "why", "path": "mail", "tags": ["x"],
          "type": "config", "override": { "value": "mine", "isActive": true } },
    ]});
    let made = api.post(&path, &wanted).await.is(200).json();
    assert_eq!((&made[0]["key"], &made[0]["path"]), (&json!("MAIL_PASSWORD"), &json!("/mail")));
    assert_eq!((&made[0]["type"], &made[0]["comment"]), (&json!("config"), &json!("why")));
    assert_eq!(made[0]["override"]["value"], "mine");
    assert_eq!(made[0]["override"]["isActive"], true);
    let all = dev.read(&api).await;
    assert_eq!(all[1], ("MAIL_PASSWORD".to_owned(), "ö".to_owned()));

    let id = &made[0]["id"];
    let change = json!({ "secrets": [{ "id": id, "value": "ä" }] });
    let changed = api.put(&path, &change).await.is(200).json();
    assert_eq!((&changed[0]["value"], &changed[0]["version"]), (&json!("ä"), &json!(2)));
    assert_eq!(changed[0]["comment"], "why");
    for (query, count) in
        [("&key=Mail_Password", 1), ("&path=/mail", 1), ("&tags=x,y", 1), ("&tags=y", 0)]
    {
        let found = api.get(&format!("{path}{query}")).await.is(200).json();
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
    let gone = delete(&api, &path, &json!({ "secrets": [id] })).await.is(200);
    assert_eq!(gone.json(), json!({ "message": "Deleted 1 secret" }));
}

#[actix_web::test]
async fn an_override_is_not_an_accounts_to_see_or_set() {
    let (console, ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let path = console.environment("greenhouse", "staging").address("staging");
    let own = json!({ "value": "mine", "isActive": true });
    let wanted = json!({ "secrets": [{ "key": "A", "value": "all's", "override": own }] });
    let made = api.post(&path, &wanted).await.is(200).json();
    let account = ada.account("deployer", Role::Operator, &[]).await;
    let deployer = console.api(&ada.sat(&account, "one").await.rest.unwrap());
    let change = json!({ "secrets": [{ "id": made[0]["id"], "override": own }] });
    let changed = deployer.put(&path, &change).await.is(200).json();
    assert_eq!((&changed[0]["value"], &changed[0]["override"]), (&json!("all's"), &Value::Null));
    assert_eq!(console.rows("secret_overrides"), 1);
}

#[actix_web::test]
async fn what_was_closed_for_another_environment_is_an_error_and_never_garbage() {
    let (console, _ada, api) = greenhouse().await;
    console.encrypts_at_server("greenhouse");
    let dev = console.environment("greenhouse", "development");
    let staging = console.environment("greenhouse", "staging");
    let entries = console.rows("audit_events");
    let foreign = json!([dev.closed("GOOD", "1"), staging.closed("KEY", "hush")]);
    let refused = dev.send(&api, "POST", Some(foreign)).await.is(400);
    assert_eq!(refused.json()["error"], "Ciphertext is not of this environment");
    assert_eq!((console.rows("secrets"), console.rows("audit_events")), (0, entries));
    dev.send(&api, "POST", Some(json!([dev.closed("KEY", "hush")]))).await.is(200);
    let found = dev.send(&api, "GET", None).await.is(200).json();
    let mut change = staging.closed("KEY", "hush");
    change["id"] = found[0]["id"].clone();
    dev.send(&api, "PUT", Some(json!([change]))).await.is(400);

    // And where it came into the database in another way.
    let closed = staging.opener.close("hush");
    console.texts(&format!(
        "UPDATE secrets SET value = '{}' RETURNING id::text AS text",
        closed.as_str()
    ));
    let refused = api.get(&dev.address("development")).await.is(409);
    assert!(refused.says("closed to the key of another environment"));
    assert!(refused.says(found[0]["id"].as_str().unwrap()), "{}", refused.text);
    let gone = json!({ "secrets": [found[0]["id"]] });
    delete(&api, &dev.address("development"), &gone).await.is(200);
    assert_eq!(api.get(&dev.address("development")).await.is(200).json(), json!([]));
}

#[actix_web::test]
async fn the_context_is_named_and_what_is_not_there_is_said() {
    let (console, _ada, api) = greenhouse().await;
    let dev = console.environment("greenhouse", "development");
    let base = "/service/public/v1/secrets/";
    assert!(api.get(base).await.is(403).says("Environment context required."));
    let nowhere = "00000000-0000-0000-0000-000000000000";
    let said = api.get(&format!("{base}?app_id={nowhere}&env=x")).await.is(404).json();
    assert_eq!(said["error"], format!("App with ID {nowhere} not found"));
    let said = api.get(&dev.address("nope")).await.is(404).json();
    assert_eq!(said["error"], format!("Environment 'nope' not found in App {}", dev.project));
    assert_eq!(api.patch(&dev.address("development"), &json!({})).await.status, 405);
}
