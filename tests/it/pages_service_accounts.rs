//! Access control > Service accounts: what owners do there, and what others see.
use jeton::access::Role;

use crate::support::{Answer, Console, Person};

const LIST: &str = "/orgs/acme/access/service-accounts";

/// The value of the first `output` of the page.
fn shown(answer: &Answer, id: &str) -> String {
    let (_, rest) = answer.text.split_once(&format!("<output id=\"{id}\"")).unwrap();
    rest.split(['>', '<']).nth(1).unwrap().to_owned()
}

async fn account(ada: &Person) -> String {
    let form = [("name", "Deployer"), ("role", "operator"), ("all_projects", "true")];
    let made = ada.post(LIST, &form).await.is(303);
    made.location().to_owned()
}

#[actix_web::test]
async fn an_account_is_made_managed_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    assert!(ada.get(LIST).await.is(200).says("No service accounts yet"));
    let page = account(&ada).await;
    let manage = ada.get(&page).await.is(200);
    assert!(manage.says("“Deployer” is ready") && manage.says("Create token"));
    assert!(ada.get(LIST).await.is(200).says(&format!("href=\"{page}\"")));

    let edit = [
        ("name", "Shipper"),
        ("description", "Ships\r\ndaily"),
        ("role", "readonly"),
        ("all_projects", "false"),
        ("projects", "greenhouse"),
        ("narrow", "true"),
        ("permissions.records", "read"),
    ];
    assert_eq!(ada.post(&format!("{page}/edit"), &edit).await.is(303).location(), page);
    let manage = ada.get(&page).await;
    for text in ["Shipper", "Ships\ndaily", "greenhouse", "readonly"] {
        assert!(manage.says(text), "{text}");
    }
    let again = ada.get(&format!("{page}/edit")).await.is(200);
    assert!(again.says("Edit service account") && again.says("Save service account"));

    let off = [("from", "list")];
    assert_eq!(ada.post(&format!("{page}/disable"), &off).await.is(303).location(), LIST);
    assert!(ada.get(LIST).await.says("Enable Shipper"));
    assert_eq!(ada.post(&format!("{page}/enable"), &[]).await.is(303).location(), page);
    assert!(ada.get(&format!("{page}/delete")).await.is(200).says("Delete “Shipper”?"));
    assert_eq!(ada.post(&format!("{page}/delete"), &[]).await.is(303).location(), LIST);
    ada.get(&page).await.is(404);
    assert!(ada.get(LIST).await.says("No service accounts yet"));
}

#[actix_web::test]
async fn a_form_that_fails_keeps_what_was_typed_and_names_the_field() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let page = account(&ada).await;
    let typed = [("name", "Deployer"), ("description", "as typed"), ("role", "manager")];
    let refused = ada.post(LIST, &typed).await.is(422);
    assert!(refused.says("Another service account is called “Deployer”."));
    assert!(refused.says("as typed") && refused.says("id=\"name-e\""));
    let refused = ada.post(LIST, &[("name", "x"), ("role", "king")]).await.is(422);
    assert!(refused.says("Choose a role."));
    let refused = ada.post(LIST, &[("name", "x"), ("role", "operator"), ("projects", "no")]).await;
    assert!(refused.is(422).says("There is no project no"));
    let preview = [("name", "kept"), ("template", "webhook-processor"), ("role", "readonly")];
    assert!(ada.post(&format!("{LIST}/preview"), &preview).await.is(200).says("value=\"kept\""));

    let tokens = format!("{page}/tokens");
    let refused = ada.post(&tokens, &[("name", " "), ("expiry", "date")]).await.is(422);
    assert!(refused.says("Give it a name.") && refused.says("Choose a date"));
    assert!(refused.says("Create token for Deployer"));
    assert_eq!(console.rows("tokens"), 0);
    assert_eq!(console.rows("service_accounts"), 1);
}

#[actix_web::test]
async fn a_token_is_revealed_once_in_two_forms_rotated_and_deleted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let page = account(&ada).await;
    let tokens = format!("{page}/tokens");
    let reveal = ada.post(&tokens, &[("name", "cluster"), ("expiry", "30")]).await.is(201);
    assert_eq!(reveal.header("cache-control"), "no-store");
    assert!(reveal.says("CLI / SDK / Kubernetes") && reveal.says("Token of the service account"));
    let (secret, rest) = (shown(&reveal, "secret"), shown(&reveal, "rest"));
    assert!(secret.starts_with("jtn_sat_") && rest.starts_with("ServiceAccount "));
    let hex = rest.strip_prefix("ServiceAccount ").unwrap();
    let personal = shown(&reveal, "personal");
    assert!(personal.starts_with(&format!("pss_service:v2:{hex}:")), "{personal}");
    for form in [&secret, &rest] {
        console.api(form).get("/api/v2/token/").await.is(200);
    }
    let again = ada.get(&page).await;
    assert!([&secret, &rest, &personal].iter().all(|form| !again.says(form)));
    let twin = ada.post(&tokens, &[("name", "cluster"), ("expiry", "30")]).await.is(422);
    assert!(twin.says("Perhaps this form was sent twice"));

    let id = console.texts("SELECT id::text AS text FROM tokens WHERE kind = 'sat'").remove(0);
    let one = format!("{tokens}/{id}");
    let used = console.texts("SELECT id::text AS text FROM tokens WHERE kind = 'sat'").remove(0);
    let rotated = ada.post(&format!("{one}/rotate"), &[("grace", "3600")]).await.is(200);
    assert!(rotated.says("has a new secret"));
    let new = shown(&rotated, "secret");
    console.api(&secret).get("/api/v2/token/").await.is(200);
    console.note_uses();
    assert!(ada.get(&page).await.says("Old secret works until"));
    ada.post(&format!("{one}/end-grace"), &[]).await.is(303);
    console.api(&secret).get("/api/v2/token/").await.is(401);
    console.api(&new).get("/api/v2/token/").await.is(200);
    console.note_uses();
    let line = ada.get(&format!("{one}/first-use/2")).await.is(200);
    assert!(line.says("wait done") && line.says("127.0.0.1"));

    ada.post(&format!("{one}/disable"), &[]).await.is(303);
    console.api(&new).get("/api/v2/token/").await.is(401);
    ada.post(&format!("{one}/enable"), &[]).await.is(303);
    console.api(&new).get("/api/v2/token/").await.is(200);
    let to = format!("/orgs/acme/settings/tokens/{used}");
    assert_eq!(ada.get(&to).await.is(303).location(), format!("{page}#token-{used}"));

    assert!(ada.post(&format!("{one}/delete"), &[]).await.is(422).says("Type the name"));
    ada.post(&format!("{one}/delete"), &[("confirm", "cluster")]).await.is(303);
    console.api(&new).get("/api/v2/token/").await.is(401);
    assert!(ada.get(&page).await.says("Deleted in the last year: 1"));
}

#[actix_web::test]
async fn an_account_in_use_is_deleted_by_its_name_with_all_its_tokens() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let account = ada.account("Deployer", Role::Operator, &[]).await;
    let page = format!("{LIST}/{}", account.id);
    let (used, unused) = (ada.sat(&account, "used").await, ada.sat(&account, "unused").await);
    console.api(&used.text).get("/api/v2/token/").await.is(200);
    console.note_uses();
    let ask = ada.get(&format!("{page}/delete")).await.is(200);
    assert!(
        ask.says("Its 2 tokens stop working at once.") && ask.says("Type “Deployer” to confirm")
    );
    assert!(ada.post(&format!("{page}/delete"), &[]).await.is(422).says("last 24 hours"));
    console.api(&used.text).get("/api/v2/token/").await.is(200);
    ada.post(&format!("{page}/delete"), &[("confirm", "Deployer")]).await.is(303);
    for token in [used, unused] {
        let answer = console.api(&token.text).get("/api/v2/token/").await.is(401);
        assert!(answer.says("service account was deleted"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn a_disabled_account_says_so_on_every_page() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let account = ada.account("Deployer", Role::Operator, &[]).await;
    let sat = ada.sat(&account, "cluster").await;
    let page = format!("{LIST}/{}", account.id);
    ada.post(&format!("{page}/disable"), &[]).await.is(303);
    let manage = ada.get(&page).await.is(200);
    assert!(manage.says("None of its tokens works") && manage.says("with the account"));
    assert!(ada.get(&format!("{page}/tokens/new")).await.says("The account is disabled."));
    let refused = console.api(&sat.text).get("/api/v2/token/").await.is(401);
    assert!(refused.says("service account is disabled"));
    ada.post(&format!("{page}/enable"), &[]).await.is(303);
    console.api(&sat.text).get("/api/v2/token/").await.is(200);
}

#[actix_web::test]
async fn what_names_a_project_or_a_resource_keeps_it() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    ada.post("/orgs/acme/settings/resources", &[("name", "harvests")]).await.is(303);
    let form = [
        ("name", "Deployer"),
        ("role", "operator"),
        ("projects", "greenhouse"),
        ("narrow", "true"),
        ("permissions.harvests", "read"),
    ];
    let page = ada.post(LIST, &form).await.is(303).location().to_owned();
    let remove = "/orgs/acme/projects/greenhouse/delete";
    let refused = ada.post(remove, &[]).await.is(409);
    assert!(refused.says(&format!("href=\"{page}\"")), "{}", refused.text);
    let resource = "/orgs/acme/settings/resources/harvests/remove";
    assert!(ada.post(resource, &[]).await.is(409).says("Deployer"));

    ada.post(&format!("{page}/delete"), &[]).await.is(303);
    ada.post(remove, &[]).await.is(303);
    ada.post(resource, &[]).await.is(303);
}
