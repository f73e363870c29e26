//! The script and the style of the console on pages made for it, under the console's own policy.

use actix_web::{App, HttpResponse, HttpServer, web};
use fantoccini::key::Key;
use jeton::http::assets;

use crate::driver::{Browser, Options};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const SECRET: &str = "jtn_oat_k3VtQ8xwB1nYc5ZpR7LmD2sGf9HjA4uEoT6iKvXqMNb2nda35";

/// Starts a server with one of each part and gives its address.
fn parts() -> String {
    let app = || {
        App::new()
            .configure(assets::routes)
            .route("/", web::get().to(async || page("", "")))
            .route("/with-dialog", web::get().to(async || page(" inert", CONFIRM)))
            .route("/confirm", web::get().to(async || html(CONFIRM)))
            .route("/wrong", web::post().to(async || html(&CONFIRM.replace("<input", WRONG))))
            .route("/deleted", web::post().to(async || html(DELETED)))
            .route("/reveal", web::get().to(async || html(&REVEAL.replace("SECRET", SECRET))))
            .route("/disable", web::post().to(async || html(&PAGE.replace("Parts", "Disabled"))))
            .route("/elsewhere", web::get().to(async || html("<title>x</title><p>Elsewhere")))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
    let address = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    address
}

const PAGE: &str = r##"<main class="main" id="main" tabindex="-1"><h1>Parts</h1>
<button class="btn" type="button" popovertarget="m">Menu</button><div class="menu" id="m" popover><a href="/confirm" hx-get="/confirm" hx-target="#dialog">Delete</a>
<form method="post" action="/disable" hx-post="/disable" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><button type="submit">Disable</button></form></div>
<a class="btn" href="/reveal" hx-get="/reveal" hx-target="#dialog">Reveal</a>
<p id="copied">to be copied</p><button class="btn js-only" type="button" data-copy="copied"><span>Copy</span></button>
</main>"##;

const WRONG: &str = "<input aria-invalid=\"true\"";

const CONFIRM: &str = r#"<dialog class="dialog" open aria-labelledby="d"><form class="panel" method="post" action="/deleted" hx-post="/deleted" hx-target="dialog" hx-swap="delete">
<header><h2 id="d">Delete “Webhook relay”?</h2></header>
<section><div class="field"><label for="c">Type its name</label><input class="input" id="c" name="confirm"></div></section>
<footer><a class="btn" data-variant="outline" data-dismiss href="/">Cancel</a><button class="btn" type="button" hx-post="/wrong" hx-target="dialog" hx-swap="outerHTML">Check</button><button class="btn danger" type="submit">Delete token</button></footer>
</form></dialog>"#;

const DELETED: &str = r##"<hx-partial hx-target="#toasts" hx-swap="beforeend"><div class="toast"><p>Webhook relay is deleted<span>Calls with it are refused.</span></p><button class="btn js-only" type="button" data-dismiss aria-label="Close">x</button></div></hx-partial>"##;

const REVEAL: &str = r#"<dialog class="dialog" open closedby="none" aria-labelledby="d"><div class="panel">
<header><h2 id="d">Ready</h2></header>
<section><h3 id="v">Token</h3><div class="secret"><output id="o" aria-labelledby="v" data-once>SECRET</output><button class="btn js-only" type="button" data-copy="o"><span>Copy</span></button></div></section>
<footer><a class="btn" href="/elsewhere">I have copied it</a></footer></div></dialog>"#;

fn page(inert: &str, dialog: &str) -> HttpResponse {
    html(&format!(
        r#"<!doctype html><html lang="en"><head><title>Parts</title>
<meta name="htmx-config" content='{{"history":"reload","includeIndicatorCSS":false,"extensions":"none"}}'>
<link rel="icon" href="{}"><link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}">
<script defer src="{}"></script><script defer src="{}"></script></head>
<body><div class="app"{inert}>{}</div><div id="dialog">{dialog}</div><div class="toaster" id="toasts" role="status"></div></body></html>"#,
        assets::JETON_SVG,
        assets::BASECOAT_NOVA_CDN_MIN_CSS,
        assets::JETON_CSS,
        assets::HTMX_MIN_JS,
        assets::JETON_JS,
        PAGE,
    ))
}

fn html(body: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-security-policy", POLICY))
        .insert_header(("cache-control", "no-store"))
        .content_type("text/html; charset=utf-8")
        .body(body.to_owned())
}

#[actix_web::test]
async fn a_button_copies_and_says_so() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;

    browser.click("Copy").await;

    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, "to be copied");
    assert_eq!(
        browser.script("return document.querySelector('[data-voice]').textContent").await,
        "Copied"
    );
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_dialog_holds_the_keyboard_and_gives_it_back() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;

    browser.click("Menu").await;
    browser.click("Delete").await;
    browser.sees("Delete “Webhook relay”?").await;
    assert_eq!(browser.focused().await, "Type its name");
    browser.press(Key::Tab).await;
    browser.press_with(Key::Shift, Key::Tab).await;
    browser.types("Webhook").await;
    assert_eq!(browser.value("Type its name").await, "Webhook");
    browser.is_accessible().await;
    browser.shot("parts-dialog").await;
    browser.press(Key::Escape).await;

    browser.sees_no("Webhook relay").await;
    assert_eq!(browser.focused().await, "Menu");
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_dialog_answers_with_what_is_wrong_and_then_with_a_toast() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;
    browser.click("Menu").await;
    browser.click("Delete").await;

    browser.fill("Type its name", "Webhook").await;
    browser.click("Check").await;
    browser.sees("Type its name").await;
    assert_eq!(browser.focused().await, "Type its name");
    assert_eq!(browser.value("Type its name").await, "");
    browser.click("Delete token").await;

    browser.sees("Webhook relay is deleted").await;
    assert_eq!(browser.focused().await, "Menu");
    assert!(browser.find("dialog").await.is_none());
    browser.click("Close").await;
    browser.sees_no("Webhook relay is deleted").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_menu_keeps_the_keyboard_when_the_page_changes_under_it() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;

    browser.click("Menu").await;
    browser.click("Disable").await;

    browser.sees("Disabled").await;
    assert_eq!(browser.focused().await, "Menu");
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn a_dialog_that_the_server_opened_is_left_by_its_link() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&format!("{}/with-dialog", parts())).await;
    browser.sees("Delete “Webhook relay”?").await;

    browser.press(Key::Escape).await;

    browser.sees_no("Webhook relay").await;
    assert_eq!(browser.place().await, "/");
}

#[actix_web::test]
async fn a_secret_is_not_lost_by_a_key_and_not_brought_back_by_the_browser() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;
    browser.click("Reveal").await;
    browser.sees(SECRET).await;
    assert_eq!(browser.focused().await, "Copy");

    browser.press(Key::Escape).await;
    browser.press(Key::Escape).await;
    browser.sees(SECRET).await;
    browser.click("Copy").await;
    assert_eq!(browser.clipboard().await, SECRET);
    browser.click("I have copied it").await;
    browser.sees("Elsewhere").await;
    browser.back().await;

    browser.sees("Parts").await;
    let page = browser.script("return document.documentElement.outerHTML").await.to_string();
    assert!(!page.contains(SECRET));
    let kept = "return JSON.stringify([localStorage, sessionStorage, history.state])";
    assert_eq!(browser.script(kept).await, r#"[{},{},{"htmx":true}]"#);
    browser.forward().await;
    browser.sees("Elsewhere").await;
}

#[actix_web::test]
async fn a_page_that_is_left_holds_no_secret() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;
    browser.click("Reveal").await;
    browser.sees(SECRET).await;

    browser.script("dispatchEvent(new Event('pagehide'))").await;

    browser.sees_no(SECRET).await;
    browser.sees("Shown once, and not again.").await;
    browser.reload().await;
    browser.sees_no("Shown once").await;
}

#[actix_web::test]
async fn without_script_a_dialog_still_works() {
    let browser = Browser::open(Options::default().without_script()).await;
    browser.goto(&format!("{}/with-dialog", parts())).await;
    browser.sees("Delete “Webhook relay”?").await;
    assert!(!browser.text().await.contains("Copy"));

    browser.click("Cancel").await;

    browser.sees_no("Webhook relay").await;
    browser.click("Menu").await;
    browser.sees("Delete").await;
}

#[actix_web::test]
async fn the_theme_follows_the_system_and_the_width_is_what_was_asked() {
    let mut grounds = Vec::new();
    for options in [Options::default(), Options::default().dark().narrow()] {
        let browser = Browser::open(options).await;
        browser.goto(&parts()).await;
        browser.is_accessible().await;
        assert_eq!(browser.script("return innerWidth").await, options.width);
        grounds
            .push(browser.script("return getComputedStyle(document.body).backgroundColor").await);
    }
    assert_ne!(grounds[0], grounds[1]);
}

#[actix_web::test]
async fn axe_finds_a_barrier() {
    let browser = Browser::open(Options::default()).await;
    browser.goto(&parts()).await;
    browser.script("document.querySelector('main').append(document.createElement('input'))").await;
    let found = browser.axe().await;
    assert_eq!(
        found.iter().map(|violation| violation.rule.as_str()).collect::<Vec<_>>(),
        ["label"]
    );
}
