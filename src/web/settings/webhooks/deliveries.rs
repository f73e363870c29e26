//! A delivery as a line of a page: where it stands, and what the other side said.
use chrono::{DateTime, TimeDelta, Utc};

use crate::id::DeliveryId;
use crate::notices::{Delivery, Outcome};
use crate::web::when::{When, counted, distance};

/// What is due sooner is waited for on the page, an attempt that is under way too.
const SOON: TimeDelta = TimeDelta::minutes(3);

pub struct Line {
    pub id: DeliveryId,
    pub event: String,
    pub message: String,
    /// As the badges of tokens are called.
    pub state: &'static str,
    pub label: String,
    /// `204 in 12 ms`.
    pub answer: String,
    /// What went wrong, and how it goes on.
    pub trouble: Option<String>,
    pub excerpt: Option<String>,
    pub when: When,
    /// Something will change in a moment.
    pub moving: bool,
}

impl Line {
    pub fn of(delivery: Delivery, now: DateTime<Utc>) -> Self {
        let outcome = delivery.outcome();
        let (state, label) = match outcome {
            Outcome::Waiting => ("disabled", "Waiting"),
            Outcome::Retrying => ("expiring", "Retrying"),
            Outcome::Delivered => ("active", "Delivered"),
            Outcome::Failed => ("blocked", "Failed"),
        };
        let moving = matches!(outcome, Outcome::Waiting | Outcome::Retrying)
            && delivery.due_at.is_some_and(|at| at < now + SOON);
        Self {
            id: delivery.id,
            message: delivery.message(),
            state,
            label: label.to_owned(),
            answer: answer(&delivery),
            trouble: trouble(&delivery, outcome, now),
            event: delivery.event,
            excerpt: delivery.excerpt.filter(|_| outcome != Outcome::Delivered),
            when: When::moment(delivery.created_at, now),
            moving,
        }
    }
}

fn answer(delivery: &Delivery) -> String {
    let took = delivery.duration_ms.map(|ms| format!("{ms} ms")).unwrap_or_default();
    match delivery.status {
        Some(status) => format!("{status} in {took}"),
        None if delivery.failure.is_some() => format!("None in {took}"),
        None => String::new(),
    }
}

fn trouble(delivery: &Delivery, outcome: Outcome, now: DateTime<Utc>) -> Option<String> {
    let failure = delivery.failure.as_deref()?;
    let tried = counted(delivery.attempts.into(), "attempt");
    Some(match (outcome, delivery.due_at) {
        (Outcome::Retrying, Some(at)) if at > now => {
            format!("{failure} {tried}, the next {}.", distance(at, now))
        }
        (Outcome::Retrying, _) => format!("{failure} {tried}, the next any moment."),
        _ => format!("{failure} Given up after {tried}."),
    })
}
