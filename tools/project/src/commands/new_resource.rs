use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use project::Result;
use project::generate::{NewResource as Request, Owner as RequestedOwner, new_resource};

use super::finish;

/// Write a new resource: a table, five endpoints, tests and documents
///
/// The endpoints list, get, create, update and delete. With `--owner user`, each user has their own rows, which are
/// erased with the account. With `--owner nobody`, anyone reads, staff write, and superusers delete. Nothing is
/// overwritten.
#[derive(Args)]
#[command(after_help = "Fields are name:type[:range][:optional]. The types:\n\n  \
    name:text:1..200      text with so many characters; 1..200 if there is no range\n  \
    total:decimal         0 to 9999999.99, with two places\n  \
    count:integer:0..1000 a whole number in this range\n  \
    paid:boolean          true or false\n  \
    due:instant           a time, such as 2026-11-25T09:30:00Z\n\n\
    A row may lack a field that is :optional. A change can set the field, but not clear it.\n\n\
    Example:\n\n  \
    cargo project new-resource orders --owner user --field name:text:1..200 --field total:decimal")]
pub struct NewResource {
    /// The name: a plural, in snake case
    name: String,
    /// Who owns the rows
    #[arg(long)]
    owner: Owner,
    /// A field: name:type[:range][:optional]
    #[arg(long, value_name = "FIELD", required = true)]
    field: Vec<String>,
    /// The domain with the table. The only one, if there is one. It is created if there is none with this name
    #[arg(long)]
    domain: Option<String>,
    /// The singular of the name, if it is irregular
    #[arg(long)]
    singular: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Owner {
    User,
    Nobody,
}

impl NewResource {
    /// Writes the files.
    pub fn run(&self, root: &Path) -> Result<ExitCode> {
        let owner = match self.owner {
            Owner::User => RequestedOwner::User,
            Owner::Nobody => RequestedOwner::Nobody,
        };
        let (singular, domain) = (self.singular.as_deref(), self.domain.as_deref());
        finish(&new_resource(root, &Request { name: &self.name, singular, owner, fields: &self.field, domain })?)
    }
}
