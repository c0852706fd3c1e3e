//! Invitations: the table `invitations`, and the accounts that are made of them. An invitation gives no role.

mod accept;
mod invitee;
mod model;
mod table;

pub use accept::{Acceptances, NewMember};
pub use invitee::{Invitee, Invitees};
pub(crate) use model::InvitationsTable;
pub use model::{Invitation, InvitationId};
pub use table::Invitations;
