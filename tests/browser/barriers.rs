//! Nobody is kept out: axe-core looks at every page and dialog, light and dark, wide and narrow, and
//! nothing is cut off. With `JETON_SCREENSHOTS` set this is also the tour of all pages.
use jeton::access::Role;

use crate::driver::{Browser, Options};
use crate::scene::Scene;
use crate::support::Console;

const LIST: &str = "/orgs/acme/settings/tokens";

impl Browser {
    pub async fn keeps_nobody_out(&self, name: &str) {
        let wide = Options::default();
        for (look, options) in [
            ("wide-light", wide),
            ("wide-dark", wide.dark()),
            ("narrow-light", wide.narrow()),
            ("narrow-dark", wide.narrow().dark()),
        ] {
            self.looks(options).await;
            self.shot(&format!("{name}-{look}")).await;
            let found = self.axe().await;
            assert!(found.is_empty(), "{name} has barriers, {look}: {found:#?}");
            assert!(self.fits().await, "{name} is cut off: {look}");
        }
        self.looks(wide).await;
    }

    async fn visits(&self, pages: &[(&str, String)]) {
        for (name, path) in pages {
            self.goto(path).await;
            self.keeps_nobody_out(name).await;
        }
    }
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_first_start_and_an_empty_console() {
    let console = Console::start().await;
    let browser = console.visitor(Options::default()).await;
    browser.goto("/setup").await;
    browser.keeps_nobody_out("setup").await;
    browser.click("Create and sign in").await;
    browser.sees("This is not the code").await;
    browser.keeps_nobody_out("setup-refused").await;

    let ada = console.owner("ada").await;
    browser.goto("/login").await;
    browser.keeps_nobody_out("login").await;
    browser.signs_in(&ada.email, "not her password").await;
    browser.sees("do not match").await;
    browser.keeps_nobody_out("login-refused").await;
    browser.goto("/setup").await;
    browser.sees("404").await;
    browser.keeps_nobody_out("missing-for-strangers").await;

    let browser = console.seat(&ada, Options::default()).await;
    browser
        .visits(&[
            ("empty-overview", "/orgs/acme".into()),
            ("empty-tokens", LIST.into()),
            ("empty-projects", "/orgs/acme/projects".into()),
            ("empty-resources", "/orgs/acme/settings/resources".into()),
            ("empty-account", "/account".into()),
            ("missing", "/orgs/acme/nothing-here".into()),
            ("api-reference", "/api/v2/".into()),
        ])
        .await;
    browser.complains_only_of(404).await;
    browser.goto("/api/v2/").await;
    browser
        .script("for (const call of [...document.querySelectorAll('details')].slice(0, 4)) call.open = true")
        .await;
    browser.keeps_nobody_out("api-reference-unfolded").await;
    browser.has_no_complaints().await;

    let bjorn = console.member("björn", jeton::access::Role::Operator).await;
    let browser = console.seat(&bjorn, Options::default()).await;
    browser.visits(&[("member-overview", "/orgs/acme".into()), ("forbidden", LIST.into())]).await;
    browser.complains_only_of(403).await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_tokens_of_an_organization() {
    let scene = Scene::set().await;
    let browser = scene.console.seat(&scene.ada, Options::default()).await;
    browser
        .visits(&[
            ("overview", "/orgs/acme".into()),
            ("tokens", LIST.into()),
            ("tokens-attention", format!("{LIST}?state=needs-attention")),
            ("tokens-nothing-found", format!("{LIST}?search=nothing+like+it")),
            ("token-in-grace", scene.page("Factor export pipeline")),
            ("token-in-quiet-grace", scene.page("Yield dashboard")),
            ("token-expired", scene.page("Incident bot")),
            ("token-blocked", scene.page("Irrigation planner import")),
            ("token-disabled", scene.page("Webhook relay")),
            ("token-revoked", scene.page("Batch relabel 2026 Q3")),
            ("token-unused", scene.page("North gate sensors")),
        ])
        .await;
    browser.goto(LIST).await;
    browser.menu("Actions for Grafana bridge").await;
    browser.keeps_nobody_out("tokens-row-menu").await;
    browser.click("Disable").await;
    browser.sees("“Grafana bridge” is disabled").await;
    browser.keeps_nobody_out("tokens-row-changed").await;
    browser.goto(LIST).await;
    browser.menu("User menu").await;
    browser.keeps_nobody_out("user-menu").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_dialogs_of_a_token() {
    let scene = Scene::set().await;
    let browser = scene.console.seat(&scene.ada, Options::default()).await;
    let [export, relay, unused] = ["Factor export pipeline", "Webhook relay", "North gate sensors"]
        .map(|name| scene.page(name));
    browser
        .visits(&[
            ("token-edit", format!("{relay}/edit")),
            ("token-rotate", format!("{export}/rotate")),
            ("token-delete", format!("{unused}/delete")),
            ("token-delete-in-use", format!("{export}/delete")),
            ("token-end-grace", format!("{export}/end-grace")),
        ])
        .await;
    browser.goto(LIST).await;
    browser.click("Create token").await;
    browser.sees("Template").await;
    browser.keeps_nobody_out("token-new").await;
    browser.click("Webhook processor").await;
    browser.sees("Read and write").await;
    browser.click("Only these").await;
    browser.fill("Name", "Webhook relay").await;
    browser.click("prd-greenhouse").await;
    browser.click("Create token").await;
    browser.sees("Another token is called").await;
    browser.keeps_nobody_out("token-new-refused").await;
    browser.fill("Name", "Webhook relay (north gate)").await;
    browser.click("Create token").await;
    let secret = browser.secret().await;
    browser.keeps_nobody_out("token-reveal").await;
    assert_eq!(scene.console.api(&secret).get("/api/v2/token/").await.status, 200);
    browser.sees("from 127.0.0.1").await;
    browser.keeps_nobody_out("token-reveal-used").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_service_accounts() {
    const ACCOUNTS: &str = "/orgs/acme/access/service-accounts";
    let scene = Scene::set().await;
    let browser = scene.console.seat(&scene.ada, Options::default()).await;
    browser.visits(&[("accounts-empty", ACCOUNTS.into())]).await;
    let idle = scene.ada.account("Label printer", Role::Readonly, &["records:read"]).await;
    let account = scene.ada.account("Deployer of the greenhouses", Role::Operator, &[]).await;
    let sat = scene.ada.sat(&account, "Cluster at the north gate").await;
    scene.ada.sat(&account, "Laptop").await;
    assert_eq!(scene.console.api(&sat.text).get("/api/v2/token/").await.status, 200);
    scene.console.note_uses();
    let described = "UPDATE service_accounts SET description = repeat('Ships the greenhouses. ', 20) \
                     || repeat('x', 40) RETURNING name AS text";
    scene.console.texts(described);
    let (page, quiet) = (format!("{ACCOUNTS}/{}", account.id), format!("{ACCOUNTS}/{}", idle.id));
    let token = format!("{page}/tokens/{}", sat.id);
    browser
        .visits(&[
            ("accounts", ACCOUNTS.into()),
            ("accounts-nothing-found", format!("{ACCOUNTS}?search=nothing")),
            ("account-new", format!("{ACCOUNTS}/new")),
            ("account-manage", page.clone()),
            ("account-manage-empty", quiet),
            ("account-edit", format!("{page}/edit")),
            ("account-delete", format!("{page}/delete")),
            ("account-token-new", format!("{page}/tokens/new")),
            ("account-token-rotate", format!("{token}/rotate")),
            ("account-token-delete", format!("{token}/delete")),
        ])
        .await;
    browser.goto(&page).await;
    browser.click("Rotate Cluster at the north gate").await;
    browser.click("Rotate secret").await;
    browser.personal().await;
    browser.keeps_nobody_out("account-reveal").await;
    browser.click("API").await;
    browser.keeps_nobody_out("account-reveal-api").await;
    browser.click("I have copied it").await;
    browser.click("Disable").await;
    browser.sees("None of its tokens works").await;
    browser.keeps_nobody_out("account-disabled").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_rest_of_the_console() {
    let scene = Scene::set().await;
    let browser = scene.console.seat(&scene.ada, Options::default()).await;
    browser
        .visits(&[
            ("projects", "/orgs/acme/projects".into()),
            ("project-new", "/orgs/acme/projects/new".into()),
            ("project-rename", "/orgs/acme/projects/prd-greenhouse/rename".into()),
            ("project-delete-refused", "/orgs/acme/projects/prd-greenhouse/delete".into()),
            ("general", "/orgs/acme/settings".into()),
            ("policies", "/orgs/acme/settings/policies".into()),
            ("policies-preview", "/orgs/acme/settings/policies?max_lifetime_days=30".into()),
            ("resources", "/orgs/acme/settings/resources".into()),
            ("resource-remove", "/orgs/acme/settings/resources/harvests/remove".into()),
            ("protect", "/orgs/acme/settings/forward-auth".into()),
            (
                "protect-chosen",
                "/orgs/acme/settings/forward-auth?proxy=caddy&permissions.records=read&projects=prd-greenhouse".into(),
            ),
            ("audit", "/orgs/acme/audit".into()),
            ("audit-nothing-found", "/orgs/acme/audit?who=nobody".into()),
            ("account", "/account".into()),
            ("account-tokens", "/account#personal-access-tokens".into()),
            ("personal-new", "/account/tokens/new".into()),
        ])
        .await;
    browser.goto("/orgs/acme/settings/forward-auth").await;
    let secret = scene.ada.full_pat("Trial").await.text;
    for (token, said) in [(secret.as_str(), "200 let in"), ("jtn_oat_x", "401 refused")] {
        browser.fill("Token", token).await;
        browser.click("Ask Jeton").await;
        browser.sees(said).await;
        browser.keeps_nobody_out(&format!("protect-{}", &said[..3])).await;
    }
    browser.goto("/account").await;
    browser.click("Rotate Laptop CLI").await;
    browser.sees("The old secret works on for").await;
    browser.keeps_nobody_out("personal-rotate").await;
    browser.click("Rotate secret").await;
    browser.personal().await;
    browser.keeps_nobody_out("personal-reveal").await;
    browser.click("API").await;
    browser.keeps_nobody_out("personal-reveal-api").await;
    browser.click("I have copied it").await;
    browser.click("Delete Laptop CLI").await;
    browser.sees("stops working at once").await;
    browser.keeps_nobody_out("personal-delete").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_pages_of_the_platform() {
    let scene = Scene::set().await;
    let console = &scene.console;
    let root = console.admin("root").await;
    let form =
        [("max_lifetime_days", "90"), ("how", "date"), ("from", "2026-12-03"), ("seen", "9")];
    let saved = root.post("/orgs/acme/settings/policies", &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let browser = console.seat(&root, Options::default()).await;
    let ada = format!("/admin/users/{}", scene.ada.id);
    browser
        .visits(&[
            ("admin-users", "/admin/users".into()),
            ("admin-users-nobody", "/admin/users?search=nobody".into()),
            ("admin-user-new", "/admin/users/new".into()),
            ("admin-user", ada.clone()),
            ("admin-user-disable", format!("{ada}/disable")),
            ("admin-user-link", format!("{ada}/password-link")),
            ("admin-organizations", "/admin/organizations".into()),
            ("admin-organization-new", "/admin/organizations/new".into()),
            ("admin-policy", "/admin/policy".into()),
            (
                "admin-policy-preview",
                "/admin/policy?max_lifetime_days=30&how=date&from=2026-12-03".into(),
            ),
            ("admin-keys", "/admin/keys".into()),
            ("admin-audit", "/admin/audit".into()),
            ("admin-health", "/admin/health".into()),
            ("policies-pending", "/orgs/acme/settings/policies".into()),
            ("tokens-warned", format!("{LIST}?state=warned")),
            ("token-warned", scene.page("Meter gateway")),
            ("overview-warned", "/orgs/acme".into()),
        ])
        .await;
    browser.goto("/admin/keys").await;
    browser.click("Publish the next key").await;
    browser.sees("The next key is published").await;
    browser.keeps_nobody_out("admin-keys-waiting").await;
    browser.goto(&format!("{ada}/password-link")).await;
    browser.click("Create link").await;
    browser.sees("You won’t see it again.").await;
    browser.keeps_nobody_out("admin-link").await;
    browser.has_no_complaints().await;
    let link = browser.find("output#link").await.unwrap();
    let visitor = console.visitor(Options::default()).await;
    visitor.goto("/password").await;
    visitor.keeps_nobody_out("password-paste").await;
    visitor.goto(&link).await;
    visitor.reload().await;
    visitor.sees("For ada").await;
    visitor.keeps_nobody_out("password-set").await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_access_control() {
    let scene = Scene::set().await;
    let console = &scene.console;
    let bob = console.member("bob", jeton::access::Role::Operator).await;
    let kept_out = bob.full_pat("Laptop CLI").await;
    bob.pat("Notebook", &["records:read", "metrics:read", "events:write"]).await;
    let browser = console.seat(&scene.ada, Options::default()).await;
    let (members, tokens) = ("/orgs/acme/access/members", "/orgs/acme/access/authentication");
    browser.goto(members).await;
    browser.click("Invite member").await;
    browser.sees("only the person with this address").await;
    browser.keeps_nobody_out("member-invite").await;
    browser.fill("E-mail (optional)", "chiara").await;
    browser.click("Create link").await;
    browser.sees("Give an e-mail address").await;
    browser.keeps_nobody_out("member-invite-refused").await;
    browser.fill("E-mail (optional)", "chiara@acme.example").await;
    browser.click("Create link").await;
    browser.sees("You won’t see it again.").await;
    let link = browser.find("output#link").await.unwrap();
    browser.keeps_nobody_out("member-invited").await;
    browser.click("I have copied it").await;
    browser
        .visits(&[
            ("members", members.into()),
            ("members-nothing-found", format!("{members}?search=nobody")),
            ("member-create", format!("{members}/create")),
            ("member-change", format!("{members}/{}/change", bob.id)),
            ("member-remove", format!("{members}/{}/remove", bob.id)),
            ("member-leave", "/orgs/acme/access/leave".into()),
            ("invitation-withdraw", format!("{members}/invitations/1/withdraw")),
            ("authentication-new", format!("{tokens}/tokens/new")),
        ])
        .await;
    browser.goto(tokens).await;
    browser.click("Block Laptop CLI of bob").await;
    browser.sees("Blocked here").await;
    browser.keeps_nobody_out("authentication").await;
    console.texts(&format!(
        "DELETE FROM memberships WHERE user_id <> {} AND user_id <> {} RETURNING role AS text",
        bob.id, scene.ada.id
    ));
    browser
        .visits(&[
            ("tokens-without-steward", format!("{LIST}?state=needs-steward")),
            ("token-without-steward", scene.page("Grafana bridge")),
            ("token-steward", format!("{}/steward", scene.page("Grafana bridge"))),
        ])
        .await;
    browser.complains_only_of(422).await;
    assert_ne!(console.api(&kept_out.text).get("/api/v2/organization/acme/").await.status, 200);

    let visitor = console.visitor(Options::default()).await;
    visitor.goto("/invitations").await;
    visitor.keeps_nobody_out("invitation").await;
    visitor.goto("/login").await;
    visitor.goto(link.strip_prefix(&console.url).unwrap()).await;
    visitor.sees("Join Acme").await;
    visitor.keeps_nobody_out("invitation-open").await;
    visitor.click("I have an account").await;
    visitor.keeps_nobody_out("invitation-known").await;
    let browser = console.seat(&bob, Options::default()).await;
    browser
        .visits(&[("member-members", members.into()), ("member-authentication", tokens.into())])
        .await;
}
