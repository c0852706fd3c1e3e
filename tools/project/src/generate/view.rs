//! What the templates of a resource show.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use crate::generate::field_view::FieldView;
use crate::generate::name::{Name, capitalized};
use crate::generate::request::Owner;
use crate::generate::resource::Resource;
use crate::generate::samples::{in_rust, object};

/// The longest good body whose answer, which has an id and a time besides, an idempotency key replays for certain.
const LONGEST_REPLAYED: usize = 1_800;

/// A name in its forms.
#[derive(Serialize)]
struct NameView {
    snake: String,
    pascal: String,
    words: String,
    #[serde(rename = "Words")]
    capitalized: String,
    /// `an order`, `An order`, `an`
    a: String,
    #[serde(rename = "A")]
    capitalized_a: String,
    article: String,
}

impl NameView {
    fn new(name: &Name) -> Self {
        let (words, a) = (name.words(), name.with_article());
        Self {
            snake: name.snake().to_owned(),
            pascal: name.pascal(),
            capitalized: capitalized(&words),
            capitalized_a: capitalized(&a),
            article: a.split(' ').next().unwrap_or_default().to_owned(),
            words,
            a,
        }
    }
}

/// Everything that the templates of a resource need.
pub fn values(resource: &Resource) -> Value {
    let Resource { many, one, domain, owner, fields: all } = resource;
    let fields: Vec<FieldView> = all.iter().map(|field| FieldView::new(one, field)).collect();
    let has = |kind: &str| fields.iter().any(|field| field.code.kind == kind);
    let path = resource.path();
    let good = fields.iter().map(|field| (field.name.as_str(), field.example.as_str()));
    let other = fields.iter().map(|field| (field.name.as_str(), field.other.as_str()));
    let mut required: Vec<String> =
        fields.iter().filter(|field| !field.optional).map(|field| format!("\"{}\"", field.name)).collect();
    required.sort();
    context! {
        user => *owner == Owner::User,
        domain,
        many => Serde(NameView::new(many)),
        one => Serde(NameView::new(one)),
        path => path.as_str(),
        path_of_one => resource.path_of_one(),
        member => resource.member(),
        key => if *owner == Owner::User { "own(user, id)" } else { "key(\"id\", id)" },
        types => all.iter().filter_map(|field| field.own_type(one)).collect::<Vec<_>>(),
        has_instant => has("instant"),
        any_optional => fields.iter().any(|field| field.optional),
        required_sorted => required.join(", "),
        subject => path.trim_start_matches("/v1/"),
        is_replayed => object(good.clone()).len() < LONGEST_REPLAYED,
        good => object(good.clone()),
        good_in_rust => in_rust(good),
        change => object(other.clone().take(1)),
        other_in_rust => in_rust(other),
        dynamo => imports(*owner, &fields),
        fields => Serde(fields),
    }
}

/// What the module of the domain uses of `dynamo`.
fn imports(owner: Owner, fields: &[FieldView]) -> Vec<&'static str> {
    let mut all = vec![
        "AttributeValue",
        "Db",
        "Edited",
        "Item",
        "Page",
        "PageRequest",
        "Partition",
        "Result",
        "Row",
        "Table",
        "TableClient",
        "Written",
        "item",
        "millis",
        "rfc3339",
        "schema",
        "text",
    ];
    match owner {
        Owner::User => all.extend(["Erasure", "OwnedByUser", "Purged"]),
        Owner::Nobody => all.extend(["LostRaces", "differing", "edited", "key"]),
    }
    for field in fields {
        let needed: &[&str] = match field.code.kind {
            "text" => &["Invalid", "check_printable", "text_type", field.pattern],
            "decimal" => &["decimal_type", "number"],
            "integer" => &["integer_type", "number"],
            "boolean" => &["flag"],
            _ if field.optional => &["optional_rfc3339"],
            _ => &[],
        };
        all.extend(needed);
    }
    all.sort_unstable();
    all.dedup();
    all
}
