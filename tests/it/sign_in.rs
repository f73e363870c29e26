//! First start, sign-in, sessions, and what a browser is protected from.
use jeton::access::Role;

use crate::support::Console;

#[actix_web::test]
async fn whoever_has_signed_in_is_let_in_and_a_stranger_is_sent_to_sign_in() {
    let console = Console::start().await;
    let ada = console.owner("ada").await;
    let bob = console.member("bob", Role::Readonly).await;

    assert_eq!(ada.get("/").await.location(), "/orgs/acme");
    assert_eq!(bob.get("/").await.location(), "/orgs/acme");
    assert_eq!(console.stranger().get("/").await.location(), "/login");
}
