//! `--expires-in`: a number and a unit, or never.
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::policies::Expiry;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    Never,
    For(TimeDelta),
}

impl Lifetime {
    pub fn from(self, now: DateTime<Utc>) -> Expiry {
        match self {
            Self::Never => Expiry::Never,
            Self::For(time) => Expiry::At(now + time),
        }
    }
}

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let wanted = "expected a number and h, d or w, such as 12h, 30d or 2w; or never";
        let unit = text.chars().next_back().ok_or(wanted)?;
        let one = match unit {
            'h' => TimeDelta::hours(1),
            'd' => TimeDelta::days(1),
            'w' => TimeDelta::weeks(1),
            _ => return Err(wanted),
        };
        // Two bytes of any unit stay within what an instant can be.
        let number: u16 = text[..text.len() - 1].parse().map_err(|_| wanted)?;
        if number == 0 {
            return Err(wanted);
        }
        Ok(Self::For(one * number.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_days_and_weeks_are_understood() {
        assert_eq!("12h".parse(), Ok(Lifetime::For(TimeDelta::hours(12))));
        assert_eq!("30d".parse(), Ok(Lifetime::For(TimeDelta::days(30))));
        assert_eq!("2w".parse(), Ok(Lifetime::For(TimeDelta::days(14))));
        assert_eq!("never".parse(), Ok(Lifetime::Never));
        for bad in ["", "d", "30", "30 d", "0d", "-1d", "1.5d", "30dd", "99999d", "1y", "3ö"] {
            assert!(bad.parse::<Lifetime>().is_err(), "{bad:?}");
        }
    }
}
