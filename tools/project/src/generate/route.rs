use crate::error::{Error, Result};
use crate::generate::name::Name;
use crate::generate::repository::Endpoint;
use crate::generate::request::NewEndpoint;
use crate::generate::taken::LAST_WORDS;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

pub fn refused<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::Refused(message.into()))
}

/// Refuses names, methods and paths of another form, and those that another endpoint has.
pub fn check(new: &NewEndpoint<'_>, others: &[Endpoint]) -> Result<()> {
    let NewEndpoint { name, method, path, .. } = new;
    let snake = Name::parse("endpoint", name)?;
    if !snake.snake().contains('_') {
        return refused(format!("`{name}` is no name of an endpoint: it has the form <resource>_<verb>"));
    }
    if let Some(end) = LAST_WORDS.into_iter().find(|end| name.ends_with(end)) {
        return refused(format!(
            "`{name}` is no name of an endpoint: template.yaml has ids of other things with `{end}`"
        ));
    }
    if !METHODS.contains(method) {
        return refused(format!("`{method}` is no method of an endpoint: there are {}", METHODS.join(", ")));
    }
    let is_part = |part: &str| {
        let literal = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')).unwrap_or(part);
        literal.contains(|c: char| c.is_ascii_alphanumeric())
            && literal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    match path.strip_prefix("/v1/") {
        Some(rest) if rest.split('/').all(is_part) => {}
        Some(_) => {
            return refused(format!("`{path}` is no path: its parts are words in lower case, or {{parameters}}"));
        }
        None => return refused(format!("`{path}` does not begin with /v1/")),
    }
    if let Some(other) = others.iter().find(|other| other.name == *name) {
        return refused(format!("there is an endpoint {name} already: {} {}", other.method, other.path));
    }
    check_route(method, path, others)
}

/// Refuses a route that another endpoint has, whatever their parameters are called.
pub fn check_route(method: &str, path: &str, others: &[Endpoint]) -> Result<()> {
    let shape = |path: &str| -> Vec<String> {
        path.split('/').map(|part| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() }).collect()
    };
    match others.iter().find(|other| other.method == method && shape(&other.path) == shape(path)) {
        Some(other) => refused(format!("{method} {path} is the route of {} already", other.name)),
        None => Ok(()),
    }
}

/// The name of the path's parameter.
pub fn parameter(path: &str) -> Result<Option<&str>> {
    let mut all = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    match (all.next(), all.next()) {
        (parameter, None) => Ok(parameter),
        _ => refused(format!("{path} has several parameters: write a type for both by hand, with `impl FromPath`")),
    }
}
