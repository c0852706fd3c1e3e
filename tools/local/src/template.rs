use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::grant::Grant;
use crate::statements::grants;

const SOURCE: &str = include_str!("../../../template.yaml");

/// The parts of template.yaml that the local stack needs.
#[derive(Clone, Debug, Deserialize)]
pub struct Template {
    #[serde(rename = "Parameters", default)]
    parameters: BTreeMap<String, Value>,
    #[serde(rename = "Globals", default)]
    globals: Value,
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
}

#[derive(Clone, Debug, Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

/// A Lambda function of the template.
#[derive(Clone, Debug)]
pub struct Function {
    /// The logical id.
    pub id: String,
    /// The name of the binary.
    pub binary: String,
    /// The method of the route.
    pub method: String,
    /// The path of the route.
    pub path: String,
    /// Whether HEAD has a route of its own.
    pub head: bool,
    /// The allowed actions.
    pub grants: Vec<Grant>,
    /// Names of the environment variables, including those that all functions have.
    pub variables: Vec<String>,
}

impl Function {
    /// The methods of the routes.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.method).chain(self.head.then_some("HEAD"))
    }

    /// Whether the function has a route.
    pub fn has_route(&self) -> bool {
        !self.method.is_empty()
    }
}

/// The CORS settings of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Cors {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub max_age: u64,
}

impl Template {
    /// The project's own template.
    ///
    /// # Errors
    /// When the template can't be read.
    pub fn ours() -> Result<Self> {
        Self::read(Self::source()?)
    }

    /// The values of the project's own template. `!Ref x` and similar tags are read as `x`.
    ///
    /// # Errors
    /// When the template is not valid YAML.
    pub fn source() -> Result<Value> {
        serde_saphyr::from_str(SOURCE).map_err(|error| Error::Template(error.to_string()))
    }

    /// Reads the text of a template.
    ///
    /// # Errors
    /// When the text is not a template.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(serde_saphyr::from_str(text).map_err(|error| Error::Template(error.to_string()))?)
    }

    /// Reads a template in the form of [`Template::source`].
    ///
    /// # Errors
    /// When the values are not a template.
    pub fn read(source: Value) -> Result<Self> {
        serde_json::from_value(source).map_err(|error| Error::Template(error.to_string()))
    }

    /// The `CreateTable` properties of all tables, in CloudFormation's form, by table name without prefix.
    pub fn tables(&self) -> impl Iterator<Item = (String, &Value)> {
        let tables = self.resources.values().filter(|resource| resource.kind == "AWS::DynamoDB::Table");
        tables.map(|table| {
            let name = at(&table.properties, "/TableName").as_str().unwrap_or_default();
            (name.trim_start_matches("${AWS::StackName}-").to_owned(), &table.properties)
        })
    }

    /// All functions that have a route.
    ///
    /// # Errors
    /// When a function lacks a required property.
    pub fn functions(&self) -> Result<Vec<Function>> {
        Ok(self.all_functions()?.into_iter().filter(Function::has_route).collect())
    }

    /// All functions without a route, which handle the jobs of a queue or run on a schedule. Their `method` and `path`
    /// are empty.
    ///
    /// # Errors
    /// When a function lacks a required property.
    pub fn workers(&self) -> Result<Vec<Function>> {
        Ok(self.all_functions()?.into_iter().filter(|function| !function.has_route()).collect())
    }

    /// All functions, with and without a route.
    ///
    /// # Errors
    /// When a function lacks a required property.
    pub fn all_functions(&self) -> Result<Vec<Function>> {
        let functions = self.resources.iter().filter(|(_, resource)| resource.kind == "AWS::Serverless::Function");
        functions.map(|(id, resource)| self.function(id, resource)).collect()
    }

    fn function(&self, id: &str, resource: &Resource) -> Result<Function> {
        let text = |value: &Value, what: &str| {
            value.as_str().map(str::to_owned).ok_or_else(|| Error::Template(format!("{id} has no {what}")))
        };
        let properties = &resource.properties;
        let route = at(properties, "/Events/Route/Properties");
        let head = at(properties, "/Events/Head/Properties");
        if !head.is_null() && (at(head, "/Method") != "HEAD" || at(head, "/Path") != at(route, "/Path")) {
            return Err(Error::Template(format!("the event Head of {id} has another method or path")));
        }
        let variables = [at(&self.globals, "/Function"), properties].map(|from| at(from, "/Environment/Variables"));
        let variables = variables.into_iter().filter_map(Value::as_object).flat_map(|map| map.keys().cloned());
        Ok(Function {
            id: id.to_owned(),
            binary: binary_name(id),
            method: if route.is_null() { String::new() } else { text(at(route, "/Method"), "method")? },
            path: if route.is_null() { String::new() } else { text(at(route, "/Path"), "path")? },
            head: !head.is_null(),
            grants: grants(id, at(properties, "/Policies"))?,
            variables: variables.collect(),
        })
    }

    /// The CORS settings, with the parameters' defaults.
    ///
    /// # Errors
    /// When the template has no CORS settings.
    pub fn cors(&self) -> Result<Cors> {
        let api = self.resources.values().find(|resource| resource.kind == "AWS::Serverless::HttpApi");
        let cors = api.map(|api| at(&api.properties, "/CorsConfiguration"));
        let cors = cors.filter(|cors| cors.is_object()).ok_or(Error::Template("no CorsConfiguration".to_owned()))?;
        Ok(Cors {
            origins: self.list(at(cors, "/AllowOrigins")),
            methods: self.list(at(cors, "/AllowMethods")),
            headers: self.list(at(cors, "/AllowHeaders")),
            expose: self.list(at(cors, "/ExposeHeaders")),
            max_age: at(cors, "/MaxAge").as_u64().unwrap_or_default(),
        })
    }

    /// Reads a list, or the default of the parameter that has this name.
    fn list(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Value::String(parameter) => {
                let default = self.parameters.get(parameter).and_then(|known| at(known, "/Default").as_str());
                default.unwrap_or_default().split(',').map(|item| item.trim().to_owned()).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The name of a function's binary from its logical id, as in `functions/Makefile`: `users_list` for `UsersList`.
pub fn binary_name(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The logical id of a function from the name of its binary: `UsersList` for `users_list`.
pub fn logical_id(binary: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    binary.split('_').map(word).collect()
}

/// The value at a JSON pointer (RFC 6901), or null.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}
