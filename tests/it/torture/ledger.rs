//! What a writer was told, and what the database says after a kill.
use std::collections::HashMap;
use std::fmt;
use std::ops::AddAssign;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use serde_json::Value;

use crate::cli::host::Host;
use crate::postgres::support::connect;
use crate::support::Api;

#[derive(Debug, Clone)]
pub enum Deed {
    Create { name: String },
    Rotate { name: String, id: i64 },
    Revoke { name: String, id: i64 },
}

/// The tokens of one writer, by name.
pub struct Ledger {
    writer: usize,
    made: usize,
    tokens: HashMap<String, Token>,
    acknowledged: usize,
}

#[derive(Debug, Default)]
struct Token {
    /// Unknown while its creation is in doubt.
    id: i64,
    generation: i32,
    revoked: bool,
    /// The secret that works. Unknown where its answer was lost.
    live: Option<String>,
    dead: Vec<String>,
    doubt: Option<Deed>,
    /// Since it was last held against the API.
    touched: bool,
}

/// How one round, or all of them, ended.
#[derive(Debug, Default)]
pub struct Settled {
    pub acknowledged: usize,
    in_doubt: usize,
    happened: usize,
}

impl Ledger {
    pub fn new(writer: usize) -> Self {
        Self { writer, made: 0, tokens: HashMap::new(), acknowledged: 0 }
    }

    /// It is in doubt from now on.
    pub fn next_deed(&mut self) -> Deed {
        let dice = getrandom::u64().unwrap() % 10;
        let alive = |(_, token): &(&String, &Token)| !token.revoked && token.doubt.is_none();
        let deed = match self.tokens.iter().find(alive) {
            Some((name, token)) if dice < 4 => Deed::Rotate { name: name.clone(), id: token.id },
            Some((name, token)) if dice < 6 => Deed::Revoke { name: name.clone(), id: token.id },
            _ => {
                self.made += 1;
                Deed::Create { name: format!("writer {} token {}", self.writer, self.made) }
            }
        };
        let token = self.tokens.entry(deed.name().to_owned()).or_default();
        token.doubt = Some(deed.clone());
        token.touched = true;
        deed
    }

    pub fn acknowledge(&mut self, deed: Deed, answer: &Value) {
        self.acknowledged += 1;
        let token = self.tokens.get_mut(deed.name()).unwrap();
        token.doubt = None;
        token.apply(&deed, answer["token"].as_str().map(str::to_owned));
        if let Deed::Create { .. } = deed {
            token.id = answer["id"].as_i64().unwrap();
        }
    }
}

impl Deed {
    fn name(&self) -> &str {
        match self {
            Self::Create { name } | Self::Rotate { name, .. } | Self::Revoke { name, .. } => name,
        }
    }
}

impl Token {
    fn apply(&mut self, deed: &Deed, secret: Option<String>) {
        match deed {
            Deed::Create { .. } | Deed::Rotate { .. } => {
                self.generation += 1;
                self.dead.extend(self.live.take());
                self.live = secret;
            }
            Deed::Revoke { .. } => {
                self.revoked = true;
                self.dead.extend(self.live.take());
            }
        }
    }
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    revoked: bool,
    #[diesel(sql_type = Integer)]
    generation: i32,
    #[diesel(sql_type = BigInt)]
    created: i64,
    #[diesel(sql_type = BigInt)]
    rotated: i64,
    #[diesel(sql_type = BigInt)]
    revocations: i64,
}

const ROWS: &str = "
    SELECT t.id, t.name, t.revoked_at IS NOT NULL AS revoked,
           (SELECT max(generation) FROM token_secrets WHERE token_id = t.id) AS generation,
           count(*) FILTER (WHERE e.action = 'token.created') AS created,
           count(*) FILTER (WHERE e.action = 'token.rotated') AS rotated,
           count(*) FILTER (WHERE e.action = 'token.revoked') AS revocations
    FROM tokens t LEFT JOIN audit_events e ON e.subject_kind = 'token' AND e.subject_id = t.id
    WHERE t.kind = 'oat' GROUP BY t.id";

/// Holds the ledgers against the database, and learns from it what became of the doubts.
pub fn settle(ledgers: &mut [Ledger], host: &Host) -> Settled {
    let url = host.jeton("db url").ends().out;
    let rows = diesel::sql_query(ROWS).load::<Row>(&mut connect(url.trim())).unwrap();
    let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.name.clone(), row)).collect();
    let mut settled = Settled::default();
    for ledger in ledgers {
        settled.acknowledged += std::mem::take(&mut ledger.acknowledged);
        ledger.tokens.retain(|name, token| {
            let row = rows.remove(name);
            if let Some(deed) = token.doubt.take() {
                settled.in_doubt += 1;
                settled.happened += usize::from(token.learn(&deed, row.as_ref()));
            }
            match row {
                Some(row) => token.is_exactly(&row),
                None => assert_eq!(token.generation, 0, "LOST: {token:?}"),
            }
            token.generation > 0
        });
    }
    assert!(rows.is_empty(), "MADE UP: {rows:#?}");
    settled
}

impl Token {
    /// Whether it happened.
    fn learn(&mut self, deed: &Deed, row: Option<&Row>) -> bool {
        let Some(row) = row else { return false };
        let happened = match deed {
            Deed::Create { .. } => true,
            Deed::Rotate { .. } => row.generation > self.generation,
            Deed::Revoke { .. } => row.revoked,
        };
        if happened {
            self.apply(deed, None);
            self.id = row.id;
        }
        happened
    }

    /// The trail included: each change has its one entry.
    fn is_exactly(&self, row: &Row) {
        assert_eq!(
            (self.id, self.generation, self.revoked),
            (row.id, row.generation, row.revoked),
            "LOST OR MADE UP: {self:?} {row:?}"
        );
        assert_eq!(
            (row.created, row.rotated, row.revocations),
            (1, i64::from(row.generation) - 1, i64::from(row.revoked)),
            "the trail tells another story: {row:?}"
        );
    }
}

/// Every secret works, or not, as it should; of `all` tokens, or those touched since the last time.
pub async fn hold_against_the_api(ledgers: &mut [Ledger], url: &str, all: bool) {
    let tokens = ledgers.iter_mut().flat_map(|ledger| ledger.tokens.values_mut());
    for token in tokens.filter(|token| all || token.touched) {
        token.touched = false;
        if let Some(live) = &token.live {
            Api::new(url, Some(live)).get("/api/v2/token/").await.is(200);
        }
        for dead in &token.dead {
            Api::new(url, Some(dead)).get("/api/v2/token/").await.is(401);
        }
    }
}

impl AddAssign for Settled {
    fn add_assign(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.in_doubt += other.in_doubt;
        self.happened += other.happened;
    }
}

impl fmt::Display for Settled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} changes acknowledged and kept, {} unanswered ({} had happened)",
            self.acknowledged, self.in_doubt, self.happened
        )
    }
}
