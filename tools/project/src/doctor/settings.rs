use std::path::Path;

use toml_edit::{DocumentMut, Item};

use crate::error::{Error, Result};
use crate::file::File;

/// The files of the repository that say what is needed.
pub(super) struct Settings {
    pub(super) rust: String,
    /// The targets of the architectures in samconfig.toml.
    pub(super) targets: Vec<String>,
    requirements: String,
    samconfig: DocumentMut,
}

impl Settings {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let rust = toml(root, "Cargo.toml")?;
        let rust = at(rust.as_item(), &["workspace", "package", "rust-version"]).and_then(Item::as_str);
        let rust = rust.ok_or_else(|| Error::form("Cargo.toml", "has no workspace.package.rust-version"))?.to_owned();
        let samconfig = toml(root, "samconfig.toml")?;
        let requirements = File::current(root, ".ci/requirements.txt")?.text;
        let mut settings = Self { rust, targets: Vec::new(), requirements, samconfig };
        for (_, architecture) in settings.values("build", "Architecture") {
            let file = format!("tools/architectures/{architecture}/target.mk");
            let text = File::current(root, &file)?.text;
            let target = text.trim().strip_prefix("TARGET := ").ok_or_else(|| Error::form(file, "has no TARGET"))?;
            if !settings.targets.iter().any(|known| known == target) {
                settings.targets.push(target.to_owned());
            }
        }
        Ok(settings)
    }

    /// A package with its version in .ci/requirements.txt, such as `cargo-lambda==1.9.2`.
    pub(super) fn pinned<'a>(&'a self, package: &'a str) -> &'a str {
        let pins = |line: &&str| line.split("==").next() == Some(package);
        self.requirements.lines().find(pins).unwrap_or(package)
    }

    /// The environments of samconfig.toml, and their values of a parameter for `build` or `deploy`.
    pub(super) fn values(&self, command: &str, parameter: &str) -> Vec<(String, String)> {
        let environments = self.samconfig.iter();
        let values = environments.filter_map(|(environment, item)| {
            let list = at(item, &[command, "parameters", "parameter_overrides"])?.as_array()?;
            let value = list.iter().filter_map(|one| one.as_str()?.split_once('='));
            let value = value.filter(|(name, _)| *name == parameter).map(|(_, value)| value).next()?;
            Some((environment.to_owned(), value.to_owned()))
        });
        values.collect()
    }
}

fn toml(root: &Path, path: &str) -> Result<DocumentMut> {
    File::current(root, path)?.text.parse().map_err(|error: toml_edit::TomlError| Error::form(path, error))
}

fn at<'a>(item: &'a Item, path: &[&str]) -> Option<&'a Item> {
    path.iter().try_fold(item, |item, name| item.get(name))
}
