//! The keys of environments on their way to an account: wrapped to its public key while it asks, for
//! just what its token reaches at that moment. None is kept, so power that is gone hands out nothing.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{Environment, Vault, environments_of};
use crate::access::{Level, Power};
use crate::error::Result;
use crate::id::{OrganizationId, ProjectId};
use crate::projects::{self, Project};
use crate::secret::{Ciphertext, PublicKey};

/// A project, and those of its environments that someone may read.
pub type Readable = (Project, Vec<Environment>);

/// The keys of an environment, which only the account opens that they were wrapped to.
#[derive(Debug)]
pub struct Wrapped {
    pub seed: Ciphertext,
    pub salt: Ciphertext,
}

/// Every project whose secrets someone may read who has these powers.
pub fn readable(
    conn: &mut PgConnection,
    vault: &Vault,
    powers: &[(OrganizationId, Power)],
    now: DateTime<Utc>,
) -> Result<Vec<Readable>> {
    let organizations: Vec<_> = powers.iter().map(|(organization, _)| *organization).collect();
    let mut projects = projects::of_organizations(conn, &organizations)?;
    projects.retain(|project| {
        let power = powers.iter().find(|(id, _)| *id == project.organization_id);
        let name = Some(project.project_id.as_str());
        power.is_some_and(|(_, power)| power.allows("secrets", Level::Read, name))
    });
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let environments = environments_of(conn, vault, &ids, now)?;
    let with_its_own = |project: Project| {
        let own = environments.iter().filter(|environment| environment.project_id == project.id);
        let own = own.cloned().collect();
        (project, own)
    };
    Ok(projects.into_iter().map(with_its_own).collect())
}

impl Vault {
    /// # Errors
    /// When the keys were sealed under another instance key.
    pub fn wrap(&self, environment: &Environment, to: PublicKey) -> Result<Wrapped> {
        let (seed, salt) = self.keys(environment)?.wrap(to);
        Ok(Wrapped { seed, salt })
    }
}

/// An id for what has no row: the keys of this environment as this account has them. The same each
/// time, as clients keep it.
pub fn key_id(environment: &Environment, to: PublicKey) -> Uuid {
    let digest = Sha256::digest(format!("{} {to}", environment.id));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
