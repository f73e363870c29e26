//! A project's secrets: made, seen on request, changed, brought back, taken in and out by file.
use crate::driver::{Browser, Options};
use crate::support::{Console, Person};

const AT: &str = "/orgs/acme/projects/greenhouse";

async fn greenhouse() -> (Console, Person) {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    ada.project_called("greenhouse", "Greenhouse").await;
    (console, ada)
}

impl Browser {
    async fn creates(&self, name: &str, value: &str) {
        self.click("Create secret").await;
        self.fill("Name", name).await;
        self.fill("Value", value).await;
        self.click("Create secret").await;
        self.sees("Secret created").await;
    }
}

#[actix_web::test]
async fn a_secret_is_made_seen_on_request_changed_and_brought_back() {
    let (console, ada) = greenhouse().await;
    let browser = console.seat(&ada, Options::default()).await;
    browser.goto("/orgs/acme/projects").await;
    browser.click("Greenhouse").await;
    browser.sees("No secrets in Development yet").await;
    browser.click("Create secret").await;
    browser.focuses("Name").await;
    browser.fill("Name", "database url").await;
    browser.fill("Value", "postgres://first").await;
    browser.click("Create secret").await;
    browser.sees("Leave out spaces").await;
    browser.sees("Write the value again").await;
    browser.fill("Name", "database_url").await;
    browser.fill("Value", "postgres://first").await;
    browser.click("Create secret").await;
    browser.sees("It is in Development now.").await;
    browser.knows_nothing_of("postgres://first").await;

    browser.click("Reveal DATABASE_URL").await;
    browser.sees("postgres://first").await;
    browser.focuses("Copy").await;
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, "postgres://first");
    browser.click("Hide").await;
    browser.sees_no("postgres://first").await;

    browser.click("DATABASE_URL").await;
    browser.sees("Danger zone").await;
    browser.click("Edit").await;
    browser.fill("Value", "postgres://second").await;
    browser.click("Save secret").await;
    browser.sees("It has version 2 now.").await;
    browser.click("Restore version 1").await;
    browser.sees("Version restored").await;
    browser.click("Reveal value").await;
    browser.sees("postgres://first").await;
    browser.click("Hide").await;

    browser.click("Override for me").await;
    browser.fill("Value", "postgres://mine").await;
    browser.click("Save override").await;
    browser.sees("Yours").await;
    browser.click("Change override").await;
    browser.click("Remove override").await;
    browser.sees("Override removed").await;

    browser.click("Delete secret").await;
    browser.sees("Delete DATABASE_URL?").await;
    browser.click("Delete secret").await;
    browser.sees("It can be restored for 30 days").await;
    browser.menu("More for Development").await;
    browser.click("Deleted secrets").await;
    browser.click("Restore DATABASE_URL").await;
    browser.sees("Version restored").await;
    browser.complains_only_of(422).await;
}

#[actix_web::test]
async fn a_value_of_several_lines_is_copied_letter_for_letter() {
    let (console, ada) = greenhouse().await;
    let browser = console.seat(&ada, Options::default()).await;
    browser.goto(&format!("{AT}/secrets")).await;
    let here = browser.place().await;
    let file = [("file", r#"PEM="  first\nsecond\n""#)];
    ada.post(&format!("{here}/import"), &file).await.is(303);
    browser.reload().await;
    browser.click("Reveal PEM").await;
    browser.click("Copy").await;
    browser.sees("Copied").await;
    assert_eq!(browser.clipboard().await, "  first\nsecond\n");
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn without_script_secrets_come_in_by_file_and_are_compared() {
    let (console, ada) = greenhouse().await;
    let browser = console.seat(&ada, Options::default().without_script()).await;
    browser.goto(&format!("{AT}/secrets")).await;
    browser.click("Import .env").await;
    browser.fill("The .env file", "A=one\nB='two words'\nbroken").await;
    browser.click("Import file").await;
    browser.sees("Line 3 has no equals sign").await;
    browser.fill("The .env file", "A=one\nB='two words'\n").await;
    browser.click("Import file").await;
    browser.sees("2 secrets added").await;
    browser.click("Reveal B").await;
    browser.sees("two words").await;
    browser.click("Hide").await;
    browser.sees("Versions").await;
    browser.goto(&format!("{AT}/secrets")).await;
    browser.menu("More for Development").await;
    browser.click("Compare").await;
    browser.sees("Only in Development").await;
    browser.goto(&format!("{AT}/secrets")).await;
    browser.click("Switch on").await;
    browser.sees("If someone steals the database").await;
    browser.click("Switch on").await;
    browser.sees("Server-side encryption is on").await;
    browser.click("Create environment").await;
    browser.fill("Name", "Preview").await;
    browser.click("Create environment").await;
    browser.sees("No secrets in Preview yet").await;
}

#[actix_web::test]
async fn on_a_narrow_screen_every_act_is_within_reach() {
    let (console, ada) = greenhouse().await;
    let browser = console.seat(&ada, Options::default().narrow()).await;
    browser.goto(&format!("{AT}/secrets")).await;
    browser.creates("A_NAME_THAT_IS_LONGER_THAN_ANY_SCREEN_OF_A_TELEPHONE_IS_WIDE", "1").await;
    assert!(browser.fits().await);
    browser.click("Reveal A_NAME_THAT_IS_LONGER_THAN_ANY_SCREEN_OF_A_TELEPHONE_IS_WIDE").await;
    browser.sees("it is in the audit log").await;
    assert!(browser.fits().await);
    browser.click("Hide").await;
    browser.click("Delete A_NAME_THAT_IS_LONGER_THAN_ANY_SCREEN_OF_A_TELEPHONE_IS_WIDE").await;
    browser.click("Delete secret").await;
    browser.sees("No secrets in Development yet").await;
    browser.has_no_complaints().await;
}

#[actix_web::test]
async fn nobody_is_kept_out_of_the_secrets_of_a_project() {
    let (console, ada) = greenhouse().await;
    let browser = console.seat(&ada, Options::default()).await;
    browser.goto(&format!("{AT}/secrets")).await;
    browser.keeps_nobody_out("secrets-empty").await;
    let here = browser.place().await;
    let file = "DATABASE_URL=postgres://db\nMAIL_PASSWORD=x\nSENTRY_DSN='https://x@y/1'\nDEBUG=1\n";
    ada.post(&format!("{here}/import"), &[("file", file)]).await.is(303);
    let form = [("key", "LICENSE"), ("value", "x"), ("kind", "sealed"), ("tags", "billing, eu")];
    ada.post(&format!("{here}/secrets"), &form).await.is(303);
    let ids = console.texts("SELECT id::text AS text FROM secrets ORDER BY id");
    let (one, sealed) =
        (format!("{here}/secrets/{}", ids[0]), format!("{here}/secrets/{}", ids[4]));
    ada.post(&format!("{one}/override"), &[("value", "mine"), ("is_active", "true")]).await.is(303);
    let edited =
        [("key", "DATABASE_URL"), ("value", "2"), ("version", "1"), ("comment", "The main one")];
    ada.post(&format!("{one}/edit"), &edited).await.is(303);
    for (name, path) in [
        ("secrets", here.clone()),
        ("secrets-nothing-found", format!("{here}?name=nothing")),
        ("secret", one.clone()),
        ("secret-sealed", sealed),
        ("secret-new", format!("{here}/secrets/new")),
        ("secret-edit", format!("{one}/edit")),
        ("secret-delete", format!("{one}/delete")),
        ("secret-override", format!("{one}/override")),
        ("secrets-import", format!("{here}/import")),
        ("secrets-export", format!("{here}/export")),
        ("secrets-deleted", format!("{here}/deleted")),
        ("secrets-compare", format!("{AT}/secrets/compare")),
        ("secrets-switch", format!("{AT}/secrets/switch")),
        ("environment-new", format!("{AT}/environments/new")),
        ("environment-delete", format!("{here}/delete")),
    ] {
        browser.goto(&path).await;
        browser.keeps_nobody_out(name).await;
    }
    browser.goto(&here).await;
    browser.menu("More for Development").await;
    browser.keeps_nobody_out("secrets-menu").await;
    browser.goto(&here).await;
    browser.click("Reveal DATABASE_URL").await;
    browser.sees("Your override").await;
    browser.keeps_nobody_out("secret-reveal").await;
    browser.click("Hide").await;
    browser.click("Create secret").await;
    browser.fill("Name", "A B").await;
    browser.click("Create secret").await;
    browser.sees("Leave out spaces").await;
    browser.keeps_nobody_out("secret-new-refused").await;
    browser.complains_only_of(422).await;
}
