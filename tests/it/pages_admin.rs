//! The pages of platform admins.
use crate::support::Console;

#[actix_web::test]
async fn users_are_found_by_name_and_address_in_pages() {
    let console = Console::start().await;
    let root = console.admin("root").await;
    console.texts(
        "INSERT INTO users (email, name, created_at)
         SELECT 'someone' || n || '@example.org', 'Someone ' || lpad(n::text, 2, '0'), now()
         FROM generate_series(1, 60) n RETURNING name AS text",
    );
    assert_eq!(root.get("/admin").await.location(), "/admin/users");
    let first = root.get("/admin/users").await;
    assert!(first.says("root@example.org") && first.says("Someone 24"));
    assert!(!first.says("Someone 25"));

    let (mut page, mut seen) = (first, Vec::new());
    loop {
        seen.extend((1..=60).filter(|n| page.says(&format!("Someone {n:02}"))));
        let Some((before, _)) = page.text.split_once("\" rel=\"next\"") else { break };
        let next = before.rsplit('"').next().unwrap().replace("&#38;", "&");
        page = root.get(&next).await;
    }
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
    let (before, _) = page.text.split_once("\" rel=\"prev\"").unwrap();
    let second = root.get(before.rsplit('"').next().unwrap()).await;
    assert!(second.says("Someone 25") && second.says("Someone 49") && !second.says("Someone 50"));

    let found = root.get("/admin/users?search=ROOT%40exam").await;
    assert!(found.says("root@example.org") && !found.says("Someone"));
    assert!(root.get("/admin/users?search=100%25").await.says("Nobody is called so"));
}

#[actix_web::test]
async fn the_way_to_them_is_shown_to_admins_only() {
    let console = Console::start().await;
    let (root, ada) = (console.admin("root").await, console.owner("ada").await);
    assert!(root.get("/account").await.says("href=\"/admin\""));
    assert!(!ada.get("/account").await.says("href=\"/admin\""));
    let refused = ada.get("/admin/users").await;
    assert_eq!(refused.status, 403);
    assert!(refused.says("Only platform admins can do this; ask one of them."));
}
