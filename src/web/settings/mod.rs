//! Organization settings, for owners: its name, what its tokens may be, its resources, what
//! services that Jeton protects are set up with, and who is told what becomes of tokens.
pub mod general;
pub mod policies;
pub mod protect;
pub mod resources;
pub mod webhooks;
