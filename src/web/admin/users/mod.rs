//! Platform admin > Users: everyone who has an account here, and what is done about them.
mod list;
mod one;
mod verbs;

use serde::Deserialize;

use crate::id::UserId;

pub use list::{create, list, new};
pub use one::page;
pub use verbs::{
    ask_to_disable, ask_to_empower, ask_to_link, ask_to_weaken, disable, empower, enable, link,
    weaken,
};

const AT: &str = "/admin/users";

#[derive(Deserialize)]
pub struct One {
    user: UserId,
}

impl One {
    fn url(&self) -> String {
        format!("{AT}/{}", self.user)
    }
}
