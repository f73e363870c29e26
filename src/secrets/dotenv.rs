//! `.env` files, read and written. Ours, and not a library's: those put variables of the process into
//! what they read, and the server's are nobody's to have.
use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::words::{self, MOST_AT_ONCE};

/// One line of a file, with its number.
#[derive(Debug, Clone)]
pub struct Entry {
    pub line: usize,
    pub key: String,
    pub value: SecretString,
}

/// Reads `KEY=value`, one a line: bare, in single quotes as it stands, or in double quotes with
/// escapes. In quotes it may go over lines. Empty lines and those that begin with `#` say nothing.
///
/// # Errors
/// What is wrong and on which line, without a word of what stands there.
pub fn parse(text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let (mut entries, mut lines) = (Vec::new(), HashMap::new());
    while let Some(entry) = reader.entry()? {
        if let Some(first) = lines.insert(entry.key.clone(), entry.line) {
            return Err(format!("Line {} names again what line {first} has.", entry.line));
        }
        if entries.len() == MOST_AT_ONCE {
            return Err(format!(
                "Line {} is one too many: paste at most {MOST_AT_ONCE}.",
                entry.line
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// What [`parse`] reads, and a shell too. A name that would not be read is left out: clients with
/// keys may have made any, also one that ends the line.
pub fn print<'e>(entries: impl Iterator<Item = (&'e str, &'e SecretString)>) -> SecretString {
    let mut text = Zeroizing::new(String::new());
    for (key, value) in entries.filter(|(key, _)| words::key(key).is_ok_and(|read| read == **key)) {
        text.push_str(key);
        text.push('=');
        push_value(&mut text, value.expose_secret());
        text.push('\n');
    }
    text.as_str().into()
}

fn push_value(text: &mut String, value: &str) {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if value.chars().all(is_bare) {
        text.push_str(value);
    } else if !value.contains(['\'', '\n', '\r']) {
        text.push('\'');
        text.push_str(value);
        text.push('\'');
    } else {
        text.push('"');
        for c in value.chars() {
            match c {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '"' | '\\' | '$' | '`' => text.extend(['\\', c]),
                c => text.push(c),
            }
        }
        text.push('"');
    }
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    fn entry(&mut self) -> Result<Option<Entry>, String> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            if self.rest.is_empty() {
                return Ok(None);
            }
            if !self.rest.starts_with(['\n', '#']) {
                return self.assignment().map(Some);
            }
            self.take_line();
        }
    }

    fn assignment(&mut self) -> Result<Entry, String> {
        let line = self.line;
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let Some(equals) = self.rest[..end].find('=') else {
            return Err(format!("Line {line} has no equals sign: write KEY=value."));
        };
        let name = self.rest[..equals].trim();
        let name = name.strip_prefix("export ").unwrap_or(name);
        let key = words::key(name)
            .map_err(|why| format!("Line {line} has a name that will not do. {why}"))?;
        self.rest = self.rest[equals + 1..].trim_start_matches([' ', '\t']);
        let value = match self.rest.chars().next() {
            Some('\'') => self.quoted('\'')?,
            Some('"') => self.quoted('"')?,
            _ => self.bare(),
        };
        Ok(Entry { line, key, value })
    }

    fn bare(&mut self) -> SecretString {
        let line = self.take_line();
        let end = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
        let value = if line.starts_with('#') { "" } else { &line[..end] };
        value.trim().into()
    }

    fn quoted(&mut self, quote: char) -> Result<SecretString, String> {
        let begun = self.line;
        let mut value = Zeroizing::new(String::new());
        let mut letters = self.rest[1..].char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                c if c == quote => {
                    self.rest = &self.rest[at + 2..];
                    let after = self.take_line().trim();
                    return if after.is_empty() || after.starts_with('#') {
                        Ok(value.as_str().into())
                    } else {
                        Err(format!("Line {begun} goes on after its closing quote."))
                    };
                }
                '\\' if quote == '"' => match letters.next().map(|(_, next)| next) {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                    Some(c) => value.extend(['\\', c]),
                    None => break,
                },
                c => {
                    self.line += usize::from(c == '\n');
                    value.push(c);
                }
            }
        }
        Err(format!("Line {begun} opens a quote that is never closed."))
    }

    /// The rest of the line, without its end.
    fn take_line(&mut self) -> &'t str {
        self.line += 1;
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line.strip_suffix('\r').unwrap_or(line)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let entries = parse(text).unwrap().into_iter();
        entries.map(|entry| (entry.key, entry.value.expose_secret().to_owned())).collect()
    }

    fn one(text: &str) -> String {
        let mut entries = read(text);
        assert_eq!(entries.len(), 1, "{text}");
        entries.remove(0).1
    }

    #[test]
    fn the_usual_spellings_are_read() {
        for (text, value) in [
            ("A=b", "b"),
            ("A=", ""),
            ("  A = b c  ", "b c"),
            ("export A=b", "b"),
            ("A=b # why", "b"),
            ("A=b#c", "b#c"),
            ("A=# why", ""),
            ("A='b # c' # why", "b # c"),
            (r#"A="b\n\"c\" \$d \q""#, "b\n\"c\" $d \\q"),
            ("A='b\nc'", "b\nc"),
            ("A='${HOME}'", "${HOME}"),
            ("A=${HOME}", "${HOME}"),
            ("A=b\r\n", "b"),
        ] {
            assert_eq!(one(text), value, "{text:?}");
        }
        let text = "\u{feff}# first\n\na=1\r\n\n  # second\nB='2\n3'\nC=4";
        let pairs = [("A", "1"), ("B", "2\n3"), ("C", "4")];
        assert_eq!(read(text), pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_without_its_text() {
        for (text, said) in [
            ("A=1\nhush", "Line 2 has no equals sign: write KEY=value."),
            ("A=1\n=hush", "Line 2 has a name that will not do."),
            ("A B=hush", "Line 1 has a name that will not do."),
            ("\nA='hush", "Line 2 opens a quote that is never closed."),
            ("A=\"hush\\", "Line 1 opens a quote that is never closed."),
            ("A='hush' hush", "Line 1 goes on after its closing quote."),
            ("A='1\n2'\na=hush", "Line 3 names again what line 1 has."),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.starts_with(said) && !wrong.contains("hush"), "{text:?}: {wrong}");
        }
    }

    #[test]
    fn no_more_is_read_than_one_call_takes() {
        let most: Vec<_> = (0..MOST_AT_ONCE).map(|at| format!("KEY_{at}=")).collect();
        let most = most.join("\n");
        assert_eq!(read(&most).len(), MOST_AT_ONCE);
        let wrong = parse(&format!("{most}\nONE=more")).unwrap_err();
        assert!(wrong.starts_with("Line 10001 is one too many"), "{wrong}");
    }

    #[test]
    fn a_name_adds_no_line() {
        let value = SecretString::from("1");
        let printed = print([("A\nB", &value), ("C=D", &value), ("GOOD", &value)].into_iter());
        assert_eq!(printed.expose_secret(), "GOOD=1\n");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(
            pairs in prop::collection::btree_map("[A-Z_][A-Z0-9_.]{0,8}", "(?s).{0,40}", 0..6)
        ) {
            let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key, SecretString::from(value))).collect();
            let printed = print(pairs.iter().map(|(key, value)| (key.as_str(), value)));
            let wanted = pairs.iter().map(|(key, value)| (key.clone(), value.expose_secret().to_owned()));
            prop_assert_eq!(read(printed.expose_secret()), wanted.collect::<Vec<_>>());
        }

        #[test]
        fn nothing_makes_the_reader_stumble(text in "(?s)[A='\"\\\\# \n$x]{0,60}|(?s).{0,60}") {
            let _ = parse(&text);
        }
    }
}
