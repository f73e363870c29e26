//! Organization settings > Tokens: who may see it, and how tokens are listed.
mod change;
mod create;
mod delete;
mod evidence;
mod rotate;

use jeton::access::Role;

use crate::support::{Answer, Console, Person};

const TOKENS: &str = "/orgs/acme/settings/tokens";

/// What the form sends for a token that may read everything for thirty days.
const READER: [(&str, &str); 4] =
    [("name", "CI"), ("expiry", "30"), ("role", "readonly"), ("all_projects", "true")];

/// The form with other fields than the usual.
fn typed<'f>(other: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = READER.into_iter().filter(|(name, _)| other.iter().all(|(field, _)| field != name));
    kept.chain(other.iter().copied()).collect()
}

/// The whole token, where the answer shows one.
fn secret_in(answer: &Answer) -> Option<String> {
    let words = answer.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.into_iter().find(|word| word.starts_with("jtn_") && word.len() == 57).map(str::to_owned)
}

/// The names in the rows, from the top.
fn names(answer: &Answer) -> Vec<String> {
    let rows = answer.text.split("<tr id=\"token-").skip(1);
    let name = |row: &str| {
        let (_, rest) = row.split_once("class=\"name\"").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    rows.map(name).collect()
}

/// Where the link with this id leads.
fn link(answer: &Answer, id: &str) -> Option<String> {
    let (_, rest) = answer.text.split_once(&format!("id=\"{id}\""))?;
    let (_, rest) = rest.split_once("href=\"")?;
    Some(rest.split_once('"')?.0.replace("&#38;", "&").replace("&amp;", "&"))
}

async fn pages(ada: &Person) -> Vec<(&'static str, String)> {
    let id = ada.issues("CI").await.id;
    let of = |act: &str| format!("{TOKENS}/{id}{act}");
    vec![
        ("GET", TOKENS.to_owned()),
        ("POST", TOKENS.to_owned()),
        ("GET", format!("{TOKENS}/new")),
        ("POST", format!("{TOKENS}/preview")),
        ("GET", of("")),
        ("GET", of("/edit")),
        ("POST", of("/edit")),
        ("POST", of("/disable")),
        ("POST", of("/enable")),
        ("GET", of("/rotate")),
        ("POST", of("/rotate")),
        ("GET", of("/first-use/1")),
        ("GET", of("/end-grace")),
        ("POST", of("/end-grace")),
        ("GET", of("/delete")),
        ("POST", of("/delete")),
    ]
}

#[actix_web::test]
async fn a_member_who_is_no_owner_is_told_whom_to_ask() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Manager).await;
    let pages = pages(&ada).await;
    let before = (console.rows("tokens"), console.rows("audit_events"));
    for (method, path) in pages {
        let answer = Answer::to(bob.request(method, &path).form(&READER)).await;
        assert_eq!(answer.status, 403, "{method} {path}");
        assert!(
            answer.says("Only owners of Acme can do this; ask one of them."),
            "{}",
            answer.text
        );
    }
    assert_eq!((console.rows("tokens"), console.rows("audit_events")), before);
}

#[actix_web::test]
async fn a_stranger_is_sent_to_sign_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for (method, path) in pages(&ada).await {
        let answer = Answer::to(console.stranger().request(method, &path).form(&READER)).await;
        assert_eq!(answer.status, 303, "{method} {path}");
        assert!(answer.location().starts_with("/login"), "{method} {path}");
    }
}

#[actix_web::test]
async fn tokens_of_another_organization_are_not_there() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let eve = console.owner_of("eve", "globex").await;
    for (method, path) in pages(&ada).await {
        let foreign = path.replace("/orgs/acme/", "/orgs/globex/");
        if foreign.len() > "/orgs/globex/settings/tokens/preview".len() {
            let answer = Answer::to(eve.request(method, &foreign).form(&READER)).await;
            assert_eq!(answer.status, 404, "{method} {foreign}: {}", answer.text);
        }
    }
    let states = console.texts("SELECT coalesce(revoked_at::text, 'kept') AS text FROM tokens");
    assert_eq!(states, ["kept"]);
}

#[actix_web::test]
async fn what_is_no_id_is_not_there() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for id in ["0", "-1", "9223372036854775808", "first"] {
        for act in ["", "/edit", "/delete", "/rotate"] {
            let answer = ada.get(&format!("{TOKENS}/{id}{act}")).await;
            assert_eq!(answer.status, 404, "{id}{act}");
        }
    }
}

#[actix_web::test]
async fn an_empty_list_says_what_to_do() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let page = ada.get(TOKENS).await;
    assert!(page.says("No tokens yet") && page.says("Create token"), "{}", page.text);

    ada.issues("CI").await;

    let nothing = ada.get(&format!("{TOKENS}?search=factr")).await;
    assert!(nothing.says("No token matches “factr”") && nothing.says("Show all tokens"));
    let nothing = ada.get(&format!("{TOKENS}?state=disabled")).await;
    assert!(nothing.says("No token is disabled"), "{}", nothing.text);
}

#[actix_web::test]
async fn a_row_says_what_there_is_to_know() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let token = ada.issues_as("Factor export", Role::Manager, &[]).await;
    console.api(&token.text).get("/api/v2/token/").await;
    console.note_uses();

    let page = ada.get(TOKENS).await;

    let masked = format!("{}...", &token.text[..16]);
    for said in [
        "Factor export",
        &masked,
        "Active",
        "manager",
        "All projects",
        "1 call in 30 days",
        "just now",
        "127.0.0.1",
        "in 180 days",
        "by ada",
    ] {
        assert!(page.says(said), "{said}: {}", page.text);
    }
    assert_eq!(secret_in(&page), None);
}

#[actix_web::test]
async fn a_list_is_searched_filtered_and_sorted() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let export = ada.issues("Export 100%").await;
    let relay = ada.issues("relay").await;
    let bot = ada.issues("Bot").await;
    ada.post(&format!("{TOKENS}/{}/disable", relay.id), &[]).await;
    ada.post(&format!("{TOKENS}/{}/delete", bot.id), &[]).await;
    let list = async |query: &str| names(&ada.get(&format!("{TOKENS}?{query}")).await);

    assert_eq!(list("sort=name").await, ["Bot", "Export 100%", "relay"]);
    assert_eq!(list("sort=created").await, ["Bot", "relay", "Export 100%"]);
    assert_eq!(list("search=100%25").await, ["Export 100%"]);
    assert_eq!(list(&format!("search={}", &export.text[8..14])).await, ["Export 100%"]);
    assert_eq!(list("state=active").await, ["Export 100%"]);
    assert_eq!(list("state=disabled").await, ["relay"]);
    assert_eq!(list("state=revoked").await, ["Bot"]);
    assert_eq!(list("state=active&search=relay").await, [""; 0]);
    let counts = ada.get(TOKENS).await;
    for count in [
        "All <span class=\"num\">3<",
        "Active <span class=\"num\">1<",
        "Revoked <span class=\"num\">1<",
    ] {
        assert!(counts.says(count), "{count}");
    }
}

#[actix_web::test]
async fn a_list_goes_on_and_back_by_pages() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for number in 0..30 {
        ada.issues(&format!("job {number:02}")).await;
    }

    let first = ada.get(&format!("{TOKENS}?sort=name")).await;
    let second = ada.get(&link(&first, "page-next").unwrap()).await;
    let again = ada.get(&link(&second, "page-previous").unwrap()).await;

    assert_eq!((names(&first).len(), names(&second).len()), (25, 5));
    assert_eq!((&*names(&first)[0], &*names(&second)[0]), ("job 00", "job 25"));
    assert_eq!(names(&again), names(&first));
    assert!(first.says("25 of 30 tokens"));
    assert_eq!((link(&first, "page-previous"), link(&second, "page-next")), (None, None));
    assert_eq!(link(&again, "page-previous"), None);
}

#[actix_web::test]
async fn an_address_that_means_nothing_is_refused_in_words() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    for (query, status) in [("state=lost", 400), ("sort=fish", 400), ("after=x", 422)] {
        let answer = ada.get(&format!("{TOKENS}?{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        assert!(answer.says("That could not be read"), "{}", answer.text);
    }
}
