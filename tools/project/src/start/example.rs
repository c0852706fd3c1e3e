//! Removes the example domain. What belongs to it is found by rule, not by a list of places: files and folders with its
//! name, lines of code that name it, and parts of documents that speak of it.

use toml_edit::{Array, DocumentMut, Item, TableLike};

use super::{documents::without_blocks, grants, is_own};
use crate::{Changes, Error, Result};

/// The package and its folders.
const DOMAIN: &str = "shop";
/// Its resources: the first words of its functions, and its tables.
const RESOURCES: [&str; 2] = ["products", "favorites"];
/// How documents also call these.
const IN_PROSE: [&str; 3] = ["product", "favourite", "favourites"];

/// Removes the domain. `cargo project sync` does the rest, in the files that follow from the code.
///
/// # Errors
/// When the domain is gone already, or a file is not as expected.
pub fn remove(changes: &mut Changes, files: &[String]) -> Result<()> {
    if !changes.exists(&format!("{DOMAIN}/Cargo.toml")) {
        return Err(Error::Refused("The example domain is gone already: leave out --without-shop".to_owned()));
    }
    for path in files.iter().filter(|path| !is_own(path)) {
        if !changes.exists(path) {
            continue;
        }
        if is_of_domain(path) {
            changes.delete(path)?;
            continue;
        }
        let Some(text) = changes.text_if_any(path)? else { continue };
        let text = without_domain(path, &text).map_err(|cause| Error::form(path, cause))?;
        changes.edit(path, |_| Ok(text))?;
    }
    Ok(())
}

/// Whether a file is the domain's alone.
fn is_of_domain(path: &str) -> bool {
    let names = || path.split('/').map(|name| name.split('.').next().unwrap_or_default());
    let function = path.strip_prefix("functions/src/bin/").is_some_and(is_resource);
    // The same endpoint in another language, in a folder for each language.
    let peer = path.strip_prefix("tools/bench/peers/").and_then(|rest| rest.split_once('/'));
    function || peer.is_some_and(|(_, file)| is_resource(file)) || names().any(|name| name == DOMAIN)
}

/// Whether a name is a resource, or begins with one, such as `products_list`.
fn is_resource(name: &str) -> bool {
    let is_rest = |rest: &str| rest.is_empty() || rest.starts_with('_');
    RESOURCES.iter().any(|resource| name.strip_prefix(resource).is_some_and(is_rest))
}

/// The text of another file without what names the domain, or a file that is gone.
fn without_domain(path: &str, text: &str) -> Result<String, String> {
    let names_domain = |line: &&str| has_word(line, |word| word == DOMAIN);
    match path.rsplit(['.', '/']).next() {
        Some("rs" | "py") => Ok(text.split_inclusive('\n').filter(|line| !names_domain(line)).collect()),
        Some("md") if path != "CHANGELOG.md" => Ok(without_blocks(text, speaks_of_domain)),
        Some("toml") if path.ends_with("Cargo.toml") => manifest(text),
        Some("yaml") if path == "template.yaml" => Ok(template(text)),
        Some("json") if path == "docs/grants.json" => grants::without(&RESOURCES, is_resource, text),
        _ => Ok(text.to_owned()),
    }
}

fn has_word(text: &str, is_it: impl Fn(&str) -> bool) -> bool {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(is_it)
}

fn speaks_of_domain(text: &str) -> bool {
    let of_domain = |word: &str| word == DOMAIN || IN_PROSE.contains(&word) || is_resource(word);
    has_word(text, |word| of_domain(&word.to_lowercase()))
}

/// A manifest without the package, and without suites whose files are gone.
fn manifest(text: &str) -> Result<String, String> {
    let mut manifest: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    for table in ["dependencies", "dev-dependencies"] {
        remove_key(manifest.get_mut(table));
    }
    if let Some(workspace) = manifest.get_mut("workspace").and_then(Item::as_table_mut) {
        remove_key(workspace.get_mut("dependencies"));
        for list in ["members", "default-members"] {
            workspace.get_mut(list).and_then(Item::as_array_mut).into_iter().for_each(remove_value);
        }
    }
    if let Some(suites) = manifest.get_mut("test").and_then(Item::as_array_of_tables_mut) {
        suites.retain(|suite| !suite.get("path").and_then(Item::as_str).is_some_and(is_of_domain));
    }
    Ok(manifest.to_string())
}

fn remove_key(table: Option<&mut Item>) {
    if let Some(table) = table.and_then(Item::as_table_like_mut) {
        TableLike::remove(table, DOMAIN);
    }
}

fn remove_value(list: &mut Array) {
    list.retain(|value| value.as_str() != Some(DOMAIN));
}

/// template.yaml without the domain's resources. No library edits YAML with comments and CloudFormation's tags.
fn template(text: &str) -> String {
    let is_gone = |id: &str| RESOURCES.iter().any(|resource| id.to_lowercase().starts_with(resource));
    let mut in_gone = false;
    let lines = text.split_inclusive('\n').filter(|line| {
        let inner = line.strip_prefix("  ").unwrap_or_default();
        if !line.trim().is_empty() && !inner.starts_with(' ') {
            in_gone = !inner.is_empty() && inner.trim_end().strip_suffix(':').is_some_and(is_gone);
        }
        !in_gone
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_are_the_domains_by_their_names() {
        for path in [
            "shop/src/lib.rs",
            "tests/shop/main.rs",
            "tests/fuzz/shop.py",
            "functions/src/bin/favorites_add.rs",
            "tools/bench/peers/node/products_get.mjs",
        ] {
            assert!(is_of_domain(path), "{path}");
        }
        for path in ["docs/shops.md", "workshop/lib.rs", "functions/src/bin/users_list.rs", "shared/products_list.rs"] {
            assert!(!is_of_domain(path), "{path}");
        }
    }

    #[test]
    fn manifests_lose_the_package_and_suites_without_files() {
        let before = "[workspace]\nmembers = [\"a\", \"shop\", \"b\"] # all\n\n[workspace.dependencies]\n\
            serde = \"1\"\nshop = { path = \"shop\" }\n\n[dependencies]\nshop.workspace = true\n\n\
            # Few.\n[[test]]\nname = \"shop\"\npath = \"shop/main.rs\"\n\n\
            [[test]]\npath = \"tidy/main.rs\"\n";
        let after = "[workspace]\nmembers = [\"a\", \"b\"] # all\n\n[workspace.dependencies]\nserde = \"1\"\n\n\
            [dependencies]\n\n[[test]]\npath = \"tidy/main.rs\"\n";
        assert_eq!(manifest(before).unwrap(), after);
    }

    #[test]
    fn the_template_loses_the_domains_resources() {
        let before = "Resources:\n  # One.\n  UsersTable:\n    Type: A\n\n  ProductsTable:\n    Type: A\n    B:\n      \
            C: D\n\n  FavoritesListLogs:\n    Type: B\n\n  # Two.\n  SessionsTable:\n    Type: A\n\nOutputs:\n  Url: 1\n";
        let after = "Resources:\n  # One.\n  UsersTable:\n    Type: A\n\n  # Two.\n  SessionsTable:\n    Type: A\n\n\
            Outputs:\n  Url: 1\n";
        assert_eq!(template(before), after);
    }

    #[test]
    fn code_loses_the_lines_that_name_the_domain() {
        let code = "mod shop;\nmod workshop;\nuse tests::shop::prepare;\nlet shops = 1;\n";
        assert_eq!(without_domain("a.rs", code).unwrap(), "mod workshop;\nlet shops = 1;\n");
    }
}
