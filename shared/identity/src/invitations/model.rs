use api::FromPath;
use auth::UserId;
use dynamo::{Item, Result, Row, Table, millis, number, rfc3339, schema, text};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::mail_tokens::{AcceptInvitation, Purpose};
use crate::names::Email;
use crate::wished_role::WishedRole;

#[derive(Debug)]
pub(crate) struct InvitationsTable;

impl Table for InvitationsTable {
    const NAME: &'static str = "invitations";
    const KEY: &'static [&'static str] = &["id"];
}

/// The id of an invitation in a path. It becomes the id of the account, so an invitation makes at most one.
pub struct InvitationId(pub UserId);

impl FromPath for InvitationId {
    const NAME: &'static str = "invitation_id";

    fn from_path(text: &str) -> Option<Self> {
        UserId::parse(text).map(Self)
    }
}

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Invitation {
    /// The invitation's id, which becomes the id of the account.
    #[schemars(with = "schema::Id")]
    pub id: UserId,
    /// The invited address. It may have been stored under older rules.
    #[schemars(with = "String", example = &"ada@example.com")]
    pub email: Email,
    /// The role that was wished for, or `null`. The invitation does not give it.
    pub role: Option<WishedRole>,
    /// The id of the user who invited. `null` if it was an operator.
    #[schemars(with = "Option<schema::Id>")]
    pub invited_by: Option<UserId>,
    /// When the invitation was made.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub created_at: Timestamp,
    /// When the invitation ends.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub expires_at: Timestamp,
}

impl Invitation {
    /// A new invitation. `id` must be new.
    pub fn new(id: UserId, email: Email, role: Option<WishedRole>, by: Option<UserId>, now: Timestamp) -> Self {
        let ends = now.saturating_add(AcceptInvitation::LIFE).unwrap_or(now);
        // The end is stored in seconds.
        let expires_at = Timestamp::from_second(ends.as_second()).unwrap_or(ends);
        Self { id, email, role, invited_by: by, created_at: now, expires_at }
    }

    pub(super) fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<InvitationsTable>(item);
        let role = |name: &str| WishedRole::parse(name).map_err(|_| row.corrupt("role"));
        Ok(Self {
            id: row.user_id("id")?,
            email: Email::stored(row.text("email")?),
            role: row.has("role").then(|| row.text("role").and_then(role)).transpose()?,
            invited_by: row.has("invited_by").then(|| row.user_id("invited_by")).transpose()?,
            created_at: row.millis("created_at")?,
            expires_at: row.seconds("expires_at")?,
        })
    }

    pub(super) fn item(&self) -> Item {
        let mut item = dynamo::item([
            ("id", text(self.id)),
            ("email", text(&self.email)),
            ("created_at", millis(self.created_at)),
            ("expires_at", number(self.expires_at.as_second())),
        ]);
        item.extend(self.role.map(|role| ("role".to_owned(), text(role.as_str()))));
        item.extend(self.invited_by.map(|by| ("invited_by".to_owned(), text(by))));
        item
    }
}
