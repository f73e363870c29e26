//! Access control: who may do something in an organization, and with what.
pub mod authentication;
pub mod change;
pub mod create;
pub mod invite;
pub mod members;
pub mod removal;
mod seat_form;
pub mod service_accounts;
