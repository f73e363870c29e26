//! Errors of the core, in the words of the command line.
use anyhow::anyhow;

use crate::error::Error;

/// Names the flag of every field that is wrong; `flags` has those that are not called like it.
pub fn told(error: Error, flags: &[(&str, &str)]) -> anyhow::Error {
    let Error::Invalid(problems) = error else { return error.into() };
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| {
            let other = flags.iter().find(|(field, _)| *field == problem.field);
            let flag = other.map_or_else(
                || format!("--{}", problem.field.replace('_', "-")),
                |(_, flag)| (*flag).to_owned(),
            );
            format!("{flag}: {}", problem.message)
        })
        .collect();
    anyhow!(lines.join("\n       "))
}
