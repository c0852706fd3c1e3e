use toml_edit::{DocumentMut, Item, value};

use super::name::Name;

/// What Cargo.toml says about the project.
#[derive(Debug, PartialEq, Eq)]
pub struct Project {
    /// The name now.
    pub name: Name,
    /// The version of the packages.
    pub version: String,
    /// Whether it is somebody's own project already.
    pub is_started: bool,
}

impl Project {
    /// Reads Cargo.toml.
    ///
    /// # Errors
    /// When the name or the version is missing.
    pub fn read(manifest: &str) -> Result<Self, String> {
        let manifest: DocumentMut = manifest.parse().map_err(|error| format!("{error}"))?;
        let workspace = manifest.get("workspace");
        let text = |table: &str, key: &str| Some(workspace?.get(table)?.get(key)?.as_str()?.to_owned());
        let project = workspace.and_then(|workspace| workspace.get("metadata")?.get("project"));
        let name = project.and_then(|project| project.get("name")?.as_str());
        Ok(Self {
            name: Name::parse(name.ok_or("`name` is missing in [workspace.metadata.project]")?)?,
            version: text("package", "version").ok_or("`version` is missing in [workspace.package]")?,
            is_started: project.is_some_and(|project| project.get("started-from").is_some()),
        })
    }
}

/// Cargo.toml with the version that the project was started from.
///
/// # Errors
/// When [workspace.metadata.project] is missing.
pub fn with_started_from(manifest: &str, version: &str) -> Result<String, String> {
    let mut manifest: DocumentMut = manifest.parse().map_err(|error| format!("{error}"))?;
    let workspace = manifest.get_mut("workspace").and_then(|workspace| workspace.get_mut("metadata"));
    let project = workspace.and_then(|metadata| metadata.get_mut("project")).and_then(Item::as_table_mut);
    project.ok_or("[workspace.metadata.project] is missing")?.insert("started-from", value(version));
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nversion = \"1.2.0\" # now\n\n\
        [workspace.metadata.project]\n# Ours.\nname = \"blue-river\"\n\n[profile.dev]\ndebug = 1\n";

    #[test]
    fn a_manifest_keeps_what_a_project_was_started_from() {
        let project = Project::read(MANIFEST).unwrap();
        assert_eq!((project.name.to_string(), project.version.as_str()), ("blue-river".to_owned(), "1.2.0"));
        assert!(!project.is_started);
        let started = with_started_from(MANIFEST, "1.2.0").unwrap();
        assert_eq!(started, MANIFEST.replace("river\"\n", "river\"\nstarted-from = \"1.2.0\"\n"));
        assert!(Project::read(&started).unwrap().is_started);
    }

    #[test]
    fn a_manifest_without_the_name_is_refused() {
        let unnamed = MANIFEST.replace("name = ", "title = ");
        assert_eq!(Project::read(&unnamed).unwrap_err(), "`name` is missing in [workspace.metadata.project]");
        assert_eq!(with_started_from("", "1").unwrap_err(), "[workspace.metadata.project] is missing");
    }
}
