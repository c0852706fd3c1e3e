use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use crate::error::{Error, Result, io};

/// The packages that the server is built from.
pub(super) struct Workspace {
    pub(super) root: PathBuf,
    /// No folder is in another one.
    pub(super) folders: BTreeSet<PathBuf>,
}

/// The output of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    /// For `[dev-dependencies]`: `dev`.
    kind: Option<String>,
    /// Of a package of the workspace.
    path: Option<PathBuf>,
}

impl Package {
    fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    fn needs(&self) -> impl Iterator<Item = &PathBuf> {
        let built = self.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        built.filter_map(|dependency| dependency.path.as_ref())
    }
}

impl Workspace {
    /// Asks cargo.
    pub(super) async fn read() -> Result<Self> {
        let mut cargo = Command::from(xtask::cargo("metadata"));
        cargo.args(["--no-deps", "--format-version=1"]).stderr(Stdio::null()).kill_on_drop(true);
        let output = cargo.output().await.map_err(io("cargo metadata"))?;
        let unreadable = |error: serde_json::Error| Error::Watch(format!("cargo metadata: {error}"));
        let metadata: Metadata = serde_json::from_slice(&output.stdout).map_err(unreadable)?;
        Ok(Self { folders: folders(&metadata.packages), root: metadata.workspace_root })
    }
}

/// The folders of `local` and of everything that it depends on, and of the packages around them: the catalogue contains
/// the files of `functions`.
fn folders(packages: &[Package]) -> BTreeSet<PathBuf> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<&Package> = packages.iter().filter(|package| package.name == "local").collect();
    while let Some(package) = open.pop() {
        if needed.insert(package.folder()) {
            let needs: Vec<_> = package.needs().collect();
            open.extend(packages.iter().filter(|other| needs.iter().any(|need| *need == other.folder())));
        }
    }
    let outermost = |folder: &&Path| {
        let around = packages.iter().map(Package::folder).filter(|other| folder.starts_with(other));
        around.min_by_key(|other| other.components().count()).unwrap_or(folder).to_owned()
    };
    needed.iter().map(outermost).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_of_the_server_are_found() {
        let package = |name: &str, folder: &str, needs: &[(&str, Option<&str>)]| Package {
            name: name.to_owned(),
            manifest_path: Path::new("/r").join(folder).join("Cargo.toml"),
            dependencies: needs
                .iter()
                .map(|(path, kind)| Dependency {
                    kind: kind.map(str::to_owned),
                    path: Some(Path::new("/r").join(path)),
                })
                .collect(),
        };
        let packages = [
            package("local", "tools/local", &[("functions/catalogue", None), ("tests", Some("dev"))]),
            package("catalogue", "functions/catalogue", &[("garden", None)]),
            package("functions", "functions", &[("garden", None)]),
            package("garden", "garden", &[]),
            package("tests", "tests", &[]),
            package("admin", "tools/admin", &[]),
        ];
        let expected = ["functions", "garden", "tools/local"].map(|folder| Path::new("/r").join(folder));
        assert_eq!(folders(&packages), BTreeSet::from(expected));
    }
}
