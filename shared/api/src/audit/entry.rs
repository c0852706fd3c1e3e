use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{Item, text};

/// What is written down about an act: the action, its subject, and what it changed or showed.
///
/// Use it for a closed list of attributes, and never for names, emails or addresses: the audit outlives accounts.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub(super) action: &'static str,
    pub(super) subject: String,
    pub(super) before: Item,
    pub(super) after: Item,
    pub(super) shown: Vec<AttributeValue>,
}

impl AuditEntry {
    /// An entry for an action, named like its event, on a subject, named like its path: `things/{id}`, or `things` for a
    /// list.
    pub fn of(action: &'static str, subject: impl Display) -> Self {
        let (before, after, shown) = Default::default();
        Self { action, subject: subject.to_string(), before, after, shown }
    }

    /// An attribute that the action removed, as it was.
    pub fn before(mut self, name: &str, value: AttributeValue) -> Self {
        self.before.insert(name.to_owned(), value);
        self
    }

    /// An attribute that the action added.
    pub fn after(mut self, name: &str, value: AttributeValue) -> Self {
        self.after.insert(name.to_owned(), value);
        self
    }

    /// An attribute that the action changed. `None` if it was missing before.
    pub fn before_after(mut self, name: &str, before: Option<&AttributeValue>, after: AttributeValue) -> Self {
        self.before.extend(before.map(|before| (name.to_owned(), before.clone())));
        self.after(name, after)
    }

    /// The attributes that an edit changed, with their values in the item as it was read.
    pub fn edited(self, read: &Item, changes: &[(&str, AttributeValue)]) -> Self {
        changes.iter().fold(self, |entry, (name, after)| entry.before_after(name, read.get(*name), after.clone()))
    }

    /// Without the attributes that are not in this list.
    pub fn only(mut self, names: &[&str]) -> Self {
        for values in [&mut self.before, &mut self.after] {
            values.retain(|name, _| names.contains(&name.as_str()));
        }
        self
    }

    /// These attributes of an item that the action added.
    pub fn created(self, item: &Item, names: &[&str]) -> Self {
        let found = |name: &&str| Some(((*name).to_owned(), item.get(*name)?.clone()));
        Self { after: names.iter().filter_map(found).collect(), ..self }
    }

    /// These attributes of an item that the action removed.
    pub fn removed(self, item: &Item, names: &[&str]) -> Self {
        let found = |name: &&str| Some(((*name).to_owned(), item.get(*name)?.clone()));
        Self { before: names.iter().filter_map(found).collect(), ..self }
    }

    /// The ids that a read showed, or asked for if the row is written beside the read.
    pub fn shown(mut self, ids: impl IntoIterator<Item = impl Display>) -> Self {
        self.shown.extend(ids.into_iter().map(text));
        self
    }
}

#[cfg(test)]
mod tests {
    use dynamo::item;

    use super::*;

    #[test]
    fn attributes_outside_of_the_list_are_left_out() {
        let read = item([("name", text("Ada")), ("size", text("S"))]);
        let changes = [("name", text("Eve")), ("size", text("M"))];
        let entry = AuditEntry::of("things_changed", "things/a").edited(&read, &changes).only(&["size"]);
        assert_eq!((entry.before, entry.after), (item([("size", text("S"))]), item([("size", text("M"))])));
    }
}
