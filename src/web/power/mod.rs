//! The part of a form that says what something may do: role, projects, permissions. Tokens and
//! service accounts are given power by the same fields.
mod form;
mod view;

pub use form::PowerForm;
pub use view::{Choices, PowerView};
