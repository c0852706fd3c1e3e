//! Your own API on the framework and identity: one table, three endpoints at three levels, one error code.
#![deny(missing_docs)]

mod announcements;
mod create;
mod delete;
mod list;

pub use announcements::{ALREADY_ANNOUNCED, Announcement, Announcements, CODES, Error, Title};
pub use create::AnnouncementsCreate;
pub use delete::AnnouncementsDelete;
pub use list::AnnouncementsList;

use api::Entry;

/// All endpoints, for tests and for the OpenAPI document.
pub const CATALOGUE: &[Entry] = &[
    Entry::of::<AnnouncementsList>("announcements_list", include_str!("list.rs")),
    Entry::of::<AnnouncementsCreate>("announcements_create", include_str!("create.rs")),
    Entry::of::<AnnouncementsDelete>("announcements_delete", include_str!("delete.rs")),
];
