use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::generate::name::Name;

/// Fields that every resource has, and attributes of its table.
const TAKEN: &[&str] = &["id", "user_id", "created_at", "listing", "change", "version"];

/// Names that the code or the tests of every resource use: `check_printable`, the reader of a body, a field that is none.
const USED: &[&str] = &["fields", "printable", "unknown"];

/// The longest text of all fields together: a body has at most 64 KiB. A page has up to 100 rows, a character has up to
/// 4 bytes, and Lambda answers with 6 MB at most.
const LONGEST: u32 = 10_000;

/// The largest whole number that JavaScript keeps exactly.
const MOST: i64 = (1 << 53) - 1;

/// A field of a resource, from `name:type[:range][:optional]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: Kind,
    /// Whether the field may be absent.
    pub optional: bool,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Text with so many characters.
    Text(RangeInclusive<u32>),
    /// A decimal with two places, at least zero.
    Decimal,
    /// A whole number in this range.
    Integer(RangeInclusive<i64>),
    /// Yes or no.
    Boolean,
    /// An instant.
    Instant,
}

impl Field {
    /// Reads `name:type[:range][:optional]`.
    ///
    /// # Errors
    /// When the text has another form, or the name is taken.
    pub fn parse(text: &str) -> Result<Self> {
        let (rest, optional) = text.strip_suffix(":optional").map_or((text, false), |rest| (rest, true));
        let mut parts = rest.splitn(3, ':');
        let name = Name::parse("field", parts.next().unwrap_or_default())?;
        if TAKEN.contains(&name.snake()) {
            return Err(Error::Refused(format!(
                "every resource has its own `{}`: name the field otherwise",
                name.snake()
            )));
        }
        if USED.contains(&name.snake()) {
            return Err(Error::Refused(format!(
                "the code needs the name `{}` itself: name the field otherwise",
                name.snake()
            )));
        }
        let (kind, range) = (parts.next().unwrap_or_default(), parts.next());
        let kind = Kind::parse(kind, range).map_err(|cause| Error::Refused(format!("--field {text}: {cause}")))?;
        Ok(Self { name, kind, optional })
    }

    /// All fields of a resource.
    ///
    /// # Errors
    /// When a field has another form, all are optional, two have the same name, or their texts are too long.
    pub fn parse_all(texts: &[String]) -> Result<Vec<Self>> {
        let fields: Vec<Self> = texts.iter().map(|text| Self::parse(text)).collect::<Result<_>>()?;
        let twice =
            fields.iter().enumerate().find(|(at, field)| fields.iter().take(*at).any(|other| other.name == field.name));
        let longest: u32 = fields.iter().map(|field| field.kind.longest()).fold(0, u32::saturating_add);
        match twice {
            Some((_, field)) => Err(Error::Refused(format!("the field `{}` is there twice", field.name.snake()))),
            None if fields.iter().all(|field| field.optional) => Err(Error::Refused(
                "a resource needs a field that is not optional, such as --field name:text:1..200".to_owned(),
            )),
            None if longest > LONGEST => Err(Error::Refused(format!(
                "the texts of all fields have {LONGEST} characters together at most, not {longest}: shorten a range"
            ))),
            None => Ok(fields),
        }
    }
}

impl Kind {
    /// How many characters a text may have.
    fn longest(&self) -> u32 {
        if let Self::Text(range) = self { *range.end() } else { 0 }
    }

    fn parse(kind: &str, range: Option<&str>) -> Result<Self, String> {
        match (kind, range) {
            ("text", range) => {
                let range = range.map_or(Ok(1..=200), parse_range::<u32>)?;
                let (shortest, longest) = (*range.start(), *range.end());
                if longest == 0 || longest > LONGEST {
                    return Err(format!("a text has 1 to {LONGEST} characters at most, so not {shortest}..{longest}"));
                }
                Ok(Self::Text(range))
            }
            ("integer", Some(range)) => {
                let range = parse_range::<i64>(range)?;
                if range.start() == range.end() {
                    return Err("an integer has two values at least".to_owned());
                }
                if *range.start() < -MOST || *range.end() > MOST {
                    return Err(format!("JavaScript keeps no whole numbers beyond -{MOST} and {MOST}"));
                }
                Ok(Self::Integer(range))
            }
            ("integer", None) => Err("an integer needs a range, such as integer:0..1000".to_owned()),
            ("decimal" | "boolean" | "instant", Some(_)) => Err(format!("{kind} has no range")),
            ("decimal", None) => Ok(Self::Decimal),
            ("boolean", None) => Ok(Self::Boolean),
            ("instant", None) => Ok(Self::Instant),
            _ => Err(format!("`{kind}` is no type: there are text, decimal, integer, boolean and instant")),
        }
    }
}

/// Reads `1..200`, with both ends.
fn parse_range<T: FromStr + PartialOrd>(text: &str) -> Result<RangeInclusive<T>, String> {
    let ends = text.split_once("..").and_then(|(from, to)| Some((from.parse::<T>().ok()?, to.parse::<T>().ok()?)));
    match ends {
        Some((from, to)) if from <= to => Ok(from..=to),
        _ => Err(format!("`{text}` is no range: write both ends, such as 1..200")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_have_a_name_a_type_and_a_range() {
        for (text, kind, optional) in [
            ("name:text", Kind::Text(1..=200), false),
            ("name:text:0..50", Kind::Text(0..=50), false),
            ("name:text:optional", Kind::Text(1..=200), true),
            ("name:text:1..9:optional", Kind::Text(1..=9), true),
            ("name:decimal", Kind::Decimal, false),
            ("name:integer:-5..1000", Kind::Integer(-5..=1000), false),
            ("name:boolean:optional", Kind::Boolean, true),
            ("name:instant", Kind::Instant, false),
        ] {
            let field = Field::parse(text).unwrap();
            assert_eq!((field.name.snake(), field.kind, field.optional), ("name", kind, optional), "{text}");
        }
    }

    #[test]
    fn other_fields_are_refused_in_one_line() {
        for (text, cause) in [
            ("name", "`` is no type: there are"),
            ("name:string", "`string` is no type"),
            ("name:text:5", "`5` is no range"),
            ("name:text:9..1", "`9..1` is no range"),
            ("name:text:0..0", "1 to 10000 characters"),
            ("name:text:1..20000", "1 to 10000 characters"),
            ("name:integer", "needs a range"),
            ("name:integer:0..x", "`0..x` is no range"),
            ("name:integer:0..9007199254740992", "JavaScript keeps no whole numbers beyond"),
            ("name:boolean:0..1", "boolean has no range"),
            ("Name:text", "field `Name`: a name has"),
            ("type:text", "field `type`: that is a word of Rust"),
            ("id:text", "every resource has its own `id`"),
            ("fields:text", "the code needs the name `fields` itself"),
            ("printable:text", "the code needs the name `printable` itself"),
            ("unknown:boolean", "the code needs the name `unknown` itself"),
            ("", "field ``: a name has"),
        ] {
            let error = Field::parse(text).unwrap_err().to_string();
            assert!(error.contains(cause) && !error.contains('\n'), "{text}: {error}");
        }
        let all = |texts: &[&str]| Field::parse_all(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert!(all(&["a:text", "b:text"]).is_ok());
        assert_eq!(all(&["a:text", "a:boolean"]).unwrap_err().to_string(), "the field `a` is there twice");
        assert!(all(&["a:text:0..4000", "b:text:1..6000", "c:decimal"]).is_ok());
        assert_eq!(
            all(&["a:text:0..4000", "b:text:1..6001:optional"]).unwrap_err().to_string(),
            "the texts of all fields have 10000 characters together at most, not 10001: shorten a range"
        );
        assert!(all(&[]).unwrap_err().to_string().starts_with("a resource needs a field"));
    }
}
