//! What a call asks for, as types: a handler's signature says who may call it.
use crate::access::Level;

/// `resource:level`, held by whoever calls.
pub trait Permission: 'static {
    const RESOURCE: &'static str;
    const LEVEL: Level;

    fn name() -> String {
        format!("{}:{}", Self::RESOURCE, Self::LEVEL)
    }
}

pub enum ReadOrganization {}
impl Permission for ReadOrganization {
    const RESOURCE: &'static str = "organization";
    const LEVEL: Level = Level::Read;
}

pub enum ManageOrganization {}
impl Permission for ManageOrganization {
    const RESOURCE: &'static str = "organization";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadTokens {}
impl Permission for ReadTokens {
    const RESOURCE: &'static str = "tokens";
    const LEVEL: Level = Level::Read;
}

pub enum ManageTokens {}
impl Permission for ManageTokens {
    const RESOURCE: &'static str = "tokens";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadServiceAccounts {}
impl Permission for ReadServiceAccounts {
    const RESOURCE: &'static str = "service_accounts";
    const LEVEL: Level = Level::Read;
}

pub enum ManageServiceAccounts {}
impl Permission for ManageServiceAccounts {
    const RESOURCE: &'static str = "service_accounts";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadProjects {}
impl Permission for ReadProjects {
    const RESOURCE: &'static str = "projects";
    const LEVEL: Level = Level::Read;
}

pub enum WriteProjects {}
impl Permission for WriteProjects {
    const RESOURCE: &'static str = "projects";
    const LEVEL: Level = Level::Write;
}

pub enum ManageProjects {}
impl Permission for ManageProjects {
    const RESOURCE: &'static str = "projects";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadPolicy {}
impl Permission for ReadPolicy {
    const RESOURCE: &'static str = "policies";
    const LEVEL: Level = Level::Read;
}

pub enum ManagePolicy {}
impl Permission for ManagePolicy {
    const RESOURCE: &'static str = "policies";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadMembers {}
impl Permission for ReadMembers {
    const RESOURCE: &'static str = "members";
    const LEVEL: Level = Level::Read;
}

pub enum ManageMembers {}
impl Permission for ManageMembers {
    const RESOURCE: &'static str = "members";
    const LEVEL: Level = Level::Manage;
}

pub enum ReadAudit {}
impl Permission for ReadAudit {
    const RESOURCE: &'static str = "audit";
    const LEVEL: Level = Level::Read;
}

pub enum ReadSecrets {}
impl Permission for ReadSecrets {
    const RESOURCE: &'static str = "secrets";
    const LEVEL: Level = Level::Read;
}

pub enum WriteSecrets {}
impl Permission for WriteSecrets {
    const RESOURCE: &'static str = "secrets";
    const LEVEL: Level = Level::Write;
}

pub enum ManageSecrets {}
impl Permission for ManageSecrets {
    const RESOURCE: &'static str = "secrets";
    const LEVEL: Level = Level::Manage;
}
