use api::{Act, AuditEntry, Code, Committed, DomainError, ErrorRow, FromPath, Once};
use auth::{Staff, Superuser};
use dynamo::{Db, Invalid, Item, PRINTABLE, Row, Table, TableClient, check_printable, key};
use schemars::JsonSchema;
use serde::Serialize;

/// An announcement with this title exists.
pub const ALREADY_ANNOUNCED: Code = Code::new(409, "already_announced", "There is an announcement with this title.");

/// All codes of this domain.
pub const CODES: &[Code] = &[ALREADY_ANNOUNCED];

/// A failed change of announcements.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of DynamoDB.
    #[error(transparent)]
    Database(#[from] dynamo::Error),
    /// An announcement with this title exists.
    #[error("the title is announced already")]
    AlreadyAnnounced,
}

impl DomainError for Error {
    fn row(&self) -> ErrorRow {
        match self {
            Error::Database(error) => error.into(),
            Error::AlreadyAnnounced => ALREADY_ANNOUNCED.row(),
        }
    }
}

dynamo::text_type!(
    /// A title: 1 to 100 characters, all printable, and not only blanks.
    Title,
    check_title,
    { "type": "string", "minLength": 1, "maxLength": 100, "pattern": PRINTABLE, "examples": ["Closed on Monday"] }
);

fn check_title(text: &str) -> Result<(), Invalid> {
    check_printable(text, 1, 100, "must have 1 to 100 characters, all printable, and not only blanks")
}

impl FromPath for Title {
    const NAME: &'static str = "title";

    fn from_path(text: &str) -> Option<Self> {
        Title::parse(text).ok()
    }
}

/// An announcement.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Announcement {
    /// The title.
    pub title: Title,
}

/// The table: private, so that only this file reaches it.
#[derive(Debug)]
struct AnnouncementsTable;

impl Table for AnnouncementsTable {
    const NAME: &'static str = "announcements";
    const KEY: &'static [&'static str] = &["title"];
}

/// Table `announcements`.
#[derive(Clone, Debug)]
pub struct Announcements(TableClient<AnnouncementsTable>);

api::table_part! {
    Announcements: AnnouncementsTable::NAME;
}

impl Announcements {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// All announcements, at most a hundred. One that can't be read is left out.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn list(&self) -> dynamo::Result<Vec<Announcement>> {
        let output = self.0.scan(100).send().await?;
        let items = output.items.unwrap_or_default();
        Ok(items.iter().filter_map(|item| self.0.readable(item, read)).collect())
    }

    /// Adds an announcement, for staff, at most once for each idempotency key.
    ///
    /// # Errors
    /// [`Error::AlreadyAnnounced`], or when DynamoDB does not answer.
    pub async fn insert(&self, act: &Act<'_, Staff>, title: &Title, once: &Once) -> Result<Committed, Error> {
        let item = key("title", title);
        let entry = AuditEntry::of("announcements_created", subject(title));
        match act.write(self.0.db(), vec![self.0.insert_part(item)?], entry, Some(once)).await? {
            Committed::Failed(_) => Err(Error::AlreadyAnnounced),
            done => Ok(done),
        }
    }

    /// Deletes an announcement, if it exists, for superusers.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete(&self, act: &Act<'_, Superuser>, title: &Title) -> dynamo::Result<()> {
        let Some(item) = self.0.get(key("title", title)).await? else { return Ok(()) };
        let entry = AuditEntry::of("announcements_deleted", subject(title));
        // A failed condition means that another superuser was faster.
        act.write(self.0.db(), vec![self.0.remove_part(&item, &[])?], entry, None).await.map(drop)
    }
}

/// The subject of acts on an announcement.
fn subject(title: &Title) -> String {
    format!("announcements/{title}")
}

fn read(item: &Item) -> dynamo::Result<Announcement> {
    let row = Row::new::<AnnouncementsTable>(item);
    Ok(Announcement { title: Title::stored(row.text("title")?) })
}
