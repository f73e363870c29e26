//! Organization settings, for owners: its name, what its tokens may be, and its resources.
pub mod general;
pub mod policies;
pub mod resources;
