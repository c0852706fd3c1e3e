//! The files that follow from the code. `cargo project sync` writes them, and `tests/tidy` compares them.
#![deny(missing_docs)]

mod endpoints;
mod events;
mod fields;
mod grants;
mod policy;
mod record;
mod template;
mod watch;

use std::path::Path;

use catalogue::{CATALOGUE, CODES, EVENTS};
use project::{Error, File, Result};

pub use events::synced as events;
pub use grants::Grants;
pub use record::{measured, recorded};
pub use template::{spare_throttles, synced as template};

/// All files that follow from the code and from the reviewed grants, as they should be. `root` is the folder of the
/// repository.
///
/// # Errors
/// When a file can't be read, or has not the form that its text can be replaced in.
pub fn files(root: &Path) -> Result<Vec<File>> {
    let grants = Grants::read(root)?;
    let document = catalogue::openapi();
    let mut openapi = serde_json::to_string_pretty(&document).map_err(|error| Error::form("openapi", error))?;
    openapi.push('\n');
    let template = File::current(root, "template.yaml")?;
    let routes = File::current(root, "functions/Cargo.toml")?;
    let table = File::current(root, "docs/endpoints.md")?;
    let fields = File::current(root, "docs/fields.md")?;
    let log = File::current(root, "docs/events.md")?;
    let template = template.replaced(|text| template::synced(text, CATALOGUE, &grants))?;
    // The policy is that of the new template.
    let policy = policy::policy(&template.text)?;
    Ok(vec![
        template,
        routes.replaced(|text| watch::synced(text, CATALOGUE))?,
        table.replaced(|text| endpoints::synced(text, CATALOGUE))?,
        fields.replaced(|text| Ok(fields::synced(text, CATALOGUE, &document)))?,
        log.replaced(|text| events::synced(text, CODES, EVENTS))?,
        File::new("docs/openapi.json", openapi),
        File::new("docs/policy.txt", policy),
    ])
}

/// What people have to do, because no file can be written for it.
///
/// # Errors
/// When template.yaml can't be read.
pub fn left_to_do(root: &Path) -> Result<Vec<String>> {
    let template = File::current(root, "template.yaml")?;
    let spare = spare_throttles(&template.text, CATALOGUE).map_err(|cause| Error::form(&template.path, cause))?;
    let line = |route| {
        format!(
            "template.yaml: no endpoint has the route {route} of RouteSettings. Remove it by docs/deploy.md, section 3"
        )
    };
    Ok(spare.into_iter().map(line).collect())
}
