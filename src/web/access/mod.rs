//! Access control: who may do something in an organization, and with what.
pub mod members;
pub mod service_accounts;
