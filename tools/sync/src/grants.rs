use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::{Grant, NoGrant};
use project::{Error, File, Result};

/// The grants of each function, by the name of its binary. They were recorded from the calls that all tests made, and
/// people review them: nobody writes them by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(pub BTreeMap<String, BTreeSet<Grant>>);

impl Grants {
    /// The reviewed file. Each grant is one line.
    pub const FILE: &'static str = "docs/grants.json";

    /// Reads the reviewed grants.
    ///
    /// # Errors
    /// When the file can't be read, or a line is no grant.
    pub fn read(root: &Path) -> Result<Self> {
        let file = File::current(root, Self::FILE)?;
        let failed = |cause: &str| Error::form(Self::FILE, cause);
        let texts: BTreeMap<String, Vec<String>> =
            serde_json::from_str(&file.text).map_err(|error| failed(&error.to_string()))?;
        let mut grants = BTreeMap::new();
        for (function, texts) in texts {
            let read = texts.iter().map(|text| text.parse().map_err(|error: NoGrant| failed(&error.to_string())));
            grants.insert(function, read.collect::<Result<_>>()?);
        }
        Ok(Self(grants))
    }

    /// The file with these grants.
    ///
    /// # Errors
    /// When the grants can't be written as JSON.
    pub fn file(&self) -> Result<File> {
        let texts = |grants: &BTreeSet<Grant>| grants.iter().map(Grant::to_string).collect::<Vec<_>>();
        let with_grants = self.0.iter().filter(|(_, grants)| !grants.is_empty());
        let texts: BTreeMap<&String, Vec<String>> =
            with_grants.map(|(function, grants)| (function, texts(grants))).collect();
        let text = serde_json::to_string_pretty(&texts).map_err(|error| Error::form(Self::FILE, error))?;
        Ok(File::new(Self::FILE, text + "\n"))
    }

    /// The grants of one function.
    pub fn of(&self, function: &str) -> BTreeSet<Grant> {
        self.0.get(function).cloned().unwrap_or_default()
    }
}
