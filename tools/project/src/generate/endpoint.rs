use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Value, context};

use crate::changes::Changes;
use crate::error::Result;
use crate::generate::domain::Domain;
use crate::generate::name::Name;
use crate::generate::render::{formatted, render};
use crate::generate::repository::{Endpoint, Workspace, calls, endpoints};
use crate::generate::request::{Generated, NewEndpoint};
use crate::generate::route::{check, parameter, refused};
use crate::generate::types::{Found, crates, find_part, find_type};

/// Level, access, proof, a sentence's start, and the caller of the test.
const LEVELS: [[&str; 5]; 4] = [
    ["public", "Public", "Anyone", "anyone calls", "anon()"],
    ["authenticated", "SignedIn", "User", "users call", "user().await"],
    ["staff", "StaffOnly", "Staff", "staff call", "staff().await"],
    ["superuser", "SuperuserOnly", "Superuser", "superusers call", "superuser().await"],
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
    let id = Name::parse("endpoint", new.name)?.pascal();
    if changes.text("template.yaml")?.contains(&format!("\n  {id}:\n")) {
        return refused(format!("template.yaml has the id {id} already: name the endpoint otherwise"));
    }
    let file = format!("functions/src/bin/{}.rs", new.name);
    changes.create(&file, formatted(root, &file, &render("endpoint.rs", &values)?)?)?;
    let creator = creator(root, new, &others)?;
    let call = uses.parameter.map(|parameter| call(new, parameter, creator)).unwrap_or_default();
    let domain = Domain { name: &uses.domain, root };
    domain.add_tests(&mut changes, new.name, &render("endpoint_test.rs", &values)?, &call)?;
    Ok(Generated { changes, next: next(new, &uses.domain) })
}

/// What the templates show.
fn values(new: &NewEndpoint<'_>, level: &[&str; 5], uses: &Uses<'_>) -> Result<Value> {
    let [_, access, proof, callers, caller] = *level;
    let (input, limit) = (input(new.method, uses.id.as_ref()), limit(new));
    let limits = limit.split_once('(').into_iter().flat_map(|(function, _)| [function, "MINUTE"]);
    let imports: Vec<&str> = limits.chain(uses.id.as_ref().map(|_| "Path")).collect();
    let mut names = BTreeMap::from([("auth", vec![access, proof])]);
    for Found { krate, name } in uses.part.iter().chain(&uses.id) {
        names.entry(krate).or_default().push(name);
    }
    let lines = names.iter().map(|(krate, names)| format!("use {krate}::{{{}}};", names.join(", ")));
    Ok(context! {
        name => new.name, pascal => Name::parse("endpoint", new.name)?.pascal(), method => new.method, path => new.path,
        callers, access, proof, caller, input, limit, imports,
        uses => lines.collect::<Vec<_>>(), part => uses.part.as_ref().map(|part| part.name.clone()),
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

/// The endpoint that creates the resource in the path, if its good call is declared as data.
fn creator<'a>(root: &Path, new: &NewEndpoint<'_>, others: &'a [Endpoint]) -> Result<Option<&'a str>> {
    let list = new.path.split("/{").next().unwrap_or_default();
    let creator = others.iter().find(|other| other.method == "POST" && other.path == list);
    let Some(Endpoint { name, .. }) = creator else { return Ok(None) };
    Ok(calls(root)?.iter().any(|calls| calls.contains(&format!("\"{name}\":"))).then_some(name))
}

/// The good call of an endpoint with a parameter.
fn call(new: &NewEndpoint<'_>, parameter: &str, creator: Option<&str>) -> String {
    let id = "01900000-0000-7000-8000-000000000000";
    let call = match creator {
        Some(creator) => format!("\"after\": \"{creator}\""),
        None => format!("\"parameters\": {{ \"{parameter}\": \"{id}\" }}"),
    };
    format!("  \"{}\": {{ {call} }}\n", new.name)
}

fn next(new: &NewEndpoint<'_>, domain: &str) -> String {
    let NewEndpoint { name, level, .. } = new;
    let suite = format!("tests/{domain}");
    format!(
        "It answers 204 to callers of the level {level}. By hand:\n\n  \
         1. the text in the first line of functions/src/bin/{name}.rs, which the OpenAPI document shows\n  \
         2. input, output and rule: `Input`, `Output`, `handle`; a body also in {suite}/calls.json\n  \
         3. a test of the rule in {suite}/{name}.rs\n\n\
         Then record its calls, which become its grants. This also writes the documents:\n\n  \
         cargo project sync --record {name} --suite {domain}"
    )
}
