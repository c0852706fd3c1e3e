//! Finds the endpoints: each file in `functions/src/bin` is one. Writes the modules and the catalogue for `lib.rs`.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The methods of one path are in this order.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// A file with an endpoint.
struct Endpoint {
    path: String,
    method: usize,
    name: String,
    /// The type that implements `Endpoint`.
    kind: String,
    file: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../src/bin").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut endpoints = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            match Endpoint::read(&file) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(cause) => println!("cargo::error={}: {cause}", file.display()),
            }
        }
    }
    endpoints.sort_by(|a, b| (&a.path, a.method, &a.name).cmp(&(&b.path, b.method, &b.name)));
    let out = Path::new(&env::var("OUT_DIR")?).join("endpoints.rs");
    Ok(fs::write(out, code(&endpoints)?)?)
}

impl Endpoint {
    fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file)?;
        let route = text.strip_prefix("//! `").and_then(|rest| rest.split_once('`')).map(|(route, _)| route);
        let route = route.and_then(|route| route.split_once(' '));
        let (method, path) = route.ok_or("the first line begins with the route: //! `GET /v1/orders`: ...")?;
        let method = METHODS.iter().position(|known| *known == method).ok_or(format!("no method {method} is known"))?;
        let mut kinds = text.lines().filter_map(|line| line.trim_start().strip_prefix("impl Endpoint for "));
        let (kind, other) = (kinds.next(), kinds.next());
        let kind =
            kind.and_then(|rest| rest.split_whitespace().next()).ok_or("there is no `impl Endpoint for`")?.to_owned();
        // What the tests check must be what the executable serves.
        if other.is_some() || text.matches("serve::<").count() != 1 || !text.contains(&format!("serve::<{kind}>()")) {
            return Err(
                format!("a file has one `impl Endpoint for`, and its `main` serves it: serve::<{kind}>()").into()
            );
        }
        let name = file.file_stem().and_then(|name| name.to_str()).ok_or("the name is no text")?.to_owned();
        Ok(Self { path: path.to_owned(), method, name, kind, file: file.to_owned() })
    }
}

fn code(endpoints: &[Endpoint]) -> Result<String, std::fmt::Error> {
    let (mut modules, mut entries) = (String::new(), String::new());
    for Endpoint { name, kind, file, .. } in endpoints {
        writeln!(modules, "    #[path = {file:?}]\n    pub mod {name};")?;
        writeln!(entries, "    Entry::of::<bin::{name}::{kind}>({name:?}, include_str!({file:?})),")?;
    }
    // `main` belongs to the binary.
    let modules = format!("#[expect(dead_code)]\nmod bin {{\n{modules}}}\n");
    let entries = format!("pub const CATALOGUE: &[Entry] = &[\n{entries}];\n");
    Ok(format!("{modules}\n/// All endpoints, in the order of their routes.\n{entries}"))
}
