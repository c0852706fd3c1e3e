use std::any::Any;
use std::fmt;

/// A user's record as the store of accounts read it, so that no code has to read it again during the call. Only code
/// that can name the type of the record can read it back.
pub struct AccountRecord(Box<dyn Any + Send + Sync>);

impl AccountRecord {
    /// Keeps a record.
    pub fn new(record: impl Any + Send + Sync) -> Self {
        Self(Box::new(record))
    }

    /// The record, if it is a `T`.
    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.downcast_ref()
    }
}

/// Shows nothing of the record, which can contain the hash of a password.
impl fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountRecord(..)")
    }
}
