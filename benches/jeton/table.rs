//! The table of everything that was measured.
use std::fmt::Write as _;

/// How a figure is held against another.
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

pub struct Table {
    rows: Vec<String>,
}

impl Table {
    pub fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// `figure` is what the bound is on: a ratio, or a figure that stands for itself.
    pub fn row(&mut self, what: &str, measured: &str, against: &str, figure: f64, bound: Bound) {
        let (word, wanted, met) = match bound {
            Bound::AtLeast(least) => ("at least", least, figure >= least),
            Bound::AtMost(most) => ("at most", most, figure <= most),
        };
        let missed = if met { "" } else { " **missed**" };
        let row =
            format!("| {what} | {measured} | {against} | {figure:.2}{missed} | {word} {wanted} |");
        println!("{row}");
        self.rows.push(row);
    }

    pub fn report(&self) -> String {
        let mut report = "# What Jeton costs\n\n`make bench` makes this table: each figure beside \
            the one that it is held against, medians of rounds taken in turn, in one run on one \
            machine.\n\n| what | measured | against | figure | wanted |\n|---|---|---|---|---|\n"
            .to_owned();
        for row in &self.rows {
            let _ = writeln!(report, "{row}");
        }
        report
    }
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The figure that so many of a hundred do not exceed.
pub fn percentile(mut figures: Vec<f64>, of: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[(figures.len() * of / 100).min(figures.len() - 1)]
}
