//! An organization with any number of tokens, all of them real.
use diesel::connection::Connection;
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types};
use jeton::format::Kind;
use jeton::secret::{InstanceKey, PlainToken};
use jeton::tokens::Peppers;
use secrecy::SecretString;

pub const FEW: usize = 1_000;
pub const MANY: usize = 1_000_000;

/// The instance key of the run.
pub fn key() -> InstanceKey {
    let text: SecretString = "5a".repeat(32).into();
    InstanceKey::parse(&text).unwrap()
}

/// Makes them; returns their texts. Some are revoked, disabled, expired, each enough for a page.
/// The first hundred thousand are good.
pub fn fill(url: &str, count: usize) -> Vec<String> {
    let mut conn = PgConnection::establish(url).unwrap();
    let indexes = without_indexes(&mut conn);
    for statement in [
        "INSERT INTO users (email, name, created_at) VALUES ('ada@example.org', 'Ada', now())".to_owned(),
        "INSERT INTO organizations (slug, name, created_at) VALUES ('acme', 'Acme', now())".to_owned(),
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES (1, 1, 'owner', now())".to_owned(),
        "INSERT INTO policies VALUES (1, 180, false)".to_owned(),
        "INSERT INTO projects (organization_id, project_id, name, created_at)
         SELECT 1, 'prd-' || n, 'Project ' || n, now() FROM generate_series(1, 20) n".to_owned(),
        format!(
            "INSERT INTO tokens (kind, organization_id, name, role, hint, expires_at, expiry_set_at,
                created_at, created_by, disabled_at, revoked_at)
             SELECT 'oat', 1, (ARRAY['Export','Relay','Report','Import','Bridge'])[1 + n % 5] || ' of '
                || substr(md5(n::text), 1, 10) || ' ' || n, 'operator', substr(md5(n::text), 11, 8),
                now() + (n % 170 + 1) * interval '1 day'
                    - (CASE WHEN n % 50 = 1 AND odd THEN interval '200 days' ELSE interval '0' END),
                now() - interval '10 days', now() - n * interval '1 minute', 1,
                CASE WHEN n % 19 = 2 AND odd THEN now() END, CASE WHEN n % 19 = 3 AND odd THEN now() END
             FROM (SELECT n, n <= 1000 OR n > 100000 AS odd FROM generate_series(1, {count}::bigint) n) n"
        ),
        "INSERT INTO token_uses (token_id, organization_id, aside, last_used_at)
         SELECT id, 1, token_aside(t),
            CASE WHEN id % 3 > 0 THEN now() - (id * 7919 % 100000) * interval '1 second' END
         FROM tokens t".to_owned(),
        "UPDATE tokens SET name = 'Grafana ' || id WHERE id <= 3".to_owned(),
        "INSERT INTO token_projects SELECT 1, id, 1 + id % 20 FROM tokens".to_owned(),
        "INSERT INTO token_use_days (token_id, day, generation, accepted)
         SELECT id, current_date - d, 1, id % 100 FROM tokens, generate_series(0, 4) d
         WHERE id <= 100000".to_owned(),
    ] {
        sql_query(statement).execute(&mut conn).unwrap();
    }
    let secrets = secrets(&mut conn, count);
    for Index { definition } in indexes {
        sql_query(definition).execute(&mut conn).unwrap();
    }
    sql_query("VACUUM ANALYZE").execute(&mut conn).unwrap();
    secrets
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = sql_types::Text)]
    definition: String,
}

/// Filling goes several times faster without references and triggers, and with indexes made at
/// the end: what they were, to make them again.
fn without_indexes(conn: &mut PgConnection) -> Vec<Index> {
    sql_query("SET session_replication_role = replica").execute(conn).unwrap();
    sql_query("SET maintenance_work_mem = '256MB'").execute(conn).unwrap();
    let of_tables = "FROM pg_index JOIN pg_class made ON made.oid = indexrelid
         JOIN pg_class t ON t.oid = indrelid WHERE t.relname IN ('tokens', 'token_secrets', 'token_uses')
         AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)";
    let indexes: Vec<Index> =
        sql_query(format!("SELECT pg_get_indexdef(indexrelid) AS definition {of_tables}"))
            .load(conn)
            .unwrap();
    let drop = "DO $$ DECLARE name text; BEGIN
         FOR name IN SELECT made.relname OF_TABLES LOOP EXECUTE format('DROP INDEX %I', name); END LOOP;
         END $$";
    sql_query(drop.replace("OF_TABLES", of_tables)).execute(conn).unwrap();
    indexes
}

fn secrets(conn: &mut PgConnection, count: usize) -> Vec<String> {
    let pepper = Peppers::new(&key(), None).current;
    let mut texts = Vec::with_capacity(count);
    for first in (0..count).step_by(20_000) {
        let (mut ids, mut digests) = (Vec::new(), Vec::new());
        for number in first..(first + 20_000).min(count) {
            let plain = PlainToken::generate(Kind::Oat);
            ids.push(i64::try_from(number).unwrap() + 1);
            digests.push(plain.digest(&pepper));
            texts.push(plain.reveal().to_string());
        }
        sql_query(
            "INSERT INTO token_secrets (token_id, generation, digest, hint, created_at)
             SELECT id, 1, digest, 'xxxxxxxx', now() FROM unnest($1, $2) AS made(id, digest)",
        )
        .bind::<sql_types::Array<sql_types::BigInt>, _>(ids)
        .bind::<sql_types::Array<sql_types::Bytea>, _>(digests)
        .execute(conn)
        .unwrap();
    }
    texts
}
