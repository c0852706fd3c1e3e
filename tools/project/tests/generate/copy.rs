use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use project::generate::{NewEndpoint, NewResource, Owner, new_endpoint, new_resource};
use tempfile::TempDir;

/// The paths and texts of a folder.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

const SKIPPED: [&str; 5] = [".aws-sam", ".git", ".local", "node_modules", "target"];

pub fn files(folder: &Path) -> Files {
    let (mut folders, mut found) = (vec![folder.to_owned()], Files::new());
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if !entry.is_dir() {
                found.insert(entry.strip_prefix(folder).unwrap().to_owned(), fs::read(&entry).unwrap());
            } else if !SKIPPED.iter().any(|name| entry.ends_with(name)) {
                folders.push(entry);
            }
        }
    }
    found
}

/// A copy of the repository.
pub struct Copy(pub TempDir);

impl Copy {
    pub fn new() -> Self {
        let copy = tempfile::tempdir().unwrap();
        for (path, text) in files(&xtask::root()) {
            let file = copy.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        Self(copy)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Makes the resource, in a domain `depot`. Returns the words for people, or the error.
    pub fn resource(&self, name: &str, owner: Owner, fields: &[&str]) -> Result<String, String> {
        self.resource_in("depot", name, owner, fields)
    }

    /// Makes the resource, in this domain.
    pub fn resource_in(&self, domain: &str, name: &str, owner: Owner, fields: &[&str]) -> Result<String, String> {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let new = NewResource { name, singular: None, owner, fields: &fields, domain: Some(domain) };
        let generated = new_resource(self.0.path(), &new).map_err(|error| error.to_string())?;
        generated.changes.apply().map_err(|error| error.to_string())?;
        Ok(generated.next)
    }

    /// Makes an endpoint of the domain `depot`.
    pub fn endpoint(&self, name: &str, route: &str, level: &str, table: Option<&str>) -> Result<String, String> {
        let (method, path) = route.split_once(' ').unwrap();
        let new = NewEndpoint { name, method, path, level, table, domain: Some("depot") };
        let generated = new_endpoint(self.0.path(), &new).map_err(|error| error.to_string())?;
        generated.changes.apply().map_err(|error| error.to_string())?;
        Ok(generated.next)
    }

    /// Asserts that nothing changes, and that the error is one line with this text.
    #[track_caller]
    pub fn assert_refused(&self, cause: &str, make: impl FnOnce(&Self) -> Result<String, String>) {
        let before = files(self.0.path());
        let error = make(self).expect_err(cause);
        assert!(error.contains(cause) && !error.contains('\n'), "{error}");
        assert!(files(self.0.path()) == before, "{cause}: the tree is touched");
    }
}
