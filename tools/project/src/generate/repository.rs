//! Facts about the repository, read from its files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use crate::error::{Error, Result};
use crate::start::RESERVED;

const BIN: &str = "functions/src/bin";

/// The sources of the packages that use all domains.
const DEPENDENTS: [&str; 4] = ["functions/catalogue/src", "functions/src", "tests/support", "tools/local/src"];

/// An endpoint that there is.
#[derive(Debug)]
pub struct Endpoint {
    pub name: String,
    pub method: String,
    pub path: String,
}

/// All endpoints, from the first lines of their files.
pub fn endpoints(root: &Path) -> Result<Vec<Endpoint>> {
    let mut found = Vec::new();
    for (file, text) in rust_files(root, BIN)? {
        let route = text.strip_prefix("//! `").and_then(|rest| rest.split_once('`')).map(|(route, _)| route);
        let name = Path::new(&file).file_stem().and_then(|name| name.to_str());
        if let (Some((method, path)), Some(name)) = (route.and_then(|route| route.split_once(' ')), name) {
            found.push(Endpoint { name: name.to_owned(), method: method.to_owned(), path: path.to_owned() });
        }
    }
    Ok(found)
}

/// The texts of all `calls.json`, with the good calls of endpoints.
pub fn calls(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for suite in std::fs::read_dir(root.join("tests")).map_err(Error::io("tests"))? {
        let file = suite.map_err(Error::io("tests"))?.path().join("calls.json");
        if file.exists() {
            found.push(std::fs::read_to_string(&file).map_err(Error::io(file.display().to_string()))?);
        }
    }
    Ok(found)
}

/// Path and text of every Rust file in a folder.
pub fn rust_files(root: &Path, folder: &str) -> Result<Vec<(String, String)>> {
    let (mut folders, mut found) = (vec![PathBuf::from(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        let io = || Error::io(folder.display().to_string());
        for entry in std::fs::read_dir(root.join(&folder)).map_err(io())? {
            let path = folder.join(entry.map_err(io())?.file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(root.join(&path));
                found.push((path.display().to_string(), text.map_err(Error::io(path.display().to_string()))?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The names of a package and of its targets.
fn targets(manifest: &DocumentMut) -> Vec<String> {
    let kinds = ["test", "bin", "bench", "example"].into_iter().filter_map(|kind| manifest.get(kind));
    let tables = kinds.filter_map(Item::as_array_of_tables).flatten();
    let named = tables.filter_map(|table| table.get("name"));
    let own = ["package", "lib"].into_iter().filter_map(|table| manifest.get(table)?.get("name"));
    own.chain(named).filter_map(Item::as_str).map(str::to_owned).collect()
}

/// The manifest of the workspace.
pub struct Workspace(DocumentMut);

impl Workspace {
    pub fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join("Cargo.toml")).map_err(Error::io("Cargo.toml"))?;
        text.parse().map(Self).map_err(|error| Error::form("Cargo.toml", error))
    }

    fn get(&self, path: &[&str]) -> Option<&Item> {
        path.iter().try_fold(self.0.as_item(), |item, name| item.get(name))
    }

    /// The domains: the members at the top of the repository.
    pub fn domains(&self) -> Vec<String> {
        let members = self.get(&["workspace", "members"]).and_then(Item::as_array);
        let members = members.into_iter().flatten().filter_map(|member| member.as_str());
        let at_the_top = members.filter(|member| !member.contains('/') && !["functions", "tests"].contains(member));
        at_the_top.map(str::to_owned).collect()
    }

    /// The name of the project.
    pub fn project(&self) -> Option<&str> {
        self.get(&["workspace", "metadata", "project", "name"])?.as_str()
    }

    /// The names that a new crate can't have, as Rust writes them: those of packages, dependencies and suites, of modules
    /// that would hide the crate, and of crates that come with Rust.
    pub fn taken(&self, root: &Path) -> Result<BTreeSet<String>> {
        let table = self.get(&["workspace", "dependencies"]).and_then(Item::as_table_like);
        let dependencies = table.into_iter().flat_map(|table| table.iter().map(|(name, _)| name.to_owned()));
        let mut names: Vec<String> = dependencies.chain(RESERVED.split_whitespace().map(str::to_owned)).collect();
        for folder in self.packages(root)? {
            let path = folder.join("Cargo.toml");
            let text = std::fs::read_to_string(root.join(&path)).map_err(Error::io(path.display().to_string()))?;
            let manifest: DocumentMut = text.parse().map_err(|error| Error::form(path.display().to_string(), error))?;
            names.extend(targets(&manifest));
        }
        for folder in DEPENDENTS {
            let files = rust_files(root, folder)?;
            names.extend(files.iter().flat_map(|(file, _)| file.split(['/', '.'])).map(str::to_owned));
        }
        Ok(names.into_iter().map(|name| name.replace('-', "_")).collect())
    }

    /// The folders of all packages of the workspace.
    fn packages(&self, root: &Path) -> Result<Vec<PathBuf>> {
        let members = self.get(&["workspace", "members"]).and_then(Item::as_array);
        let mut found = Vec::new();
        for member in members.into_iter().flatten().filter_map(|member| member.as_str()) {
            let Some(parent) = member.strip_suffix("/*") else {
                found.push(PathBuf::from(member));
                continue;
            };
            for entry in std::fs::read_dir(root.join(parent)).map_err(Error::io(parent))? {
                found.push(Path::new(parent).join(entry.map_err(Error::io(parent))?.file_name()));
            }
        }
        found.retain(|folder| root.join(folder).join("Cargo.toml").exists());
        Ok(found)
    }

    /// The domain that is meant: the given one, the only one, or a new one with the name of the project.
    pub fn domain(&self, given: Option<&str>) -> Result<String> {
        let domains = self.domains();
        match (given, &domains[..]) {
            (Some(given), _) => Ok(given.to_owned()),
            (None, [only]) => Ok(only.clone()),
            (None, []) => {
                let project = self.project().map(|name| name.replace('-', "_"));
                project.ok_or_else(|| Error::Refused("there is no domain yet: name one with --domain".to_owned()))
            }
            (None, several) => {
                Err(Error::Refused(format!("there are several domains: add --domain with {}", several.join(" or "))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_domain_is_the_only_one_or_has_the_name_of_the_project() {
        let workspace = |members: &str, project: &str| {
            let text = format!("[workspace]\nmembers = [\"functions\", \"shared/*\", \"tests\"{members}]\n{project}");
            Workspace(text.parse().unwrap())
        };
        let project = "[workspace.metadata.project]\nname = \"red-lantern\"\n";
        assert_eq!(workspace("", project).domain(None).unwrap(), "red_lantern");
        assert_eq!(workspace(", \"garden\"", project).domain(None).unwrap(), "garden");
        assert_eq!(workspace(", \"garden\"", project).domain(Some("depot")).unwrap(), "depot");
        for (members, cause) in [("", "there is no domain yet"), (", \"a\", \"b\"", "add --domain with a or b")] {
            let error = workspace(members, "").domain(None).unwrap_err().to_string();
            assert!(error.contains(cause), "{error}");
        }
    }
}
