use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// A position in one list of one partition. Other lists refuse the cursor.
///
/// Cursors are not signed: a forged cursor only moves within a list that the caller may read anyway.
pub struct Cursor<'a> {
    /// The list's name.
    pub list: &'a str,
    /// The partition, such as the owner of the list.
    pub partition: &'a str,
}

impl Cursor<'_> {
    /// Encodes a position.
    pub fn encode(&self, position: &[&str]) -> String {
        let parts: Vec<&str> = [self.list, self.partition].iter().chain(position).copied().collect();
        URL_SAFE_NO_PAD.encode(serde_json::Value::from(parts).to_string())
    }

    /// Decodes the `N` parts of a position.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the text is not a cursor of this list.
    pub fn decode<const N: usize>(&self, text: &str) -> Result<[String; N]> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Cursor)?;
        let parts: Vec<String> = serde_json::from_slice(&json).map_err(|_| Error::Cursor)?;
        match parts.split_at_checked(2) {
            Some(([list, partition], position)) if list == self.list && partition == self.partition => {
                position.to_vec().try_into().map_err(|_| Error::Cursor)
            }
            _ => Err(Error::Cursor),
        }
    }
}
