//! Calls per day as pictures: the numbers that the SVG of `templates/parts/macros.html` is drawn from.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

use crate::tokens;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 160.0;
const LINES: u64 = 4;

/// The calls of one day. `label` is its date as people write it: `23 Oct`.
#[derive(Clone, Debug)]
pub struct Day {
    pub label: String,
    pub accepted: u64,
    pub refused: u64,
    /// Made with a secret that is retired or revoked.
    pub dead: u64,
}

/// The thirty days up to `today`; those without use are in it too.
pub fn month(used: &[tokens::Day], today: NaiveDate) -> Vec<Day> {
    let calls = |number: i64| number.try_into().unwrap_or(0);
    let day = |back| {
        let date = today - Days::new(back);
        let used = used.iter().find(|used| used.day == date);
        Day {
            label: date.format("%-d %b").to_string(),
            accepted: used.map_or(0, |used| calls(used.accepted)),
            refused: used.map_or(0, |used| calls(used.refused)),
            dead: used.map_or(0, |used| calls(used.dead)),
        }
    };
    (0..30).rev().map(day).collect()
}

/// Stacked bars with an axis.
#[derive(Clone, Debug)]
pub struct Chart {
    pub summary: String,
    pub accepted: String,
    pub refused: String,
    pub dead: String,
    pub bars: Vec<Bar>,
    /// The vertical axis, from the top.
    pub ticks: Vec<String>,
    /// The horizontal axis: the first day, the last, and some between.
    pub labels: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Bar {
    pub title: String,
    pub day: String,
    pub accepted: String,
    pub refused: String,
    pub dead: String,
    pub x: String,
    pub width: String,
    pub inner_x: String,
    pub inner_width: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub struct Part {
    pub class: &'static str,
    pub y: String,
    pub height: String,
}

impl Chart {
    pub fn of(days: &[Day]) -> Self {
        let top = LINES * step(days.iter().map(Day::total).max().unwrap_or(0));
        let slot = WIDTH / count(days.len().max(1) as u64);
        let bars =
            days.iter().zip(0u32..).map(|(day, index)| day.bar(slot * f64::from(index), slot, top));
        let sum = |part: fn(&Day) -> u64| grouped(days.iter().map(part).sum());
        let (accepted, refused, dead) =
            (sum(|day| day.accepted), sum(|day| day.refused), sum(|day| day.dead));
        Self {
            summary: format!(
                "Calls per day for {} days: {accepted} accepted, {refused} refused, {dead} with a dead secret",
                days.len()
            ),
            bars: bars.collect(),
            ticks: (0..=LINES).rev().map(|line| grouped(top / LINES * line)).collect(),
            labels: spread(days, 5).map(|day| day.label.clone()).collect(),
            accepted,
            refused,
            dead,
        }
    }
}

impl Day {
    fn total(&self) -> u64 {
        self.accepted + self.refused + self.dead
    }

    fn bar(&self, x: f64, slot: f64, top: u64) -> Bar {
        let (accepted, refused, dead) =
            (grouped(self.accepted), grouped(self.refused), grouped(self.dead));
        let mut y = HEIGHT;
        let mut parts = Vec::new();
        for (class, calls) in
            [("b-ok", self.accepted), ("b-warn", self.refused), ("b-bad", self.dead)]
        {
            if calls > 0 {
                let height = HEIGHT * count(calls) / count(top);
                y -= height;
                parts.push(Part { class, y: decimal(y), height: decimal(height) });
            }
        }
        Bar {
            title: format!(
                "{}: {accepted} accepted, {refused} refused, {dead} dead secret",
                self.label
            ),
            day: self.label.clone(),
            x: decimal(x),
            width: decimal(slot),
            inner_x: decimal(x + slot * 0.15),
            inner_width: decimal(slot * 0.7),
            accepted,
            refused,
            dead,
            parts,
        }
    }
}

/// A picture of at most thirty days for a table row: one path of bars for each kind of call.
#[derive(Clone, Debug, Default)]
pub struct Spark {
    pub summary: String,
    /// The calls in words: `4,312`.
    pub total: String,
    pub accepted: String,
    pub refused: String,
    pub dead: String,
}

impl Spark {
    pub fn of(days: &[Day]) -> Self {
        let total = grouped(days.iter().map(Day::total).sum());
        let top = days.iter().map(Day::total).max().unwrap_or(0).max(1);
        let mut spark = Self {
            summary: match total.as_str() {
                "0" => format!("No calls in {} days", days.len()),
                "1" => format!("1 call in {} days", days.len()),
                _ => format!("{total} calls in {} days", days.len()),
            },
            total,
            ..Self::default()
        };
        for (day, x) in days.iter().zip((0u32..90).step_by(3)) {
            let mut y = 20.0;
            for (path, calls) in [
                (&mut spark.accepted, day.accepted),
                (&mut spark.refused, day.refused),
                (&mut spark.dead, day.dead),
            ] {
                if calls > 0 {
                    let height = 18.0 * count(calls) / count(top);
                    let (from, rise) = (decimal(y), decimal(height));
                    let _ = write!(path, "M{x} {from}v-{rise}h2v{rise}z");
                    y -= height;
                }
            }
        }
        spark
    }
}

/// The distance of two lines of the axis, a round number, so that four of them hold the highest bar.
fn step(highest: u64) -> u64 {
    let least = highest.div_ceil(LINES).max(1);
    let mut decade = 1;
    loop {
        for round in [10_u64, 12, 15, 20, 25, 30, 40, 50, 60, 80] {
            let tenths = round * decade;
            if tenths.is_multiple_of(10) && tenths / 10 >= least {
                return tenths / 10;
            }
        }
        decade *= 10;
    }
}

/// Evenly chosen days, the first and the last among them.
fn spread(days: &[Day], wanted: usize) -> impl Iterator<Item = &Day> {
    let picked = wanted.min(days.len());
    (0..picked).map(move |n| &days[n * (days.len() - 1) / (picked - 1).max(1)])
}

/// `21870` as `21,870`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn decimal(number: f64) -> String {
    format!("{number:.1}")
}

#[expect(clippy::cast_precision_loss, reason = "a picture needs no more than 52 bits of a count")]
fn count(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(accepted: u64, refused: u64, dead: u64) -> Day {
        Day { label: "23 Oct".to_owned(), accepted, refused, dead }
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (21_870, "21,870"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_axis_is_round_and_holds_the_highest_bar() {
        for (highest, top) in
            [(0, 4), (1, 4), (4, 4), (5, 8), (9, 12), (17, 20), (212, 240), (2_598, 3_200)]
        {
            assert_eq!(step(highest) * LINES, top, "for {highest}");
        }
        for highest in 0..5_000 {
            assert!(step(highest) * LINES >= highest);
        }
    }

    #[test]
    fn a_bar_stacks_what_was_accepted_refused_and_dead() {
        let chart = Chart::of(&[day(2, 1, 1), day(0, 0, 0)]);
        let heights: Vec<_> =
            chart.bars[0].parts.iter().map(|part| (part.class, &*part.y, &*part.height)).collect();
        assert_eq!(
            heights,
            [("b-ok", "80.0", "80.0"), ("b-warn", "40.0", "40.0"), ("b-bad", "0.0", "40.0")]
        );
        assert!(chart.bars[1].parts.is_empty());
        assert_eq!(
            chart.summary,
            "Calls per day for 2 days: 2 accepted, 1 refused, 1 with a dead secret"
        );
        assert_eq!(chart.ticks, ["4", "3", "2", "1", "0"]);
    }

    #[test]
    fn a_month_has_every_day_of_it() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let used = [(today, 3), (today - Days::new(29), 2), (today - Days::new(30), 1)]
            .map(|(day, accepted)| tokens::Day { day, accepted, refused: 0, dead: 0 });
        let month = month(&used, today);
        assert_eq!((month.len(), &*month[0].label, &*month[29].label), (30, "23 Oct", "21 Nov"));
        assert_eq!(month.iter().map(Day::total).sum::<u64>(), 5);
    }

    #[test]
    fn days_without_calls_make_an_empty_picture() {
        let spark = Spark::of(&[day(0, 0, 0)]);
        assert_eq!((&*spark.summary, &*spark.accepted), ("No calls in 1 days", ""));
        assert!(Chart::of(&[]).bars.is_empty());
    }

    #[test]
    fn the_axis_names_the_first_and_the_last_day() {
        let days: Vec<_> = (1..=30).map(|n| Day { label: n.to_string(), ..day(1, 0, 0) }).collect();
        assert_eq!(Chart::of(&days).labels, ["1", "8", "15", "22", "30"]);
        assert_eq!(Chart::of(&days[..1]).labels, ["1"]);
    }
}
