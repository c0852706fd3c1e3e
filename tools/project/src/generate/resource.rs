use std::collections::BTreeSet;
use std::path::Path;

use crate::changes::Changes;
use crate::error::{Error, Result};
use crate::generate::field::Field;
use crate::generate::name::Name;
use crate::generate::repository::{Workspace, endpoints};
use crate::generate::request::{NewResource, Owner};
use crate::generate::route::check_route;
use crate::generate::taken::{MEMBERS, RESOURCES, TYPES};

/// A resource that can be written.
pub struct Resource {
    pub many: Name,
    pub one: Name,
    pub domain: String,
    pub owner: Owner,
    pub fields: Vec<Field>,
}

fn is_one_of(words: &str, name: &str) -> bool {
    words.split_whitespace().any(|word| word == name)
}

fn needed(name: &str, many: &Name) -> Error {
    let many = many.snake();
    Error::Refused(format!("the code needs the name `{name}` itself: choose a longer one, such as my_{many}"))
}

impl Resource {
    pub fn read(root: &Path, new: &NewResource<'_>) -> Result<Self> {
        let many = Name::parse("resource", new.name)?;
        let one = new.singular.map_or_else(|| many.singular(), |one| Name::parse("resource", one))?;
        if let Some(taken) = [&many, &one].into_iter().find(|name| is_one_of(RESOURCES, name.snake())) {
            return Err(needed(taken.snake(), &many));
        }
        if many == one {
            return Err(Error::Refused(format!("`{}` is both plural and singular: choose another name", many.snake())));
        }
        let fields = Field::parse_all(new.fields)?;
        let domain = Workspace::read(root)?.domain(new.domain)?;
        let domain = Name::parse("domain", &domain)?.snake().to_owned();
        Ok(Self { many, one, domain, owner: new.owner, fields })
    }

    /// The path of the list.
    pub fn path(&self) -> String {
        format!("/v1/{}", self.many.kebab())
    }

    /// The path of one.
    pub fn path_of_one(&self) -> String {
        format!("{}/{{{}_id}}", self.path(), self.one.snake())
    }

    /// The member of log lines with the id.
    pub fn member(&self) -> String {
        let one = self.one.snake();
        if is_one_of(MEMBERS, one) { format!("{one}_id") } else { one.to_owned() }
    }

    /// The types that the domain makes public.
    pub fn types(&self) -> Vec<String> {
        let (one, many) = (self.one.pascal(), self.many.pascal());
        let own = self.fields.iter().filter_map(|field| field.own_type(&self.one));
        own.chain([one.clone(), format!("{one}Change"), format!("{one}Id"), many]).collect()
    }

    pub fn check(&self, root: &Path, changes: &Changes) -> Result<()> {
        let taken = |what: String| Err(Error::Refused(format!("there is {what} already")));
        let (many, others) = (self.many.snake(), endpoints(root)?);
        let (list, one) = (self.path(), self.path_of_one());
        for (method, path) in [("GET", &list), ("POST", &list), ("GET", &one), ("PATCH", &one), ("DELETE", &one)] {
            check_route(method, path, &others)?;
        }
        if changes.text("template.yaml")?.contains(&format!("-{many}\"")) {
            return taken(format!("a table {many}"));
        }
        let types = self.types();
        let mut before = BTreeSet::new();
        if let Some(twice) = types.iter().find(|name| !before.insert(*name)) {
            return Err(Error::Refused(format!(
                "two types would have the name {twice}: choose another name for a field"
            )));
        }
        if let Some(needed_itself) = types.iter().find(|name| is_one_of(TYPES, name)) {
            return Err(needed(needed_itself, &self.many));
        }
        let lib = changes.text(&format!("{}/src/lib.rs", self.domain)).unwrap_or_default();
        let mut words = lib.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        match words.find(|word| types.iter().any(|one| one == word)) {
            Some(word) => taken(format!("a type {word} in {}", self.domain)),
            None => Ok(()),
        }
    }
}
