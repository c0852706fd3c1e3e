use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use project::Result;
use project::generate::{NewEndpoint as Request, new_endpoint};

use super::finish;

/// Write a new endpoint, its test and its good call
///
/// The endpoint compiles, and answers 204 to the callers of its level. Nothing is overwritten. The command says what is
/// left to do.
#[derive(Args)]
#[command(after_help = "Example:\n\n  \
    cargo project new-endpoint orders_cancel POST '/v1/orders/{order_id}/cancel' --level staff --table orders")]
pub struct NewEndpoint {
    /// The name: `<resource>_<verb>`, in snake case
    name: String,
    /// GET, POST, PUT, PATCH or DELETE
    method: String,
    /// The path. A parameter, such as {order_id}, needs a type in a domain
    path: String,
    /// public, authenticated, staff or superuser
    #[arg(long)]
    level: String,
    /// A table that the endpoint uses
    #[arg(long)]
    table: Option<String>,
    /// The domain whose suite has the test, if there are several
    #[arg(long)]
    domain: Option<String>,
}

impl NewEndpoint {
    /// Writes the files.
    pub fn run(&self, root: &Path) -> Result<ExitCode> {
        let Self { name, method, path, level, table, domain } = self;
        let (table, domain) = (table.as_deref(), domain.as_deref());
        finish(&new_endpoint(root, &Request { name, method, path, level, table, domain })?)
    }
}
