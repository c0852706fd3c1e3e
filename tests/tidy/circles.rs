//! No file imports itself, directly or through other files.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources;

/// The files of a crate: their module paths, such as `error::rows`, and their texts without tests.
struct Crate {
    files: BTreeMap<Vec<String>, String>,
}

/// A path in a `use`, such as `crate::error::Error`, and its name in the file.
#[derive(Clone, Debug)]
struct Import {
    path: Vec<String>,
    name: String,
    public: bool,
}

impl Crate {
    /// The crate with these files. Paths start at its source folder.
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files = files.into_iter().map(|(path, text)| {
            let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                module.pop();
            }
            (module, text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned())
        });
        Self { files: files.collect() }
    }

    /// Every file, with the files from which it imports.
    fn graph(&self) -> BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> {
        let edges = |module| {
            let imports = imports(&self.files[module]);
            let all = imports.iter().map(|import| import.path.clone()).chain(inline(&self.files[module]));
            all.filter_map(|path| self.resolve(module, &path)).filter(|target| *target != module).collect()
        };
        self.files.keys().map(|module| (module, edges(module))).collect()
    }

    /// The file that defines the item at `path`, as seen from `module`.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<&Vec<String>> {
        let mut base = module.to_vec();
        let rest = match path.first()?.as_str() {
            "crate" => {
                base.clear();
                &path[1..]
            }
            "self" => &path[1..],
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                base.truncate(base.len().checked_sub(up)?);
                &path[up..]
            }
            child => {
                base.push(child.to_owned());
                if !self.files.contains_key(&base) {
                    return None;
                }
                &path[1..]
            }
        };
        let mut rest = rest;
        while let Some((first, others)) = rest.split_first() {
            base.push(first.clone());
            if !self.files.contains_key(&base) {
                base.pop();
                break;
            }
            rest = others;
        }
        let (module, _) = self.files.get_key_value(&base)?;
        let Some(item) = rest.first() else { return Some(module) };
        // A file that only re-exports the item does not define it.
        let passed_on = imports(&self.files[module]).into_iter().find(|import| import.public && import.name == *item);
        passed_on.and_then(|import| self.resolve(module, &import.path)).or(Some(module))
    }

    /// The files that import each other in a circle, each circle once.
    fn circles(&self) -> Vec<Vec<String>> {
        let graph = self.graph();
        let reach = |start| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
            while let Some(module) = open.pop() {
                open.extend(graph[module].iter().copied().filter(|next| seen.insert(*next)));
            }
            seen
        };
        let reached: BTreeMap<_, _> = graph.keys().map(|module| (*module, reach(*module))).collect();
        let circle = |module: &&Vec<String>| {
            let members = reached[*module].iter().filter(|other| reached[**other].contains(*module));
            members.map(|member| member.join("::")).collect::<Vec<_>>()
        };
        let circles: BTreeSet<_> = graph.keys().map(circle).filter(|circle| !circle.is_empty()).collect();
        circles.into_iter().collect()
    }
}

/// The imports without indentation. Indented imports belong to modules inside the file.
fn imports(text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for statement in text.split(";\n") {
        let Some(at) = statement.match_indices("use ").map(|(at, _)| at).find(|at| {
            let line = statement[..*at].rsplit('\n').next().unwrap_or_default();
            matches!(line, "" | "pub " | "pub(crate) " | "pub(super) ")
        }) else {
            continue;
        };
        let public = statement[..at].ends_with(['b', ')', ' ']) && !statement[..at].ends_with('\n') && at > 0;
        let tree: String = statement[at + 4..].split_whitespace().collect::<Vec<_>>().join(" ");
        expand(&tree, &[], public, &mut found);
    }
    found
}

/// Splits `a::{b, c as d}` into `a::b` and `a::c`.
fn expand(tree: &str, before: &[String], public: bool, found: &mut Vec<Import>) {
    let Some((head, inner)) = tree.split_once('{') else {
        let (path, name) = tree.trim().split_once(" as ").unwrap_or((tree.trim(), ""));
        let path: Vec<String> = before.iter().cloned().chain(path.split("::").map(str::to_owned)).collect();
        let name = if name.is_empty() { path.last().cloned().unwrap_or_default() } else { name.to_owned() };
        found.push(Import { path, name, public });
        return;
    };
    let head = head.split("::").filter(|part| !part.trim().is_empty()).map(|part| part.trim().to_owned());
    let before: Vec<String> = before.iter().cloned().chain(head).collect();
    let (mut depth, mut start) = (0, 0);
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = inner[start..at].trim();
                if !part.is_empty() {
                    expand(part, &before, public, found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The paths in the code itself that start with `crate::`.
fn inline(text: &str) -> Vec<Vec<String>> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//") && !line.starts_with("use "));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    let paths = code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with('$'));
    let end = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let paths = paths.map(|(at, _)| code[at..].split(end).next().unwrap_or_default());
    paths.map(|path| path.trim_end_matches(':').split("::").map(str::to_owned).collect()).collect()
}

#[test]
fn no_file_imports_in_a_circle() {
    let mut crates: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in sources() {
        // The source folder of the crate. Each suite of the tests is its own crate.
        let root = path.split_once("/src/").map(|(root, _)| format!("{root}/src/"));
        let root = root.unwrap_or_else(|| path.split('/').take(2).collect::<Vec<_>>().join("/") + "/");
        let file = path.strip_prefix(&root).unwrap_or(&path).to_owned();
        crates.entry(root).or_default().push((file, text));
    }
    assert!(crates.len() > 15, "the crates were not found: {:?}", crates.keys());
    let circles = crates.iter().flat_map(|(root, files)| {
        let files = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        Crate::new(files).circles().into_iter().map(move |circle| format!("{root}: {circle:?}"))
    });
    let circles: Vec<_> = circles.collect();
    assert!(circles.is_empty(), "files import in a circle: {circles:#?}");
}

#[test]
fn a_circle_is_found_through_a_module_that_passes_names_on() {
    let innocent = [
        ("lib.rs", "mod error;\nmod call;\npub use error::Error;\n"),
        ("error/mod.rs", "mod code;\nmod rows;\npub use code::Code;\npub use rows::{Error, Row as ErrorRow};\n"),
        ("error/code.rs", "pub struct Code;\n"),
        ("error/rows.rs", "use super::code::Code;\npub struct Error;\npub struct Row;\n"),
        ("call.rs", "use crate::error::{Code, ErrorRow};\n"),
    ];
    assert_eq!(Crate::new(innocent).circles(), Vec::<Vec<String>>::new());
    for guilty in
        ["use crate::call::call;\n", "use crate::{\n    call::{call},\n};\n", "fn f() {\n    crate::call::call();\n}\n"]
    {
        let files = innocent.map(|(path, text)| match path {
            "error/rows.rs" => (path, format!("{guilty}{text}")),
            _ => (path, text.to_owned()),
        });
        let files = files.iter().map(|(path, text)| (*path, text.as_str()));
        assert_eq!(Crate::new(files).circles(), [["call", "error::rows"].map(str::to_owned).to_vec()], "{guilty}");
    }
}
