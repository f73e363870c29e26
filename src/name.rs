//! Names that people give: trimmed, 1 to 80 characters, nothing in them that cannot be seen.
use derive_more::Display;

/// A name that was checked. Only [`Name::parse`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Display)]
pub struct Name(String);

impl Name {
    pub const MOST: usize = 80;

    /// # Errors
    /// What is wrong and what to do, for the field's message.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("Give it a name.");
        }
        if text.chars().count() > Self::MOST {
            return Err("Use at most 80 characters.");
        }
        if text.chars().any(is_unseen) {
            return Err("Leave out line breaks and other control characters.");
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, line separators, and what turns the direction of text around.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(Name::parse("  CI  ").unwrap().as_str(), "CI");
        assert!(Name::parse(&"ö".repeat(80)).is_ok());
        assert!(Name::parse(&"ö".repeat(81)).is_err());
        for bad in ["", "   ", "a\nb", "a\u{0}b", "a\u{202e}b", "a\u{7f}b"] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
