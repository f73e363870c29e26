//! Application secrets: environments of a project, each with keys of its own, and what rests in them,
//! closed to those keys. What a secret says is known to whoever holds its environment's keys: clients
//! that were given them, and the server, which keeps them sealed under the instance key.
mod batch;
mod change;
mod closing;
mod compare;
pub mod dotenv;
mod environment;
mod environment_store;
mod handing;
mod import;
pub mod overrides;
mod store;
mod switch;
mod trail;
mod vault;
pub mod versions;
mod words;

use crate::projects::Project;

pub use change::{Change, New, Own, UNSEALED, change, create, delete, read, read_page};
pub use closing::{Opened, is_hidden};
pub use compare::{Compared, Difference, compare};
pub use environment::{
    Stage, create_environment, delete_environment, environments, environments_of, place, place_in,
    place_of, rename_environment,
};
pub use environment_store::Environment;
pub use handing::{Readable, Wrapped, key_id, readable};
pub use import::{Imported, import, plan as plan_import};
pub use store::{Filter, KEPT, Override, Read, Secret, counts, deleted, find, list, trim};
pub use switch::switch;
pub use vault::{Opener, Vault, unreadable};
pub use versions::Version;
pub use words::{Kind, MOST_AT_ONCE, MOST_VALUE, Plain, PlainChange, PlainOwn, key, path, tags};

/// An environment, and the project that it is of.
#[derive(Debug, Clone)]
pub struct Place {
    pub project: Project,
    pub environment: Environment,
}
