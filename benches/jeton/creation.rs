//! Creating tokens over the API, against `pgbench` with the same statements. Both wait for the disk.
use diesel::connection::Connection;
use diesel::{PgConnection, RunQueryDsl, sql_query, sql_types};
use jeton::format::Kind;
use jeton::secret::PlainToken;
use jeton::tokens::Peppers;

use super::instance::Instance;
use super::load::Load;
use super::place::Place;
use super::table::{Bound, Table, median};
use super::tokens as filled;

const ROUNDS: usize = 5;

/// What `POST /api/v2/organization/tokens/` sends, statement by statement.
const STATEMENTS: &str = r#"
\set number random(1, 2000000000)
\set other random(1, 2000000000)
BEGIN;
SELECT max_lifetime_days, allow_non_expiring, before_max_lifetime_days, before_allow_non_expiring, enforced_from
    FROM policies WHERE organization_id IS NOT DISTINCT FROM 1 LIMIT 1;
SELECT project_id, id FROM projects WHERE organization_id = 1;
SELECT DISTINCT name FROM resources WHERE organization_id = ANY(ARRAY[1::bigint]) ORDER BY name;
SELECT o.id, o.slug, o.name, u.id, u.name, u.email, m.role, m.all_projects, m.created_at,
    array(SELECT p.project_id FROM membership_projects mp JOIN projects p ON p.id = mp.project_id
        WHERE mp.organization_id = m.organization_id AND mp.user_id = m.user_id ORDER BY p.project_id)
    FROM memberships m JOIN organizations o ON o.id = m.organization_id JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = 1 AND m.user_id = 1 LIMIT 1;
INSERT INTO tokens (kind, organization_id, name, role, hint, expires_at, expiry_set_at, created_at, created_by, steward_id)
    VALUES ('oat', 1, 'bench ' || :number || ' ' || :other, 'readonly', 'EOMv98UC', now() + interval '180 days', now(), now(), 1, 1)
    RETURNING id AS token,
        array(SELECT p.project_id FROM token_projects t JOIN projects p ON p.id = t.project_id
            WHERE t.token_id = tokens.id ORDER BY p.project_id)::text AS projects,
        (SELECT u.name FROM users u WHERE u.id = tokens.created_by) AS creator,
        (SELECT u.name FROM users u WHERE u.id = tokens.steward_id) AS steward,
        (SELECT u.name FROM users u WHERE u.id = tokens.disabled_by) AS disabler,
        (SELECT u.last_used_at FROM token_uses u WHERE u.token_id = tokens.id) AS used,
        (SELECT u.last_used_address FROM token_uses u WHERE u.token_id = tokens.id) AS used_from,
        (SELECT u.last_used_agent FROM token_uses u WHERE u.token_id = tokens.id) AS used_by \gset
INSERT INTO token_secrets (token_id, generation, digest, hint, created_at)
    VALUES (:token, 1, sha256((:number || ' ' || :other)::bytea), 'EOMv98UC', now());
INSERT INTO audit_events (at, organization_id, actor_kind, actor_user_id, actor_token_id, actor_name, action, subject_kind, subject_id, subject_name, detail)
    VALUES (now(), 1, 'token', 1, 1, 'Ada', 'token.created', 'token', :token, 'bench', '{"role": "readonly", "projects": [], "expires_at": "2027-05-21T05:23:35.400574Z", "permissions": null, "all_projects": false}');
SELECT max_lifetime_days, allow_non_expiring, before_max_lifetime_days, before_allow_non_expiring, enforced_from
    FROM policies WHERE organization_id IS NOT DISTINCT FROM 1 LIMIT 1;
SELECT s.token_id, s.generation, s.hint, s.created_at, s.retires_at, s.idempotency_digest, u.last_used_at, u.last_used_address,
    u.last_used_agent, u.late_calls, u.tried_at, u.tried_address, u.tried_agent
    FROM token_secrets s LEFT JOIN secret_uses u ON u.token_id = s.token_id AND u.generation = s.generation
    WHERE s.token_id = ANY(ARRAY[:token::bigint]) ORDER BY s.token_id, s.generation DESC;
SELECT current_setting('jeton.changes', true);
COMMIT;
"#;

pub fn measure(place: &Place, table: &mut Table) {
    let database = place.database("creation");
    filled::fill(&database, filled::FEW);
    let own = own_token(&database);
    let instance = Instance::start(&database);
    let script = std::env::temp_dir().join(format!("jeton-create-{}.sql", std::process::id()));
    std::fs::write(&script, STATEMENTS).unwrap();
    let script_name = script.to_str().unwrap();
    let load = Load::creating(&own);
    let url = format!("{}/api/v2/organization/tokens/", instance.url);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(load.on(&url, 16, 4).rate);
        let arguments = ["-n", "-M", "prepared", "-c16", "-j2", "-T4", "-f", script_name];
        theirs.push(Place::pgbench(&database, &arguments));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let row = [format!("{ours:.0}/s"), format!("`pgbench -M prepared -c16` {theirs:.0}/s")];
    let what = "create a token over the API, fsync on, 16 connections";
    table.row(what, &row[0], &row[1], ours / theirs, Bound::AtLeast(0.7));
    instance.stop();
    std::fs::remove_file(script).unwrap();
}

/// One of Ada's own, which may make others.
fn own_token(database: &str) -> String {
    let mut conn = PgConnection::establish(database).unwrap();
    let plain = PlainToken::generate(Kind::Pat);
    sql_query(
        "WITH made AS (
             INSERT INTO tokens (kind, user_id, name, hint, expiry_set_at, created_at)
             VALUES ('pat', 1, 'script', 'xxxxxxxx', now(), now()) RETURNING id)
         INSERT INTO token_secrets (token_id, generation, digest, hint, created_at)
         SELECT id, 1, $1, 'xxxxxxxx', now() FROM made",
    )
    .bind::<sql_types::Bytea, _>(plain.digest(&Peppers::new(&filled::key(), None).current))
    .execute(&mut conn)
    .unwrap();
    plain.reveal().to_string()
}
