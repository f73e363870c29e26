//! The pages of platform admins: who is here, and how the instance is.
mod dialog;
pub mod health;
pub mod keys;
pub mod organizations;
mod pager;
pub mod policy;
pub mod users;

use actix_web::HttpResponse;

use super::{PlatformAdmin, page};

pub use dialog::LinkDialog;

pub async fn start(_: PlatformAdmin) -> HttpResponse {
    page::see_other("/admin/users")
}
