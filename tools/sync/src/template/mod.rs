//! The functions of template.yaml. What people wrote beside and into them stays as it is: no library edits YAML with
//! comments and CloudFormation's tags. A YAML parser reads the result in `tests/tidy`.

mod function;
mod gateway;
mod member;
mod statements;

use std::collections::BTreeSet;

use api::Entry;
use local::{binary_name, logical_id};

use self::member::{Member, members};
use crate::grants::Grants;

const RESOURCES: &str = "\nResources:\n";
const HTTP_API: &str = "AWS::Serverless::HttpApi";

/// template.yaml with the endpoints of the catalogue in its order, and with the grants of all functions.
pub fn synced(text: &str, entries: &[Entry], grants: &Grants) -> Result<String, String> {
    let (before, resources, after) = parts(text)?;
    let old = |id: &str| resources.iter().find(|resource| resource.name == id);

    let of_endpoints = of_endpoints(&resources);
    let place = resources.iter().position(|resource| of_endpoints.contains(&resource.name)).unwrap_or(resources.len());
    let mut texts = Vec::new();
    for (position, resource) in resources.iter().enumerate() {
        if position == place {
            for entry in entries {
                let id = logical_id(entry.name);
                texts.push(function::endpoint(entry, &id, old(&id), &grants.of(entry.name)));
                texts.push(old(&logs_id(&id)).map_or_else(|| function::logs(&id), |logs| logs.text.clone()));
            }
        }
        if !of_endpoints.contains(&resource.name) {
            texts.push(match resource.is_a(HTTP_API) {
                true => gateway::synced(resource, entries)?,
                false => function::with_grants(resource, &grants.of(&binary_name(&resource.name))),
            });
        }
    }
    let texts: Vec<&str> = texts.iter().map(|text| text.trim_end()).collect();
    Ok([before, RESOURCES, &texts.join("\n\n"), "\n", if after.is_empty() { "" } else { "\n" }, after].concat())
}

/// The routes of template.yaml with a throttle that no endpoint has any more.
pub fn spare_throttles(text: &str, entries: &[Entry]) -> Result<Vec<String>, String> {
    let (_, resources, _) = parts(text)?;
    let apis = resources.iter().filter(|resource| resource.is_a(HTTP_API));
    Ok(apis.flat_map(|api| gateway::spare(api, entries)).collect())
}

/// The resources, and the texts before and after them.
fn parts(text: &str) -> Result<(&str, Vec<Member>, &str), String> {
    let (before, rest) = text.split_once(RESOURCES).ok_or("there are no Resources")?;
    let end = rest.match_indices('\n').map(|(at, _)| at + 1).find(|at| is_next_section(rest, *at));
    let (resources, after) = rest.split_at(end.unwrap_or(rest.len()));
    Ok((before, members(resources, 2).1, after))
}

/// Whether a section of the template, such as `Outputs`, begins here.
fn is_next_section(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(|first| !first.is_whitespace())
}

/// The ids of functions with a route, and of their logs: only those that the catalogue has will be left.
fn of_endpoints(resources: &[Member]) -> BTreeSet<String> {
    let has_route = |resource: &&Member| resource.is_function() && resource.text.contains("Type: HttpApi\n");
    resources.iter().filter(has_route).flat_map(|function| [function.name.clone(), logs_id(&function.name)]).collect()
}

fn logs_id(function: &str) -> String {
    format!("{function}Logs")
}
