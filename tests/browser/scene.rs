//! A console after most of a year: people, projects, tokens in every state, a month of calls.
use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, TimeDelta, Utc, Weekday};
use jeton::access::{AccessConfig, Projects, Role};
use jeton::id::TokenId;
use jeton::organizations;
use jeton::policies::{self, Enforcement, Expiry, PersonalWish, Rule, Wish};
use jeton::tokens::{self, Agent, Grace, Holder, Outcome, Use};

use crate::support::{Console, Person, picked};

const BOTH: &[&str] = &["prd-greenhouse", "prd-coldroom"];
const GREENHOUSE: &[&str] = &["prd-greenhouse"];
const COLDROOM: &[&str] = &["prd-coldroom"];
const ALL: &[&str] = &[];

/// A token as it was made, and how it is used: about so often a day, the last time so many minutes ago.
struct Made {
    day: &'static str,
    by: &'static str,
    name: &'static str,
    role: Role,
    projects: &'static [&'static str],
    calls: usize,
    minutes: i64,
    address: [u8; 4],
}

#[rustfmt::skip]
const MADE: [Made; 14] = [
    Made { day: "2025-12-30", by: "ada", name: "Irrigation planner import", role: Role::Operator, projects: GREENHOUSE, calls: 0, minutes: 70_560, address: [10, 0, 3, 9] },
    Made { day: "2026-05-15", by: "chiara", name: "Incident bot", role: Role::Operator, projects: GREENHOUSE, calls: 13, minutes: 12_960, address: [10, 0, 3, 7] },
    Made { day: "2026-05-28", by: "chiara", name: "Compliance report (nightly)", role: Role::Readonly, projects: ALL, calls: 31, minutes: 720, address: [10, 0, 5, 8] },
    Made { day: "2026-06-02", by: "björn", name: "Seedling catalog import", role: Role::Manager, projects: GREENHOUSE, calls: 0, minutes: 150_000, address: [10, 0, 3, 9] },
    Made { day: "2026-07-12", by: "björn", name: "Terraform catalog sync", role: Role::Operator, projects: ALL, calls: 20, minutes: 360, address: [192, 0, 2, 44] },
    Made { day: "2026-08-14", by: "ada", name: "Webhook relay", role: Role::Operator, projects: GREENHOUSE, calls: 63, minutes: 24, address: [10, 0, 3, 30] },
    Made { day: "2026-09-01", by: "björn", name: "Batch relabel 2026 Q3", role: Role::Manager, projects: ALL, calls: 0, minutes: 74_000, address: [10, 0, 3, 12] },
    Made { day: "2026-09-03", by: "björn", name: "Label printer, old", role: Role::Readonly, projects: COLDROOM, calls: 0, minutes: 80_000, address: [10, 0, 3, 12] },
    Made { day: "2026-09-21", by: "ada", name: "Factor export pipeline", role: Role::Manager, projects: BOTH, calls: 144, minutes: 2, address: [10, 0, 3, 12] },
    Made { day: "2026-10-02", by: "chiara", name: "Yield dashboard", role: Role::Readonly, projects: GREENHOUSE, calls: 96, minutes: 5, address: [10, 0, 4, 9] },
    Made { day: "2026-10-20", by: "björn", name: "Meter gateway", role: Role::Operator, projects: COLDROOM, calls: 288, minutes: 3, address: [10, 0, 6, 21] },
    Made { day: "2026-11-02", by: "björn", name: "Grafana bridge", role: Role::Readonly, projects: COLDROOM, calls: 729, minutes: 0, address: [10, 0, 4, 2] },
    Made { day: "2026-11-10", by: "chiara", name: "Release checks", role: Role::Readonly, projects: ALL, calls: 9, minutes: 1_500, address: [192, 0, 2, 44] },
    Made { day: "2026-11-19", by: "ada", name: "North gate sensors", role: Role::Operator, projects: GREENHOUSE, calls: 0, minutes: 0, address: [10, 0, 3, 30] },
];

pub struct Scene {
    pub console: Console,
    pub ada: Person,
    tokens: BTreeMap<&'static str, TokenId>,
}

impl Scene {
    pub async fn set() -> Self {
        let console = Console::at(morning("2025-12-30")).await;
        let ada = console.owner("ada").await;
        let others = [console.owner("björn").await, console.owner("chiara").await];
        let mut scene = Self { console, ada, tokens: BTreeMap::new() };
        scene.begin().await;
        // In the first winter tokens could live for three years.
        scene.policy(1095).await;
        for made in &MADE {
            scene.wait_until(morning(made.day));
            if made.day > "2026-01-01" && scene.tokens.len() == 1 {
                scene.policy(180).await;
            }
            let by = others.iter().find(|person| person.name == made.by).unwrap_or(&scene.ada);
            let token = by.issues_wish(made.wish()).await;
            scene.tokens.insert(made.name, token.id);
        }
        scene.own_tokens().await;
        scene.a_month_of_calls();
        scene.latest_changes().await;
        scene
    }

    pub fn token(&self, name: &str) -> TokenId {
        self.tokens[name]
    }

    /// The path of a token of the organization.
    pub fn page(&self, name: &str) -> String {
        format!("/orgs/acme/settings/tokens/{}", self.token(name))
    }

    fn now(&self) -> DateTime<Utc> {
        self.console.clock.now()
    }

    fn wait_until(&self, at: DateTime<Utc>) {
        self.console.clock.advance(at - self.now());
    }

    async fn begin(&self) {
        for (id, name) in [
            ("prd-greenhouse", "Greenhouse, production"),
            ("prd-coldroom", "Cold room, production"),
        ] {
            self.ada.project_called(id, name).await;
        }
        let (by, id) = (self.ada.actor(), self.ada.organization);
        let write = self.console.app.db.write(move |tx| {
            organizations::rename(tx, &by, id, "Acme Greenhouses")?;
            organizations::add_resource(tx, &by, id, "harvests")
        });
        write.await.unwrap();
    }

    async fn policy(&self, days: i32) {
        let rule = Rule { max_lifetime_days: Some(days), allow_non_expiring: false };
        let (by, id) = (self.ada.actor(), self.ada.organization);
        let whose = (id, "Acme Greenhouses");
        let write = self
            .console
            .app
            .db
            .write(move |tx| policies::change(tx, &by, Some(whose), rule, Enforcement::Now));
        write.await.unwrap();
    }

    async fn own_tokens(&mut self) {
        for (name, picks, ends) in [
            ("CI bootstrap", Some(&["tokens:manage"] as &[_]), Some("2026-11-20T09:00:00Z")),
            (
                "Notebook: yield model",
                Some(&["records:read", "metrics:read"]),
                Some("2027-01-31T23:59:59Z"),
            ),
            ("Laptop CLI", None, None),
        ] {
            let expiry = ends.map_or(Expiry::Never, |ends| Expiry::At(ends.parse().unwrap()));
            let picked = picks.map(picked);
            let wish = PersonalWish { name: name.into(), expiry, picked, may_rotate_itself: false };
            let token = self.ada.pat_wish(wish).await;
            self.tokens.insert(name, token.id);
            self.calls(token.id, 1, [1, 0, 0], self.now(), [10, 0, 3, 20]);
        }
        self.console.note_uses();
    }

    fn a_month_of_calls(&self) {
        let end = "2026-11-21T14:05:00Z".parse::<DateTime<Utc>>().unwrap();
        for made in &MADE {
            let last = end - TimeDelta::minutes(made.minutes);
            if made.calls == 0 && last > morning(made.day) && made.minutes > 0 {
                self.calls(self.token(made.name), 1, [7, 0, 0], last, made.address);
            }
        }
        self.console.note_uses();
        for back in (0..30).rev() {
            for made in &MADE {
                self.a_day_of_calls(made, end - Days::new(back), end);
            }
            self.console.note_uses();
        }
        self.wait_until(end);
    }

    fn a_day_of_calls(&self, made: &Made, day: DateTime<Utc>, end: DateTime<Utc>) {
        let id = self.token(made.name);
        let rotated = ["Factor export pipeline", "Yield dashboard"].contains(&made.name);
        let minutes = if rotated { 21 * 60 } else { made.minutes };
        let last = end - TimeDelta::minutes(minutes);
        if day < morning(made.day) || made.calls == 0 {
            return;
        }
        if day > last && made.minutes > 1440 {
            let tried =
                if day == end { 41 } else { 4 + usize::try_from((end - day).num_days()).unwrap() };
            let dead = if made.name == "Incident bot" { tried } else { 0 };
            return self.calls(id, 1, [0, 0, dead], day, made.address);
        }
        let (count, salt) = (day.ordinal() as usize, made.name.len());
        let quiet = made.calls < 100 && matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let wave = 70 + (count * 37 + salt * 13) % 60;
        let accepted = made.calls * wave / if quiet { 400 } else { 100 };
        let refused = if made.role == Role::Manager && count % 4 == 0 { accepted / 5 } else { 0 };
        self.calls(id, 1, [accepted, refused, 0], day.min(last), made.address);
    }

    fn calls(
        &self,
        token: TokenId,
        generation: i32,
        calls: [usize; 3],
        at: DateTime<Utc>,
        from: [u8; 4],
    ) {
        let outcomes = [Outcome::Accepted, Outcome::Refused, Outcome::Dead];
        for (outcome, calls) in outcomes.into_iter().zip(calls) {
            for _ in 0..calls {
                let (address, agent) = (Some(from.into()), Agent::Program("curl/8.14.1"));
                self.console.app.uses.note(Use { token, generation, outcome, address, agent, at });
            }
        }
    }

    /// What happened in the last days, up to just now.
    async fn latest_changes(&self) {
        let now = self.now();
        let (by, holder) = (self.ada.actor(), Holder::Organization(self.ada.organization));
        let [relabel, printer, export, relay, yields] = [
            "Batch relabel 2026 Q3",
            "Label printer, old",
            "Factor export pipeline",
            "Webhook relay",
            "Yield dashboard",
        ]
        .map(|name| self.token(name));
        let app = self.console.app.clone();
        let bounds = self.ada.organization;
        self.console.clock.advance(-TimeDelta::hours(20));
        let write = self.console.app.db.write(move |tx| {
            let grace = Grace::from_seconds(259_200).unwrap();
            tokens::rotate(tx, &by, holder, export, grace, &app.mint, None)?;
            tokens::rotate(tx, &by, holder, yields, grace, &app.mint, None)?;
            tokens::revoke(tx, &by, holder, relabel)?;
            tokens::revoke(tx, &by, holder, printer)?;
            let bounds =
                tokens::organization_bounds(tx.conn(), bounds, jeton::access::Grant::of_owner())?;
            let off = policies::Change { is_active: Some(false), ..policies::Change::default() };
            let cleared = bounds.clear_change(off, tx.now())?;
            tokens::change(tx, &by, holder, relay, cleared)
        });
        write.await.unwrap();
        self.wait_until(now);
        self.calls(export, 2, [38, 0, 0], now - TimeDelta::minutes(2), [10, 0, 3, 12]);
        self.calls(export, 1, [4, 0, 0], now - TimeDelta::minutes(9), [10, 0, 3, 13]);
        self.calls(yields, 2, [58, 0, 0], now - TimeDelta::minutes(5), [10, 0, 4, 9]);
        self.calls(relay, 1, [0, 0, 5], now - TimeDelta::minutes(24), [10, 0, 3, 30]);
        self.latest_of_her_own(now).await;
        self.console.note_uses();
    }

    async fn latest_of_her_own(&self, now: DateTime<Utc>) {
        let [bootstrap, notebook] =
            ["CI bootstrap", "Notebook: yield model"].map(|name| self.token(name));
        let (by, holder) = (self.ada.actor(), Holder::Person(self.ada.id));
        let app = self.console.app.clone();
        let write = self.console.app.db.write(move |tx| {
            tokens::rotate(tx, &by, holder, notebook, Grace::default(), &app.mint, None)
        });
        write.await.unwrap();
        self.console.clock.advance(TimeDelta::seconds(40));
        let (here, later) = ([10, 0, 3, 20], now + TimeDelta::seconds(30));
        self.calls(notebook, 1, [2, 0, 0], later, here);
        self.calls(bootstrap, 1, [0, 0, 12], later, here);
    }
}

impl Made {
    fn wish(&self) -> Wish {
        let projects = self.projects.iter().map(|&id| id.to_owned());
        let access = AccessConfig {
            role: self.role,
            projects: Projects::new(self.projects.is_empty(), projects),
            permissions: (self.name == "Webhook relay")
                .then(|| picked(&["records:write", "events:write", "harvests:read"])),
        };
        let (name, expiry) = (self.name.to_owned(), Expiry::Longest);
        Wish { name, expiry, access, may_rotate_itself: false }
    }
}

fn morning(day: &str) -> DateTime<Utc> {
    format!("{day}T09:20:00Z").parse().unwrap()
}
