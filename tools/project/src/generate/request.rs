use crate::changes::Changes;

/// An endpoint as it was asked for.
#[derive(Debug)]
pub struct NewEndpoint<'a> {
    /// `<resource>_<verb>`, in snake case.
    pub name: &'a str,
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: &'a str,
    /// The path, such as `/v1/orders/{order_id}`.
    pub path: &'a str,
    /// `public`, `authenticated`, `staff` or `superuser`.
    pub level: &'a str,
    /// A table whose part the endpoint uses.
    pub table: Option<&'a str>,
    /// The domain with the tests, if there are several.
    pub domain: Option<&'a str>,
}

/// Who owns the rows of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Each user has their own.
    User,
    /// All share them.
    Nobody,
}

/// A resource as it was asked for.
#[derive(Debug)]
pub struct NewResource<'a> {
    /// The plural, in snake case.
    pub name: &'a str,
    /// The singular, if it does not follow from the plural.
    pub singular: Option<&'a str>,
    /// Who owns the rows.
    pub owner: Owner,
    /// The fields: `name:type[:range][:optional]`.
    pub fields: &'a [String],
    /// The domain, if there are several, or a new one is wanted.
    pub domain: Option<&'a str>,
}

/// Changes that were not made yet, and the words for people.
#[derive(Debug)]
pub struct Generated {
    /// The changes.
    pub changes: Changes,
    /// The next commands, and work that is left.
    pub next: String,
}
