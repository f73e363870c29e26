//! nginx and Caddy, as Debian has them, before a small service.
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::rt::spawn;
use actix_web::web::to;
use actix_web::{App as Actix, HttpRequest, HttpResponse, HttpServer};
use jeton::access::Role;
use reqwest::Client;
use serde_json::{Value, json};

use crate::exchange::part;
use crate::support::{Answer, Console, Person};

/// What the configurations of the console leave to their reader.
const SERVICE: &str = "http://127.0.0.1:3000";
const HOST: &str = "service.example.org";

/// A running proxy, until it is dropped.
struct Proxy {
    name: &'static str,
    url: String,
    child: Child,
    dir: PathBuf,
}

impl Proxy {
    /// `recipe` stands in the `server` of some more.
    fn nginx(recipe: &str) -> Self {
        Self::start("nginx", |dir, port| {
            let at = dir.display();
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
                .concat();
            let config = format!(
                "daemon off; master_process off; pid {at}/pid; error_log stderr;
                 events {{}}
                 http {{
                   access_log off; {temporary}
                   server {{ listen 127.0.0.1:{port};\n{recipe}\n}}
                 }}"
            );
            let file = dir.join("nginx.conf");
            std::fs::write(&file, config).unwrap();
            let mut nginx = Command::new("/usr/sbin/nginx");
            nginx.arg("-p").arg(dir).arg("-c").arg(file).args(["-e", "stderr"]);
            nginx
        })
    }

    fn caddy(recipe: &str) -> Self {
        Self::start("caddy", |dir, port| {
            let site = recipe.replace(HOST, &format!("http://127.0.0.1:{port}"));
            let file = dir.join("Caddyfile");
            std::fs::write(&file, format!("{{\n admin off\n auto_https off\n}}\n{site}")).unwrap();
            let mut caddy = Command::new("/usr/bin/caddy");
            caddy.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
            caddy
        })
    }

    /// Waits until it listens.
    fn start(name: &'static str, command: impl FnOnce(&Path, u16) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let dir = std::env::temp_dir().join(format!("jeton-{name}-{}-{port}", std::process::id()));
        std::fs::create_dir(&dir).unwrap();
        let child = command(&dir, port)
            .env("HOME", &dir)
            .env("XDG_DATA_HOME", &dir)
            .env("XDG_CONFIG_HOME", &dir)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|cause| panic!("{name}: {cause}; `make test` installs it"));
        let proxy = Self { name, url: format!("http://127.0.0.1:{port}"), child, dir };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "{name} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        proxy
    }

    async fn get(&self, headers: &[(&str, &str)]) -> Answer {
        let request = Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{}/records/7?a=b", self.url));
        let all =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::to(all).await
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A service that tells what it was told.
fn service() -> String {
    async fn echo(req: HttpRequest) -> HttpResponse {
        let headers: Value = req
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value.to_str().unwrap())))
            .collect();
        HttpResponse::Ok().json(headers)
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = HttpServer::new(|| Actix::new().default_service(to(echo)));
    spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
    url
}

/// The configuration that the console shows, before this service.
async fn recipe(ada: &Person, proxy: &str, service: &str) -> String {
    recipe_with(ada, proxy, service, "").await
}

async fn recipe_with(ada: &Person, proxy: &str, service: &str, more: &str) -> String {
    let chosen = format!("proxy={proxy}&projects=greenhouse&permissions.records=read{more}");
    let page = ada.get(&format!("/orgs/acme/settings/forward-auth?{chosen}")).await.is(200);
    let (_, rest) = page.text.split_once("<pre id=\"recipe-text\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (shown, _) = rest.split_once("</pre>").unwrap();
    let text = [("&#34;", "\""), ("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">")]
        .iter()
        .fold(shown.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain));
    assert!(text.contains("require=records:read") && text.contains("project=greenhouse"), "{text}");
    text.replace(SERVICE, service)
}

#[actix_web::test]
async fn nginx_and_caddy_let_in_who_may_and_tell_the_service_who_it_is() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let service = service();
    let nginx = Proxy::nginx(&recipe(&ada, "nginx", &service).await);
    let caddy = Proxy::caddy(&recipe(&ada, "caddy", &service).await);
    for proxy in [nginx, caddy] {
        let token = ada.issues_as(proxy.name, Role::Operator, &[]).await;
        let other = format!("{} for events", proxy.name);
        let narrow = ada.issues_as(&other, Role::Operator, &["events:read"]).await;
        let bearer = format!("Bearer {}", token.text);
        let narrow = format!("Bearer {}", narrow.text);

        let forged = [
            ("Authorization", bearer.as_str()),
            ("Remote-User", "root"),
            ("Remote-Email", "root@example.org"),
            ("Remote-Name", "Root"),
            ("X-Token-Scopes", "everything:manage"),
            ("X-Org-Id", "999"),
        ];
        let told = proxy.get(&forged).await.is(200).json();
        let said = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(said("remote-user"), format!("org:{}", ada.organization), "{}", proxy.name);
        assert_eq!(said("x-org-id"), ada.organization.to_string(), "{}", proxy.name);
        assert_eq!(said("x-token-id"), token.id.to_string(), "{}", proxy.name);
        assert!(said("x-token-scopes").contains("records:write"), "{}", proxy.name);
        assert_eq!(
            (said("remote-email"), said("remote-name")),
            (String::new(), String::new()),
            "what a client made up is overwritten, also where nothing is known: {}",
            proxy.name
        );

        let refused = proxy.get(&[]).await.is(401);
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{}", proxy.name);
        proxy.get(&[("Authorization", &narrow)]).await.is(403);
        let organization = format!("/api/v2/organization/tokens/{}/", token.id);
        console.api(&ada.full_pat(proxy.name).await.text).delete(&organization).await.is(204);
        proxy.get(&[("Authorization", &bearer)]).await.is(401);
    }
}

#[actix_web::test]
async fn nginx_and_caddy_hand_the_service_a_jwt_in_place_of_the_token() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project("greenhouse").await;
    let service = service();
    let nginx = Proxy::nginx(&recipe_with(&ada, "nginx", &service, "&swap=jwt").await);
    let caddy = Proxy::caddy(&recipe_with(&ada, "caddy", &service, "&swap=jwt").await);
    for proxy in [nginx, caddy] {
        let token = ada.issues_as(proxy.name, Role::Operator, &["records:write"]).await;
        let bearer = format!("Bearer {}", token.text);
        let told = proxy.get(&[("Authorization", &bearer)]).await.is(200).json();
        let jwt = told["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
        let claims = part(jwt, 1);
        assert_eq!(claims["tok"], token.id.0, "{}", proxy.name);
        assert_eq!(claims["scope"], "records:read records:write");
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 60);
        console.api(jwt).get("/api/v2/token/").await.is(200);
        // Asked again, the same one serves.
        let again = proxy.get(&[("Authorization", &bearer)]).await.is(200).json();
        assert_eq!(again["authorization"], told["authorization"], "{}", proxy.name);
        let organization = format!("/api/v2/organization/tokens/{}/", token.id);
        console.api(&ada.full_pat(proxy.name).await.text).delete(&organization).await.is(204);
        proxy.get(&[("Authorization", &bearer)]).await.is(401);
        console.api(jwt).get("/api/v2/token/").await.is(401);
    }
}
