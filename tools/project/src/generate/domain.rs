use std::path::Path;

use minijinja::{Value, context};

use crate::changes::Changes;
use crate::error::{Error, Result};
use crate::generate::edits;
use crate::generate::manifests;
use crate::generate::render::{formatted, render};
use crate::generate::repository::Workspace;

/// The ends of the names of a resource's events.
pub const VERBS_OF_EVENTS: [&str; 3] = ["changed", "created", "deleted"];

/// What the module of a resource depends on.
const DEPENDENCIES: [&str; 8] = ["api", "auth", "dynamo", "jiff", "operator", "schemars", "serde", "uuid"];

/// A crate at the top of the repository, and its suite of tests.
pub struct Domain<'a> {
    pub name: &'a str,
    pub root: &'a Path,
}

impl Domain<'_> {
    /// Creates the crate, and names it in every place that collects domains.
    pub fn create(&self, changes: &mut Changes, values: &Value) -> Result<()> {
        let name = self.name;
        let taken = Workspace::read(self.root)?.taken(self.root)?.contains(name);
        if taken || changes.exists(name) || changes.exists(&format!("tests/{name}")) {
            return Err(Error::Refused(format!(
                "`{name}` is the name of another crate, module, folder or suite: choose --domain"
            )));
        }
        changes.create(&format!("{name}/Cargo.toml"), render("domain.toml", values)?)?;
        for (file, template) in [("lib.rs", "domain_lib.rs"), ("parts.rs", "domain_parts.rs"), ("demo.rs", "demo.rs")] {
            let path = format!("{name}/src/{file}");
            changes.create(&path, formatted(self.root, &path, &render(template, values)?)?)?;
        }
        self.collect(changes)?;
        changes.create(&format!("tests/{name}/main.rs"), render("domain_suite.rs", values)?)?;
        changes.create(&format!("tests/{name}/calls.json"), "{\n}\n")?;
        changes.edit("tests/Cargo.toml", |text| manifests::suite(text, name))
    }

    /// Adds the dependencies that a module with a table needs, and that the crate lacks.
    pub fn add_dependencies(&self, changes: &mut Changes) -> Result<()> {
        let manifest = format!("{}/Cargo.toml", self.name);
        for dependency in DEPENDENCIES {
            changes.edit(&manifest, |text| {
                let line = format!("{dependency}.workspace = true");
                let there = manifests::has_dependency(text, dependency)?;
                if there { Ok(text.to_owned()) } else { manifests::dependency(text, "dependencies", dependency, &line) }
            })?;
        }
        Ok(())
    }

    /// Replaces the demo data of a domain that had none to show, once it has a resource that all share.
    pub fn add_demo(&self, changes: &mut Changes, values: &Value) -> Result<()> {
        let path = format!("{}/src/demo.rs", self.name);
        let without = formatted(self.root, &path, &render("demo.rs", &context! { user => true })?)?;
        if changes.text(&path)? != without {
            return Ok(());
        }
        let with = formatted(self.root, &path, &render("demo.rs", values)?)?;
        changes.edit(&path, |_| Ok(with))
    }

    /// The places that collect domains.
    fn collect(&self, changes: &mut Changes) -> Result<()> {
        let name = self.name;
        changes.edit("Cargo.toml", |text| {
            let text = manifests::member(text, name)?;
            manifests::dependency(&text, "workspace.dependencies", name, &format!("{name} = {{ path = \"{name}\" }}"))
        })?;
        for package in ["functions", "functions/catalogue", "tools/local"] {
            let line = format!("{name}.workspace = true");
            changes.edit(&format!("{package}/Cargo.toml"), |text| {
                manifests::dependency(text, "dependencies", name, &line)
            })?;
        }
        changes.edit("functions/catalogue/src/lib.rs", |text| {
            edits::in_block(text, "domains! {", &format!("    {name},"))
        })?;
        let owned = format!("        {name}: {name}::Owned,");
        changes
            .edit("functions/src/workers/user_erase.rs", |text| edits::in_block(text, "pub struct Owned {", &owned))?;
        let seed = format!("    {name}::demo::seed(context, &operator).await?;\n    Ok(())\n");
        changes.edit("tools/local/src/demo.rs", |text| edits::replaced(text, "    Ok(())\n", &seed))
    }

    /// Edits a source of the crate.
    pub fn edit(
        &self,
        changes: &mut Changes,
        file: &str,
        change: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<()> {
        let path = format!("{}/src/{file}", self.name);
        changes.edit(&path, change)?;
        let text = formatted(self.root, &path, &changes.text(&path)?)?;
        changes.edit(&path, |_| Ok(text))
    }

    /// Edits the source of the crate that has a text: `parts.rs`, or `lib.rs`.
    pub fn edit_one_with(
        &self,
        changes: &mut Changes,
        wanted: &str,
        change: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<()> {
        let has =
            |file: &&str| changes.text(&format!("{}/src/{file}", self.name)).is_ok_and(|text| text.contains(wanted));
        match ["parts.rs", "lib.rs"].into_iter().find(has) {
            Some(file) => self.edit(changes, file, change),
            None => Err(Error::form(
                format!("{}/src/parts.rs", self.name),
                format!("needs `api::owned_by_user! {{ {wanted} }} }}`, to which the new rows are added"),
            )),
        }
    }

    /// Adds traits to `authority.rs`, which is created if the crate has none.
    pub fn add_authority(&self, changes: &mut Changes, traits: &str) -> Result<()> {
        let path = format!("{}/src/authority.rs", self.name);
        if changes.exists(&path) {
            return self.edit(changes, "authority.rs", |text| Ok(format!("{text}\n{traits}")));
        }
        changes.create(&path, format!("{}{traits}", render("authority_head.rs", &Value::UNDEFINED)?))?;
        self.edit(changes, "lib.rs", |text| edits::module(text, "authority"))
    }

    /// Adds tests and good calls to the suite of the crate.
    pub fn add_tests(&self, changes: &mut Changes, module: &str, tests: &str, calls: &str) -> Result<()> {
        let suite = format!("tests/{}", self.name);
        let path = format!("{suite}/{module}.rs");
        changes.create(&path, formatted(self.root, &path, tests)?)?;
        changes.edit(&format!("{suite}/main.rs"), |text| edits::module(text, module))?;
        changes.edit(&format!("{suite}/calls.json"), |text| edits::members(text, calls))
    }
}
