//! Projects > a project > Secrets: what its applications are given to run with, by environment.
pub mod act;
pub mod compare;
pub mod detail;
pub mod edit;
pub mod environment;
pub mod file;
mod ground;
pub mod list;
pub mod own;
pub mod reveal;
pub mod switch;

use serde::Deserialize;

use crate::id::SecretId;

/// The path names the organization too, which the proof has read.
#[derive(Clone, Deserialize)]
pub struct InProject {
    project: String,
}

#[derive(Clone, Deserialize)]
pub struct InEnvironment {
    project: String,
    environment: String,
}

#[derive(Clone, Deserialize)]
pub struct OneSecret {
    project: String,
    environment: String,
    secret: SecretId,
}

#[derive(Clone, Deserialize)]
pub struct OneVersion {
    project: String,
    environment: String,
    secret: SecretId,
    version: i32,
}
