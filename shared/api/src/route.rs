use std::fmt;

/// The HTTP methods that endpoints use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name, as in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A method and a path with `{parameters}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, from the root of the stage.
    pub path: &'static str,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

/// `GET path`
pub const fn get(path: &'static str) -> Route {
    Route { method: Method::Get, path }
}

/// `POST path`
pub const fn post(path: &'static str) -> Route {
    Route { method: Method::Post, path }
}

/// `PUT path`
pub const fn put(path: &'static str) -> Route {
    Route { method: Method::Put, path }
}

/// `PATCH path`
pub const fn patch(path: &'static str) -> Route {
    Route { method: Method::Patch, path }
}

/// `DELETE path`
pub const fn delete(path: &'static str) -> Route {
    Route { method: Method::Delete, path }
}
