//! Organization settings, for owners: its name, what its tokens may be, its resources, and what
//! services that Jeton protects are set up with.
pub mod general;
pub mod policies;
pub mod protect;
pub mod resources;
