//! Makes a clone of this repository somebody's own project: another name, without the example domain if so wished.

mod documents;
mod example;
mod git;
mod grants;
mod manifest;
mod name;
mod ours;
mod tools;
mod words;

use std::path::Path;

use manifest::Project;
pub use name::LONGEST;
use name::Name;
pub(crate) use name::RESERVED;
use words::Words;

use crate::{Changes, Error, Result, rustfmt};

/// Files of others, which are not renamed. .gitattributes names them, too.
const VENDORED: &str = "functions/assets/docs/swagger-ui";
/// Files of this command. Names in them are examples.
const OWN: [&str; 2] = ["tools/project/src/start/", "tools/project/src/commands/start.rs"];
const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// What to start.
#[derive(Debug)]
pub struct Start<'a> {
    /// The new name, such as `blue-river`.
    pub name: &'a str,
    /// Whether to remove the example domain.
    pub without_shop: bool,
    /// Whether changes that are not committed are allowed.
    pub allow_dirty: bool,
}

/// What was done.
#[derive(Debug)]
pub struct Started {
    /// The new name in a title, such as `Blue River`.
    pub title: String,
    /// How many files are changed, deleted or renamed.
    pub files: usize,
}

/// Starts the project in `root`. Tells `progress` about each step. At the end, `then` writes the files that follow from
/// the code, in the changed repository.
///
/// # Errors
/// When the name is refused, changes are not committed, or a file is not as expected. Then no file is changed.
pub fn start(
    root: &Path,
    start: &Start<'_>,
    progress: impl Fn(&str),
    then: impl FnOnce() -> Result<()>,
) -> Result<Started> {
    let new = Name::parse(start.name).map_err(Error::Refused)?;
    let files = git::files(root)?;
    if !start.allow_dirty {
        git::check_clean(root)?;
    }
    let mut changes = Changes::new(root);
    let project = Project::read(&changes.text(MANIFEST)?).map_err(|cause| Error::form(MANIFEST, cause))?;
    if new == project.name {
        return Err(Error::Refused(format!("The name of the project is `{new}` already")));
    }
    if !project.is_started {
        ours::remove(&mut changes, &files, &project.version)?;
        changes.edit(MANIFEST, |text| manifest::with_started_from(text, &project.version))?;
    }
    if start.without_shop {
        progress("Removing the example domain");
        example::remove(&mut changes, &files)?;
    }
    progress(&format!("Renaming {} to {new} in {} files", project.name, files.len()));
    rename(&mut changes, &files, &project.name, &new)?;
    changes.edit_each(|path| path.ends_with(".rs"), |path, code| rustfmt::formatted(root, path, code))?;
    progress("Updating Cargo.lock");
    let files = changes.apply_and(|| tools::update_lock(root).and_then(|()| then()))?.len();
    Ok(Started { title: new.styled(name::Style::Title), files })
}

/// Whether a file belongs to this command.
fn is_own(path: &str) -> bool {
    OWN.iter().any(|own| path.starts_with(own))
}

/// Renames the project in all files, and in their paths.
fn rename(changes: &mut Changes, files: &[String], old: &Name, new: &Name) -> Result<()> {
    let words = |name: &Name| Words::of(name).map_err(|cause| Error::Refused(format!("`{name}`: {cause}")));
    let (old_words, new_words) = (words(old)?, words(new)?);
    check_lock(&changes.text(LOCK)?, &old_words)?;
    for path in files.iter().filter(|path| !path.starts_with(VENDORED) && !is_own(path)) {
        // Files that are not text have no name.
        let Some(text) = changes.text_if_any(path)? else { continue };
        check_unused(path, &text, new, &new_words)?;
        if let Some(text) = old_words.replaced(&text, new) {
            changes.edit(path, |_| Ok(text))?;
        }
        if let Some(moved) = old_words.replaced(path, new) {
            changes.rename(path, &moved)?;
        }
    }
    Ok(())
}

/// Refuses a name that is a word of the code already: a later rename could not tell the two apart. Prose may have it.
fn check_unused(path: &str, text: &str, new: &Name, words: &Words) -> Result<()> {
    match words.line(text) {
        Some(line) if !path.ends_with(".md") => Err(Error::Refused(format!(
            "`{new}` can't be the name of a project: it is in use, in {path}, line {line}. Choose another, such as \
             `{new}-api`"
        ))),
        _ => Ok(()),
    }
}

/// Refuses if a package of others has the old name: it must keep it.
fn check_lock(lock: &str, old: &Words) -> Result<()> {
    let lock: toml_edit::DocumentMut = lock.parse().map_err(|error| Error::form(LOCK, error))?;
    let packages = lock.get("package").and_then(toml_edit::Item::as_array_of_tables).into_iter().flatten();
    let of_others = packages.filter(|package| package.contains_key("source"));
    let mut names = of_others.filter_map(|package| package.get("name")?.as_str());
    match names.find(|name| old.line(name).is_some()) {
        Some(name) => {
            Err(Error::form(LOCK, format!("`{name}` has the name of this project, but is a package of others")))
        }
        None => Ok(()),
    }
}
