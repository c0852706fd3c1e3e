use std::path::Path;

use minijinja::{Value, context};

use crate::changes::Changes;
use crate::error::Result;
use crate::generate::domain::Domain;
use crate::generate::name::{Name, capitalized};
use crate::generate::render::{formatted, render};
use crate::generate::repository::{Endpoint, Workspace, endpoints};
use crate::generate::request::{Generated, NewEndpoint};
use crate::generate::route::{check, parameter, refused};
use crate::generate::types::{Found, crates, find_part, find_type};

/// Level, access, proof, callers, and the caller of the test.
const LEVELS: [[&str; 5]; 4] = [
    ["public", "Public", "Anyone", "anyone", "anon()"],
    ["authenticated", "SignedIn", "User", "users", "user().await"],
    ["staff", "StaffOnly", "Staff", "staff", "staff().await"],
    ["superuser", "SuperuserOnly", "Superuser", "superusers", "superuser().await"],
];

/// Types that the endpoint uses, and the domain with its tests.
struct Uses<'a> {
    parameter: Option<&'a str>,
    id: Option<Found>,
    part: Option<Found>,
    domain: String,
}

impl<'a> Uses<'a> {
    fn find(root: &Path, new: &NewEndpoint<'a>) -> Result<Self> {
        let workspace = Workspace::read(root)?;
        let domains = workspace.domains();
        let (crates, parameter) = (crates(&domains), parameter(new.path)?);
        let id = parameter.map(|name| find_type(root, &crates, name)).transpose()?;
        let part = new.table.map(|table| find_part(root, &crates, table)).transpose()?;
        let of_types = part.iter().chain(&id).map(|found| &found.krate).find(|krate| domains.contains(krate));
        let domain = workspace.domain(new.domain.or(of_types.map(String::as_str)))?;
        if !domains.contains(&domain) {
            return refused(format!("there is no domain {domain}: cargo project new-resource creates one"));
        }
        Ok(Self { parameter, id, part, domain })
    }
}

/// Writes an endpoint that does nothing yet, its test and its good call.
///
/// # Errors
/// When the name or the route is taken or has another form, or a type is missing.
pub fn new_endpoint(root: &Path, new: &NewEndpoint<'_>) -> Result<Generated> {
    let others = endpoints(root)?;
    check(new, &others)?;
    let Some(level) = LEVELS.iter().find(|[name, ..]| *name == new.level) else {
        return refused(format!("`{}` is no level: there are public, authenticated, staff and superuser", new.level));
    };
    let uses = Uses::find(root, new)?;
    let values = values(new, level, &uses)?;
    let mut changes = Changes::new(root);
    let file = format!("functions/src/bin/{}.rs", new.name);
    changes.create(&file, formatted(root, &file, &render("endpoint.rs", &values)?)?)?;
    let call = uses.parameter.map(|parameter| call(new, parameter, &others)).unwrap_or_default();
    let domain = Domain { name: &uses.domain, root };
    domain.add_tests(&mut changes, new.name, &render("endpoint_test.rs", &values)?, &call)?;
    let [.., callers, _] = level;
    Ok(Generated { changes, next: next(new, &uses.domain, &capitalized(callers)) })
}

/// What the templates show.
fn values(new: &NewEndpoint<'_>, level: &[&str; 5], uses: &Uses<'_>) -> Result<Value> {
    let [_, access, proof, callers, caller] = *level;
    let (input, limit) = (input(new.method, uses.id.as_ref()), limit(new));
    let limits = limit.split_once('(').into_iter().flat_map(|(function, _)| [function, "MINUTE"]);
    let imports: Vec<&str> = limits.chain(uses.id.as_ref().map(|_| "Path")).collect();
    let found = uses.part.iter().chain(&uses.id);
    let uses_lines: Vec<String> = found.map(|found| format!("use {}::{};", found.krate, found.name)).collect();
    Ok(context! {
        name => new.name, pascal => Name::parse("endpoint", new.name)?.pascal(), method => new.method, path => new.path,
        callers, access, proof, caller, input, limit, imports,
        uses => uses_lines, part => uses.part.as_ref().map(|part| part.name.clone()),
    })
}

fn input(method: &str, id: Option<&Found>) -> String {
    match id {
        None => "()".to_owned(),
        // Deleting what can't exist succeeds.
        Some(id) if method == "DELETE" => format!("Option<Path<{}>>", id.name),
        Some(id) => format!("Path<{}>", id.name),
    }
}

/// Writes are limited, by user or by address.
fn limit(new: &NewEndpoint<'_>) -> &'static str {
    match (new.method, new.level) {
        ("GET", _) => "",
        (_, "public") => "per_ip(60, MINUTE)",
        _ => "per_user(60, MINUTE)",
    }
}

/// The good call of an endpoint with a parameter. It comes after the endpoint that creates the resource, if there is one.
fn call(new: &NewEndpoint<'_>, parameter: &str, others: &[Endpoint]) -> String {
    let list = new.path.split("/{").next().unwrap_or_default();
    let creator = others.iter().find(|other| other.method == "POST" && other.path == list);
    match creator {
        Some(creator) => format!("  \"{}\": {{ \"after\": \"{}\" }}\n", new.name, creator.name),
        None => format!(
            "  \"{}\": {{ \"parameters\": {{ \"{parameter}\": \"01900000-0000-7000-8000-000000000000\" }} }}\n",
            new.name
        ),
    }
}

fn next(new: &NewEndpoint<'_>, domain: &str, callers: &str) -> String {
    let NewEndpoint { name, .. } = new;
    let suite = format!("tests/{domain}");
    format!(
        "{callers} may call it, and get a 204. By hand:\n\n  \
         1. the text in the first line of functions/src/bin/{name}.rs, which the OpenAPI document shows\n  \
         2. input, output and rule: `Input`, `Output`, `handle`; a body also in {suite}/calls.json\n  \
         3. a test of the rule in {suite}/{name}.rs\n\n\
         Then record its calls, which become its grants, and write the documents:\n\n  \
         cargo project sync --record {name} &&\n  \
         UPDATE_COSTS=1 cargo test --package tests --test access costs"
    )
}
