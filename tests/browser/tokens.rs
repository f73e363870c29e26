//! Organization settings > Tokens: from the first look to the last call.
mod changing;
mod ending;
mod finding;
mod making;
