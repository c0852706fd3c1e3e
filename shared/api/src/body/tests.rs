use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::received::ReceivedBody;
use super::{Body, Fields, SchemaBuilder};
use crate::error::Error;

dynamo::decimal_type!(
    /// An amount.
    Amount,
    places = 3,
    highest = "99.999",
    example = "1.5"
);

dynamo::integer_type!(
    /// A count.
    Count,
    -5..=1000,
    example = 3
);

dynamo::integer_type!(
    /// Any number that JavaScript keeps.
    Widest,
    -9007199254740991..=9007199254740991,
    example = 3
);

/// A body with a field of each kind.
struct Order;

impl Body for Order {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let amount = fields.optional("amount", |field| Amount::parse(&field.decimal()?));
        let count = fields.optional("count", |field| Count::parse(field.number()?));
        let widest = fields.optional("widest", |field| Widest::parse(field.number()?));
        let paid = fields.optional("paid", |field| field.flag());
        let due = fields.optional_as::<dynamo::schema::Instant, _>("due", |field| field.instant());
        amount.and(count).and(widest).and(paid).and(due).map(|_| Self)
    }
}

/// The error of the field, if its value is refused.
fn refused(body: &str) -> Option<String> {
    let mut fields = ReceivedBody::parse(body.as_bytes()).unwrap();
    let value = Order::read(&mut fields);
    match fields.finish(value) {
        Ok(_) => None,
        Err(Error::Invalid(errors)) => {
            assert_eq!(errors.len(), 1, "{body}: {errors:?}");
            Some(errors[0].message.to_string())
        }
        Err(error) => panic!("{body}: {error:?}"),
    }
}

fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize().with(|settings| settings.inline_subschemas = true);
    let mut generator = settings.into_generator();
    let mut builder = SchemaBuilder::new(&mut generator);
    Order::read(&mut builder);
    builder.schema()
}

const VALUES: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "-0.0",
    "1",
    "-1",
    "-5",
    "-6",
    "1.0",
    "5.00",
    "1.5",
    "19.999",
    "99.999",
    "100",
    "1000",
    "1001",
    "0.5",
    "-0.001",
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740991",
    "-9007199254740993",
    "18446744073709551616",
    "null",
    "true",
    "false",
    "[]",
    "[1]",
    "{}",
    r#""""#,
    r#""0""#,
    r#""-0""#,
    r#""1""#,
    r#""1.0""#,
    r#""1.2345""#,
    r#""01""#,
    r#""+1""#,
    r#""1e1""#,
    r#""1_0""#,
    r#"" 1""#,
    r#""1 ""#,
    r#""99.9990""#,
    r#""true""#,
    r#""2026-11-25T09:30:00Z""#,
    r#""2026-11-25T09:30:00.5+01:30""#,
    r#""2026-02-30T09:30:00Z""#,
    r#""2025-02-29T09:30:00Z""#,
    r#""2026-11-25T09:30:60Z""#,
    r#""2026-11-25T09:30:00+24:00""#,
    r#""2026-11-25 09:30:00Z""#,
    r#""2026-11-25""#,
    r#""0999-11-25T09:30:00Z""#,
    r#""9999-12-31T23:59:59Z""#,
    r#""2026-11-25T09:30:00Z[UTC]""#,
    r#""\u0661""#,
    "1764063000000",
];

#[test]
fn fields_take_exactly_what_their_schemas_allow() {
    let schema = schema();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for name in ["amount", "count", "widest", "paid", "due"] {
        for value in VALUES.iter().chain(&["1e1", "1E+2", "10e-1"]) {
            let body = format!("{{\"{name}\":{value}}}");
            let is_taken = refused(&body).is_none();
            // Schemas can't tell digits that are taken as they are written from other notations of the same number.
            if name == "amount" && value.contains(['e', 'E']) && !value.starts_with('"') {
                assert!(!is_taken, "{body}");
                continue;
            }
            assert_eq!(is_taken, validator.is_valid(&serde_json::from_str(&body).unwrap()), "{body}");
            *taken.entry(name).or_default() += usize::from(is_taken);
        }
    }
    assert!(taken.values().all(|count| *count > 1), "{taken:?}");
}

#[test]
fn examples_of_fields_are_taken() {
    let schema = schema();
    for (name, property) in schema["properties"].as_object().unwrap() {
        for example in property["examples"].as_array().into_iter().flatten() {
            assert_eq!(refused(&format!("{{\"{name}\":{example}}}")), None, "{name}");
        }
    }
}

#[test]
fn an_object_is_taken_as_it_was_written() {
    let taken = |body: &str| {
        let mut fields = ReceivedBody::parse(body.as_bytes()).unwrap();
        let found = fields.required_as::<Amount, _>("it", |field| field.object(16).map(str::to_owned));
        fields.finish(found).map_err(|error| format!("{error:?}"))
    };
    assert_eq!(taken(r#"{"it": {"a" : [1.0]} }"#).unwrap(), r#"{"a" : [1.0]}"#);
    assert_eq!(taken(r#"{"it":{"a":1234567890}}"#).unwrap(), r#"{"a":1234567890}"#);
    for (body, rule) in [
        (r#"{"it":{"a":12345678901}}"#, "is too long"),
        (r#"{"it":[{}]}"#, "must be an object"),
        (r#"{"it":"{}"}"#, "must be an object"),
        (r#"{"it":null}"#, "must be an object"),
    ] {
        assert!(taken(body).unwrap_err().contains(rule), "{body}");
    }
}

#[test]
fn refusals_name_the_rule() {
    let amount = "must be a decimal from 0 to 99.999 with at most 3 places";
    let widest = "must be a whole number from -9007199254740991 to 9007199254740991";
    let time = "must be a time as in 2026-11-25T09:30:00Z, with Z or an offset, and a year from 1000 to 8999";
    for (name, value, message) in [
        ("amount", "1e400", amount),
        ("amount", "1e2", amount),
        ("amount", "0.0001", amount),
        ("amount", "null", "must be a decimal, as a string or a number"),
        ("count", "1e400", "must be a whole number from -5 to 1000"),
        ("count", "-1e400", "must be a whole number from -5 to 1000"),
        ("count", "1e-400", "must be a whole number from -5 to 1000"),
        ("count", "1.5", "must be a whole number from -5 to 1000"),
        ("count", "\"1\"", "must be a number"),
        ("count", "null", "must be a number"),
        ("widest", "9007199254740993", widest),
        ("widest", "9007199254740991.4", widest),
        ("paid", "1", "must be true or false"),
        ("paid", "\"true\"", "must be true or false"),
        ("due", "1764063000000", "must be a string"),
        ("due", "\"tomorrow\"", time),
    ] {
        assert_eq!(refused(&format!("{{\"{name}\":{value}}}")).as_deref(), Some(message), "{name}: {value}");
    }
}
