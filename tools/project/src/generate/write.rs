use std::path::Path;

use minijinja::Value;

use crate::changes::Changes;
use crate::error::Result;
use crate::generate::domain::{self, Domain};
use crate::generate::edits;
use crate::generate::render::{formatted, render};
use crate::generate::repository::Workspace;
use crate::generate::request::{Generated, NewResource, Owner};
use crate::generate::resource::Resource;
use crate::generate::view;

/// Writes a resource: its table and module in the domain, five endpoints, tests and documents.
///
/// # Errors
/// When a name is taken, a file exists, or the repository has another form.
pub fn new_resource(root: &Path, new: &NewResource<'_>) -> Result<Generated> {
    let resource = Resource::read(root, new)?;
    let mut changes = Changes::new(root);
    resource.check(root, &changes)?;
    let values = view::values(&resource);
    let domain = Domain { name: &resource.domain, root };
    if !Workspace::read(root)?.domains().contains(&resource.domain) {
        domain.create(&mut changes, &values)?;
    }
    domain.add_dependencies(&mut changes)?;
    write_module(&domain, &mut changes, &resource, &values)?;
    write_endpoints(root, &mut changes, &resource, &values)?;
    domain.add_tests(
        &mut changes,
        resource.many.snake(),
        &render("tests.rs", &values)?,
        &render("calls.json", &values)?,
    )?;
    let table = render("table.yaml", &values)?;
    changes.edit("template.yaml", |text| edits::table(text, &table))?;
    let rows = render("events.md", &values)?;
    changes.edit("docs/events.md", |text| edits::rows(text, "| event | members | meaning |\n", &rows))?;
    Ok(Generated { changes, next: next(&resource) })
}

/// Writes the module of the domain, and names it in `lib.rs`.
fn write_module(domain: &Domain<'_>, changes: &mut Changes, resource: &Resource, values: &Value) -> Result<()> {
    let (many, pascal) = (resource.many.snake(), resource.many.pascal());
    let path = format!("{}/src/{many}.rs", domain.name);
    changes.create(&path, formatted(domain.root, &path, &render("domain_module.rs", values)?)?)?;
    let mut uses = vec![format!("pub use {many}::{{{}}};", resource.types().join(", "))];
    match resource.owner {
        Owner::User => {
            let line = format!("        {many}: crate::{many}::{pascal},");
            domain.edit_one_with(changes, "pub struct Owned {", |text| {
                edits::in_block(text, "pub struct Owned {", &line)
            })?;
        }
        Owner::Nobody => {
            domain.add_authority(changes, &render("authority.rs", values)?)?;
            domain.add_demo(changes, values)?;
            uses.push(format!("pub use authority::{{Deletes{pascal}, Edits{pascal}}};"));
        }
    }
    let events: Vec<String> = domain::VERBS_OF_EVENTS.iter().map(|verb| format!("{many}_{verb}")).collect();
    domain.edit(changes, "lib.rs", |text| {
        let text = edits::module(text, many)?;
        let text = uses.iter().try_fold(text, |text, line| edits::public_use(&text, line))?;
        edits::in_list(&text, "pub const EVENTS: &[&str] = &[", &events)
    })
}

const ENDPOINTS: [&str; 5] = ["list", "get", "create", "update", "delete"];

fn write_endpoints(root: &Path, changes: &mut Changes, resource: &Resource, values: &Value) -> Result<()> {
    for verb in ENDPOINTS {
        let path = format!("functions/src/bin/{}_{verb}.rs", resource.many.snake());
        changes.create(&path, formatted(root, &path, &render(&format!("{verb}.rs"), values)?)?)?;
    }
    Ok(())
}

/// The commands that follow.
fn next(resource: &Resource) -> String {
    let many = resource.many.snake();
    let mut record: String = ENDPOINTS.iter().map(|verb| format!(" --record {many}_{verb}")).collect();
    if resource.owner == Owner::User {
        record.push_str(&format!(" --record user_erase --suite {}", resource.domain));
    }
    format!(
        "Next: record the calls of the endpoints, which become their grants. This also writes the documents:\n\n  \
         cargo project sync{record}\n\n\
         Then review `git diff`, add the rules of your own to {domain}/src/{many}.rs, and test them in\n\
         tests/{domain}/{many}.rs: cargo test --package tests --test {domain}",
        domain = resource.domain,
    )
}
