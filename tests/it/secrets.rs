//! No secret is anywhere but in the one answer that shows it: not in the log, the audit trail or
//! the database, and on no second page.
mod clients;
mod forms;
mod services;
mod vault;
mod witness;

use jeton::clock::Clock;
use jeton::notices;
use serde_json::json;

use self::witness::Witness;
use crate::notices::allowed;
use crate::pages_admin::code;
use crate::support::{Answer, Api, Browser, Console, MailServer, Receiver, sent_through};

const FIRST: &str = "correct horse battery staple";
const SECOND: &str = "incorrect zebra battery clip";
const MISTYPED: &str = "correct horse batteri staple";
/// A password in the field above its own.
const MISPLACED: &str = "correct horse above its field";
/// Of someone who makes an account with an invitation.
const NEWCOMER: &str = "paperclip staple correct zebra";
/// Known to whoever rotated, and so nobody else's.
const RETRY_KEY: &str = "retry-key-of-a-careful-client";
const MAIL_PASSWORD: &str = "post-office-box-4711";

#[actix_web::test]
async fn no_secret_is_anywhere_but_in_the_one_answer_that_shows_it() {
    let mut witness = Witness::called();
    let mut mail = MailServer::with(&["jeton", MAIL_PASSWORD]);
    let through = format!("smtp://jeton:{MAIL_PASSWORD}@127.0.0.1:{}", mail.port);
    let console = Console::set_up(Clock::System, |config| {
        config.mail = Some(sent_through(&through));
        allowed(config);
    })
    .await;
    let ada = console.stranger();

    first_start(&console, &ada, &mut witness).await;
    sign_in(&console, &mut witness).await;
    personal_tokens(&ada, &mut witness).await;
    organization_tokens(&console, &ada, &mut witness).await;
    service_accounts(&console, &ada, &mut witness).await;
    let pat = witness.newest("pat");
    organization_tokens_by_program(&console.api(&pat), &mut witness).await;
    own_tokens_by_program(&console.api(&pat), &mut witness).await;
    account_tokens_by_program(&console.api(&pat), &mut witness).await;
    clients::of_phase(&console, &pat, &mut witness).await;
    let sat = witness.newest("sat");
    token_about_itself(&console, &sat, &mut witness).await;
    webhooks(&ada, &console.api(&pat), &mut witness).await;
    mails(&console, &mut mail);
    let oat = witness.newest("oat");
    services::ask(&console, &pat, &mut witness).await;
    token_about_itself(&console, &oat, &mut witness).await;
    vault::is_used(&console, &ada, &pat, &mut witness).await;
    invitations(&console, &ada, &pat, &mut witness).await;
    password(&ada, &mut witness).await;
    password_links(&console, &ada, &console.api(&pat), &mut witness).await;
    every_page_again(&ada, &mut witness).await;

    console.note_uses();
    witness.knows(&[FIRST, SECOND, MISTYPED, RETRY_KEY, MAIL_PASSWORD, NEWCOMER]);
    witness.knows_kept(&[MISPLACED, console.app.setup_code.reveal()]);
    witness.knows_keys(&console);
    witness.testifies(&console);
}

async fn first_start(console: &Console, ada: &Browser, witness: &mut Witness) {
    let code = console.app.setup_code.reveal();
    for (code, email, status) in [
        ("AAAA-BBBB-CCCC", "ada@example.org", 422),
        (code, "ada", 422),
        (code, "ada@example.org", 303),
    ] {
        let form = [
            ("code", code),
            ("name", "Ada"),
            ("email", email),
            ("password", FIRST),
            ("organization", "Acme"),
        ];
        witness.hears(ada.post("/setup", &form).await, status);
    }
}

async fn sign_in(console: &Console, witness: &mut Witness) {
    for (email, password, status) in [
        ("ada@example.org", MISTYPED, 401),
        ("nobody@example.org", FIRST, 401),
        (MISPLACED, "", 401),
        ("ada@example.org", FIRST, 303),
    ] {
        let browser = console.stranger();
        let form = [("email", email), ("password", password)];
        witness.hears(browser.post("/login", &form).await, status);
        witness.hears(browser.post("/logout", &[]).await, 303);
    }
}

async fn personal_tokens(ada: &Browser, witness: &mut Witness) {
    let failed = [("name", " "), ("expiry", "30"), ("power", "all")];
    witness.hears(ada.post("/account/tokens", &failed).await, 422);
    let form = [("name", "laptop"), ("expiry", "30"), ("power", "all")];
    witness.hears(ada.post("/account/tokens", &form).await, 200);
    witness.hears(ada.hx_post("/account/tokens", &form).await, 422);
    let rotate = "/account/tokens/1/rotate";
    witness.hears(ada.post(rotate, &[("grace", "17")]).await, 422);
    witness.hears(ada.post(rotate, &[("grace", "0")]).await, 200);
    witness.hears(ada.hx_post(rotate, &[("grace", "0")]).await, 200);
}

async fn organization_tokens(console: &Console, ada: &Browser, witness: &mut Witness) {
    const TOKENS: &str = "/orgs/acme/settings/tokens";
    let failed = [("name", ""), ("expiry", "30"), ("role", "operator")];
    witness.hears(ada.post(TOKENS, &failed).await, 422);
    let form = [("name", "relay"), ("expiry", "30"), ("role", "operator")];
    witness.hears(ada.post(TOKENS, &form).await, 201);
    witness.hears(ada.hx_post(TOKENS, &form).await, 422);
    let id = console.texts("SELECT id::text AS text FROM tokens WHERE name = 'relay'").remove(0);
    let (page, rotate) = (format!("{TOKENS}/{id}"), format!("{TOKENS}/{id}/rotate"));
    witness.hears(ada.post(&rotate, &[("grace", "3600")]).await, 200);
    witness.hears(ada.hx_post(&rotate, &[("grace", "0")]).await, 200);
    for path in [TOKENS, &page, &rotate] {
        witness.hears(ada.get(path).await, 200);
    }
    for kind in ["oat", "pat"] {
        let (trial, token) = ("/orgs/acme/settings/forward-auth", witness.newest(kind));
        witness.hears(ada.post(trial, &[("token", &token)]).await, 200);
        witness.hears(ada.hx_post(trial, &[("token", &format!("{token}x"))]).await, 200);
    }
}

async fn service_accounts(console: &Console, ada: &Browser, witness: &mut Witness) {
    const ACCOUNTS: &str = "/orgs/acme/access/service-accounts";
    let form = [("name", "Deployer"), ("role", "operator"), ("all_projects", "true")];
    witness.hears(ada.post(ACCOUNTS, &form).await, 303);
    let id = console.texts("SELECT id::text AS text FROM service_accounts").remove(0);
    let (page, tokens) = (format!("{ACCOUNTS}/{id}"), format!("{ACCOUNTS}/{id}/tokens"));
    witness.hears(ada.post(&tokens, &[("name", ""), ("expiry", "30")]).await, 422);
    let form = [("name", "cluster"), ("expiry", "30")];
    witness.hears(ada.post(&tokens, &form).await, 201);
    witness.hears(ada.hx_post(&tokens, &form).await, 422);
    let token = console.texts("SELECT id::text AS text FROM tokens WHERE kind = 'sat'").remove(0);
    let rotate = format!("{tokens}/{token}/rotate");
    witness.hears(ada.post(&rotate, &[("grace", "17")]).await, 422);
    witness.hears(ada.post(&rotate, &[("grace", "3600")]).await, 200);
    witness.hears(ada.hx_post(&rotate, &[("grace", "0")]).await, 200);
    for path in [ACCOUNTS, &page, &rotate] {
        witness.hears(ada.get(path).await, 200);
    }
    let (trial, token) = ("/orgs/acme/settings/forward-auth", witness.newest("sat"));
    witness.hears(ada.post(trial, &[("token", &token)]).await, 200);
}

async fn account_tokens_by_program(api: &Api, witness: &mut Witness) {
    const ACCOUNTS: &str = "/api/v2/organization/service-accounts/";
    let wish = json!({ "name": "Worker", "access_config": { "role": "operator" } });
    let id = witness.hears(api.post(ACCOUNTS, &wish).await, 201).json()["id"].to_string();
    let tokens = format!("{ACCOUNTS}{id}/tokens/");
    let wish = json!({ "name": "one" });
    let token = witness.hears(api.post(&tokens, &wish).await, 201).json()["id"].to_string();
    witness.hears(api.post(&tokens, &wish).await, 400);
    let rotate = format!("{tokens}{token}/rotate/");
    witness.hears(api.post(&rotate, &json!({ "grace_seconds": 0 })).await, 200);
    for path in [ACCOUNTS, &tokens, &format!("{tokens}{token}/")] {
        witness.hears(api.get(path).await, 200);
    }
}

async fn organization_tokens_by_program(api: &Api, witness: &mut Witness) {
    const TOKENS: &str = "/api/v2/organization/tokens/";
    witness.hears(api.post(TOKENS, &json!({ "name": "ci", "role": "manager" })).await, 400);
    let wish = json!({ "name": "ci", "access_config": { "role": "operator" } });
    let id = witness.hears(api.post(TOKENS, &wish).await, 201).json()["id"].to_string();
    witness.hears(api.post(TOKENS, &json!({ "name": "ci" })).await, 400);
    for _ in 0..2 {
        let rotate = api
            .request("POST", &format!("{TOKENS}{id}/rotate/"))
            .header("Idempotency-Key", RETRY_KEY)
            .json(&json!({ "grace_seconds": 3600 }));
        witness.hears(Answer::to(rotate).await, 200);
    }
    let one = format!("{TOKENS}{id}/");
    witness.hears(api.patch(&one, &json!({ "name": "ci 2" })).await, 200);
    witness.hears(api.get(&one).await, 200);
    witness.hears(api.get(TOKENS).await, 200);
}

async fn own_tokens_by_program(api: &Api, witness: &mut Witness) {
    const TOKENS: &str = "/api/v2/user/tokens/";
    let wish = json!({ "name": "phone", "permissions": { "records": "read" } });
    let id = witness.hears(api.post(TOKENS, &wish).await, 201).json()["id"].to_string();
    let (rotate, at_once) = (format!("{TOKENS}{id}/rotate/"), json!({ "grace_seconds": 0 }));
    witness.hears(api.post(&rotate, &at_once).await, 200);
    witness.hears(api.get(TOKENS).await, 200);
    witness.hears(api.delete(&format!("{TOKENS}{id}/")).await, 204);
}

/// Signing secrets, by page and by program, while they are made and while they sign.
async fn webhooks(ada: &Browser, api: &Api, witness: &mut Witness) {
    const PAGES: &str = "/orgs/acme/settings/webhooks";
    const CALLS: &str = "/api/v2/organization/webhooks/";
    let receiver = Receiver::start();
    witness.hears(ada.post(PAGES, &[("url", &receiver.url)]).await, 422);
    let form = [("url", receiver.url.as_str()), ("events", "token.created")];
    witness.hears(ada.post(PAGES, &form).await, 201);
    witness.hears(ada.hx_post(PAGES, &form).await, 422);
    let page = format!("{PAGES}/1");
    witness.hears(ada.post(&format!("{page}/secret"), &[]).await, 200);
    witness.hears(ada.post(&format!("{page}/test"), &[]).await, 303);
    receiver.next();
    let other = receiver.url.replace("127.0.0.1", "127.0.0.2");
    let wish = json!({ "url": other, "events": ["token.created"] });
    let at = witness.hears(api.post(CALLS, &wish).await, 201).location().to_owned();
    witness.hears(api.post(&format!("{at}secret/"), &json!({})).await, 200);
    for path in [PAGES, &page, &format!("{page}/edit")] {
        witness.hears(ada.get(path).await, 200);
    }
    for path in [CALLS, &at, &format!("{CALLS}1/deliveries/")] {
        witness.hears(api.get(path).await, 200);
    }
}

/// A mail server that answers with the password it was sent, and one that takes the mail.
fn mails(console: &Console, server: &mut MailServer) {
    console.texts(
        "UPDATE tokens SET expires_at = now() + interval '29 days',
             expiry_set_at = now() - interval '9 days' RETURNING 'x' AS text",
    );
    let app = &console.app;
    let announce = |conn: &mut _| notices::announce(conn, true, app.clock.now());
    server.is_to("echo");
    assert!(app.db.read_here(announce).unwrap() > 0);
    let mailer = app.notices.mailer.as_ref().unwrap();
    mailer.send_due(&app.db, &app.clock).unwrap();
    server.is_to("accept");
    console.texts(
        "UPDATE expiry_notices SET due_at = now() WHERE due_at IS NOT NULL RETURNING 'x' AS text",
    );
    mailer.send_due(&app.db, &app.clock).unwrap();
    server.next();
}

/// Good calls, and every way to present a token wrongly.
async fn token_about_itself(console: &Console, token: &str, witness: &mut Witness) {
    const ITSELF: &str = "/api/v2/token/";
    witness.hears(console.api(token).get(ITSELF).await, 200);
    witness.hears(console.api(&token[..56]).get(ITSELF).await, 401);
    witness.hears(console.api(&format!("OAT#globex#{token}")).get(ITSELF).await, 401);
    let in_url = format!("{ITSELF}?access_token={token}");
    witness.hears(console.anonymous().get(&in_url).await, 400);
    let twice = console.api(token).request("GET", ITSELF).header("Authorization", token);
    witness.hears(Answer::to(twice).await, 400);
    let basic = console.anonymous().request("GET", ITSELF).basic_auth("x", Some(token));
    witness.hears(Answer::to(basic).await, 401);
    let misplaced = json!({ token: token, "name": token });
    witness.hears(console.api(token).post("/api/v2/organization/tokens/", &misplaced).await, 403);
    for path in [format!("/{token}"), format!("/orgs/{token}"), format!("/static/{token}/x.js")] {
        witness.hears_of(console.stranger().get(&path).await);
    }
    let dead: Vec<_> =
        witness.tokens().filter(|other| *other != token).map(str::to_owned).collect();
    for other in dead {
        witness.hears_of(console.api(&other).get(ITSELF).await);
    }
}

/// Their codes come back to nobody but whoever sends them.
async fn invitations(console: &Console, ada: &Browser, pat: &str, witness: &mut Witness) {
    const INVITE: &str = "/orgs/acme/access/members/invite";
    let wish = [("role", "operator"), ("all_projects", "true"), ("days", "7")];
    witness.hears(ada.post(INVITE, &wish[..2]).await, 422);
    let first = code_of(&witness.hears(ada.post(INVITE, &wish).await, 201).text);
    let wish = json!({ "role": "readonly" });
    let api = console.api(pat);
    let path = "/api/v2/organization/invitations/";
    let second = code_of(&witness.hears(api.post(path, &wish).await, 201).text);
    witness.hears(api.get(path).await, 200);
    witness.hears(ada.get("/orgs/acme/access/members").await, 200);

    let stranger = console.stranger();
    for code in [&first, &second] {
        witness.hears(stranger.post("/invitations", &[("code", code)]).await, 200);
    }
    for (code, password, status) in
        [(&second[..63], NEWCOMER, 422), (&first, MISTYPED, 422), (&first, NEWCOMER, 303)]
    {
        let name = if password == NEWCOMER { "Bob" } else { "" };
        let form = [
            ("code", code),
            ("account", "new"),
            ("name", name),
            ("email", "bob@example.org"),
            ("password", password),
        ];
        witness.hears(stranger.post("/invitations/accept", &form).await, status);
    }
    witness.hears(stranger.post("/invitations/accept", &[("code", &first)]).await, 422);
    witness.hears_of(stranger.get(&format!("/invitations/{second}")).await);
    witness.knows_kept(&[&first, &second]);
}

/// The code in the link that the answer shows.
fn code_of(answer: &str) -> String {
    let code = answer.split("/invitations#").nth(1).unwrap();
    code.chars().take_while(char::is_ascii_hexdigit).collect()
}

async fn password(ada: &Browser, witness: &mut Witness) {
    for (current, new, status) in
        [(MISTYPED, SECOND, 422), (FIRST, "short", 422), (FIRST, SECOND, 303)]
    {
        let form = [("current_password", current), ("new_password", new)];
        witness.hears(ada.post("/account/password", &form).await, status);
    }
}

/// Codes in links: used, mistyped, replaced, and of the API.
async fn password_links(console: &Console, ada: &Browser, api: &Api, witness: &mut Witness) {
    const USERS: &str = "/admin/users";
    let (misplaced, third) = ("misplaced password of an account", "third horse battery staple");
    let failed = [("name", ""), ("email", "bjorn"), ("password", misplaced)];
    witness.hears(ada.post(USERS, &failed).await, 422);
    let form = [("name", "Björn"), ("email", "bjorn@example.org")];
    let first = code(witness.hears(ada.post(USERS, &form).await, 201));
    let path = console.texts("SELECT id::text AS text FROM users ORDER BY id DESC LIMIT 1");
    let again = format!("{USERS}/{}/password-link", path[0]);
    let second = code(witness.hears(ada.hx_post(&again, &[]).await, 200));
    let by_program = format!("/api/v2/admin/users/{}/password-link/", path[0]);
    let last = code(witness.hears(api.post(&by_program, &json!({})).await, 200));
    let bjorn = console.stranger();
    for (code, status) in [(&first, 422), (&last, 200), (&last[..40].to_owned(), 422)] {
        witness.hears(bjorn.post("/password/open", &[("code", code)]).await, status);
    }
    for (password, status) in [("short", 422), (third, 303), (third, 422)] {
        let form = [("code", last.as_str()), ("password", password)];
        witness.hears(bjorn.post("/password", &form).await, status);
    }
    witness.knows(&[misplaced, third]);
    witness.knows_kept(&[&first, &second, &last]);
}

async fn every_page_again(ada: &Browser, witness: &mut Witness) {
    for path in [
        "/account",
        "/account/tokens/1/rotate",
        "/orgs/acme",
        "/orgs/acme/settings/tokens",
        "/orgs/acme/access/service-accounts",
        "/orgs/acme/audit",
        "/admin/users",
        "/admin/users/2",
    ] {
        witness.hears_of(ada.get(path).await);
    }
}
