use serde::Serialize;

use crate::generate::field::{Field, Kind};
use crate::generate::name::Name;
use crate::generate::samples::{examples, wrong};

/// A field, as the templates show it.
#[derive(Serialize)]
pub struct FieldView {
    pub name: String,
    words: String,
    /// A sentence about the field, without its point.
    purpose: String,
    pub optional: bool,
    /// The type of a value, and of the stored field.
    r#type: String,
    stored_type: String,
    min: i64,
    max: i64,
    /// The rule of a text, after "has" and "must have".
    rule: String,
    pub pattern: &'static str,
    /// JSON of a good value, and of another.
    pub example: String,
    pub other: String,
    /// A value for demo data, in Rust.
    demo: String,
    /// Values that are refused, in Rust.
    wrong: Vec<String>,
    #[serde(flatten)]
    pub code: Code,
}

/// The code of a field, by its type.
#[derive(Serialize)]
pub struct Code {
    pub kind: &'static str,
    /// Reads `field` of a body.
    parse: String,
    /// Reads `row` of the table.
    read: String,
    /// The function that makes an attribute.
    attribute: &'static str,
}

impl Code {
    fn new(kind: &Kind, name: &str, own: &str) -> Self {
        let (kind, attribute, parse, read) = match kind {
            Kind::Text(_) => {
                let read = format!("row.text(\"{name}\").map({own}::stored)");
                ("text", "text", format!("{own}::parse(&field.text()?)"), read)
            }
            Kind::Decimal => {
                let read = format!("row.parsed(\"{name}\", {own}::stored)");
                ("decimal", "number", format!("{own}::parse(&field.decimal()?)"), read)
            }
            Kind::Integer(_) => {
                let read = format!("row.parsed(\"{name}\", {own}::stored)");
                ("integer", "number", format!("{own}::parse(field.number()?)"), read)
            }
            Kind::Boolean => ("boolean", "flag", "field.flag()".to_owned(), format!("row.flag(\"{name}\")")),
            Kind::Instant => ("instant", "millis", "field.instant()".to_owned(), format!("row.millis(\"{name}\")")),
        };
        Self { kind, parse, read, attribute }
    }
}

impl FieldView {
    pub fn new(one: &Name, field: &Field) -> Self {
        let (name, r#type) = (field.name.snake().to_owned(), field.value_type(one));
        let ((min, max), (example, other)) = (limits(&field.kind), examples(&field.kind));
        let demo = match &field.kind {
            Kind::Boolean => example.clone(),
            Kind::Instant => "now".to_owned(),
            _ => format!("{type}::parse(\"{}\").map_err(invalid)?", example.trim_matches('"')),
        };
        Self {
            words: field.name.words(),
            purpose: purpose(one, field),
            optional: field.optional,
            stored_type: if field.optional { format!("Option<{type}>") } else { r#type.clone() },
            rule: rule(min, max),
            pattern: if min == 0 { "PRINTABLE_OR_EMPTY" } else { "PRINTABLE" },
            wrong: wrong(&field.kind),
            code: Code::new(&field.kind, &name, &r#type),
            name,
            r#type,
            min,
            max,
            example,
            other,
            demo,
        }
    }
}

impl Field {
    /// The type that the domain defines for this field, if it does.
    pub fn own_type(&self, one: &Name) -> Option<String> {
        let own = !matches!(self.kind, Kind::Boolean | Kind::Instant);
        own.then(|| format!("{}{}", one.pascal(), self.name.pascal()))
    }

    /// The type of a value.
    fn value_type(&self, one: &Name) -> String {
        let plain = if self.kind == Kind::Boolean { "bool" } else { "Timestamp" };
        self.own_type(one).unwrap_or_else(|| plain.to_owned())
    }
}

/// A sentence about a field, without its point.
fn purpose(one: &Name, field: &Field) -> String {
    let (one, name) = (one.words(), field.name.words());
    match (&field.kind, name.split_once(' ')) {
        (Kind::Boolean, Some((verb @ ("is" | "has" | "was"), rest))) => format!("Whether the {one} {verb} {rest}"),
        (Kind::Boolean, _) => format!("Whether the {one} is {name}"),
        (Kind::Instant, _) => format!("The {one}'s time `{}`", field.name.snake()),
        _ => format!("The {one}'s {name}"),
    }
}

/// The range of a text's length, or of a number.
fn limits(kind: &Kind) -> (i64, i64) {
    match kind {
        Kind::Text(range) => (i64::from(*range.start()), i64::from(*range.end())),
        Kind::Integer(range) => (*range.start(), *range.end()),
        _ => (0, 0),
    }
}

fn rule(min: i64, max: i64) -> String {
    let length = match min {
        0 => format!("at most {max} characters"),
        min if min == max => format!("{max} characters"),
        min => format!("{min} to {max} characters"),
    };
    format!("{length}, all printable, and not only blanks")
}
