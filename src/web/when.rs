//! Instants as pages say them: short in the text, whole in the title.
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};

/// What a `<time>` element needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    pub iso: String,
    /// The whole instant: `20 Mar 2027, 23:59:59 UTC`.
    pub full: String,
    /// What is read: `2 minutes ago`.
    pub text: String,
}

impl When {
    /// How long ago, or how long until: `2 minutes ago`, `in 19 hours`.
    pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self::said(at, distance(at, now))
    }

    /// The day: `20 Mar 2027`.
    pub fn date(at: DateTime<Utc>) -> Self {
        Self::said(at, date(at))
    }

    /// The day and the time: `today, 09:30`, `12 Nov, 08:11`, `2 Aug 2025, 10:00`.
    pub fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let day = match days(at, now) {
            -1 => "yesterday".to_owned(),
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            _ if at.year() == now.year() => short_date(at),
            _ => date(at),
        };
        Self::said(at, format!("{day}, {}", at.format("%H:%M")))
    }

    /// With the weekday, for a sentence: `Friday, 19 February 2027, 23:59 UTC`.
    pub fn sentence(at: DateTime<Utc>) -> Self {
        Self::said(at, at.format("%A, %-d %B %Y, %H:%M UTC").to_string())
    }

    fn said(at: DateTime<Utc>, text: String) -> Self {
        Self {
            iso: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            full: at.format("%-d %b %Y, %H:%M:%S UTC").to_string(),
            text,
        }
    }
}

/// `20 Mar 2027`.
pub fn date(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

/// `20 Mar`, where the year goes without saying.
pub fn short_date(at: DateTime<Utc>) -> String {
    at.format("%-d %b").to_string()
}

/// `3 Dec`, and the year where it is another.
pub fn day(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at.year() == now.year() { short_date(at) } else { date(at) }
}

/// `just now`, `24 minutes ago`, `9 days ago`, `in 161 days`, `in 2 years`.
pub fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let past = at <= now;
    let apart = (at - now).abs();
    let length = if apart < TimeDelta::minutes(1) {
        return if past { "just now" } else { "in less than a minute" }.to_owned();
    } else if apart < TimeDelta::hours(1) {
        counted(apart.num_minutes(), "minute")
    } else if apart < TimeDelta::days(1) {
        counted(apart.num_hours(), "hour")
    } else {
        long(days(at, now).abs().max(1), past)
    };
    if past { format!("{length} ago") } else { format!("in {length}") }
}

/// What is over grows dim; what is to come is counted in days for a year.
fn long(days: i64, past: bool) -> String {
    match days {
        14..60 if past => counted(days / 7, "week"),
        60..365 if past => counted(days / 30, "month"),
        ..366 => counted(days, "day"),
        _ => counted(days / 365, "year"),
    }
}

/// Dates that the calendar turns (in UTC) from `now` to `at`.
pub fn days(at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (at.date_naive() - now.date_naive()).num_days()
}

/// The last second of a day, in UTC: whoever names a day means the whole of it.
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()).and_utc()
}

/// `1 day`, `3 days`.
pub fn counted(number: i64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `3 tokens end`, for a banner; nothing where none does. Counts stop at `most`.
pub fn ending(tokens: i64, most: i64) -> Option<String> {
    match tokens {
        ..1 => None,
        1 => Some("1 token ends".to_owned()),
        many if many >= most => Some(format!("{most} or more tokens end")),
        many => Some(format!("{many} tokens end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn distances_are_said_as_people_say_them() {
        let now = at("2026-11-21T14:05:00Z");
        for (then, said) in [
            ("2026-11-21T14:04:58Z", "just now"),
            ("2026-11-21T14:03:41Z", "1 minute ago"),
            ("2026-11-21T13:41:00Z", "24 minutes ago"),
            ("2026-11-21T02:00:00Z", "12 hours ago"),
            ("2026-11-11T23:58:00Z", "10 days ago"),
            ("2026-10-01T06:00:00Z", "7 weeks ago"),
            ("2026-08-01T06:00:00Z", "3 months ago"),
            ("2024-08-01T06:00:00Z", "2 years ago"),
            ("2026-11-21T14:05:30Z", "in less than a minute"),
            ("2026-11-22T09:30:00Z", "in 19 hours"),
            ("2026-11-24T23:59:59Z", "in 3 days"),
            ("2027-05-01T23:59:59Z", "in 161 days"),
            ("2029-01-01T00:00:00Z", "in 2 years"),
        ] {
            assert_eq!(distance(at(then), now), said, "{then}");
        }
    }

    #[test]
    fn a_day_is_named_while_it_is_near() {
        let now = at("2026-11-21T14:05:00Z");
        for (then, said) in [
            ("2026-11-21T09:30:00Z", "today, 09:30"),
            ("2026-11-22T09:30:00Z", "tomorrow, 09:30"),
            ("2026-11-20T18:02:00Z", "yesterday, 18:02"),
            ("2026-10-03T13:45:00Z", "3 Oct, 13:45"),
            ("2025-10-03T13:45:00Z", "3 Oct 2025, 13:45"),
        ] {
            assert_eq!(When::moment(at(then), now).text, said);
        }
    }

    #[test]
    fn the_whole_instant_is_always_there() {
        let when = When::date(at("2027-03-20T23:59:59Z"));
        assert_eq!(
            (&*when.iso, &*when.full, &*when.text),
            ("2027-03-20T23:59:59Z", "20 Mar 2027, 23:59:59 UTC", "20 Mar 2027")
        );
        assert_eq!(
            When::sentence(at("2027-02-19T23:59:59Z")).text,
            "Friday, 19 February 2027, 23:59 UTC"
        );
    }
}
