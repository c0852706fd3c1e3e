//! What every resource of a domain needs: fields of each kind, changes of some fields, and lists of one owner's rows.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use dynamo::{
    Db, Error, Item, PageRequest, Partition, Row, Table, TableClient, flag, item, millis, number, parse_instant, text,
};
use jiff::Timestamp;
use tests::TestApp;

dynamo::decimal_type!(
    /// A weight.
    Weight,
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

#[derive(Debug)]
struct RowsTable;

impl Table for RowsTable {
    const NAME: &'static str = "rows";
    const KEY: &'static [&'static str] = &["user_id", "id"];
}

#[derive(Clone, Debug, PartialEq)]
struct Thing {
    id: String,
    weight: Weight,
    count: Count,
    paid: bool,
    due: Timestamp,
}

impl Thing {
    fn new(id: &str) -> Self {
        let (weight, count) = (Weight::parse("1.5").unwrap(), Count::parse("-3").unwrap());
        Self { id: id.to_owned(), weight, count, paid: false, due: parse_instant("2026-11-25T09:30:00.123Z").unwrap() }
    }

    fn item(&self, user: &str) -> Item {
        item([
            ("user_id", text(user)),
            ("id", text(&self.id)),
            ("weight", number(self.weight)),
            ("count", number(self.count)),
            ("paid", flag(self.paid)),
            ("due", millis(self.due)),
        ])
    }

    fn read(item: &Item) -> dynamo::Result<Self> {
        let row = Row::new::<RowsTable>(item);
        Ok(Self {
            id: row.text("id")?.to_owned(),
            weight: row.parsed("weight", Weight::stored)?,
            count: row.parsed("count", Count::stored)?,
            paid: row.flag("paid")?,
            due: row.millis("due")?,
        })
    }
}

fn key(user: &str, id: &str) -> Item {
    item([("user_id", text(user)), ("id", text(id))])
}

/// A table of this test alone.
async fn table(app: &TestApp) -> TableClient<RowsTable> {
    let mut create =
        app.database.create_table().table_name(format!("{}rows", app.prefix)).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("user_id", KeyType::Hash), ("id", KeyType::Range)] {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        create = create.attribute_definitions(attribute.build().unwrap());
        create = create.key_schema(KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap());
    }
    create.send().await.unwrap();
    Db::new(app.database.clone(), &app.prefix).table()
}

#[tokio::test]
async fn fields_of_each_kind_are_read_as_they_were_stored() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    let thing = Thing::new("1");
    table.put(thing.item("ada")).await.unwrap();
    let stored = table.get(key("ada", "1")).await.unwrap().unwrap();
    assert_eq!(Thing::read(&stored).unwrap(), thing);
    for (name, notation) in [
        ("weight", "1.500"),
        ("weight", "15E-1"),
        ("count", "-3.0"),
        ("count", "-0.3E+1"),
        ("due", "1795599000123.0"),
        ("due", "1.795599000123E+12"),
    ] {
        let mut other = stored.clone();
        other.insert(name.to_owned(), number(notation));
        assert_eq!(Thing::read(&other).unwrap(), thing, "{name}: {notation}");
    }
}

#[test]
fn fields_that_another_program_wrote_wrong_are_corrupt() {
    let good = Thing::new("1").item("ada");
    let text = |text: &str| AttributeValue::S(text.to_owned());
    for (name, value) in [
        ("weight", number("-1")),
        ("weight", number("1E+16")),
        ("weight", number("0.0001")),
        ("weight", text("1.5")),
        ("count", number("9007199254740993")),
        ("count", number("0.5")),
        ("count", number("1E+40")),
        ("count", text("1")),
        ("paid", text("true")),
        ("paid", number("1")),
        ("due", number("1.5")),
        ("due", number("1E+40")),
        ("due", text("2026-11-25T09:30:00Z")),
    ] {
        let mut item = good.clone();
        for value in [Some(value.clone()), None] {
            item.remove(name);
            item.extend(value.clone().map(|value| (name.to_owned(), value)));
            let error = Thing::read(&item).unwrap_err();
            let is_named = matches!(error, Error::Corrupt { table: "rows", attribute } if attribute == name);
            assert!(is_named, "{name}: {value:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_change_sets_what_it_names_of_an_item_that_exists() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    let thing = Thing::new("1");
    table.put(thing.item("ada")).await.unwrap();
    let changes = |paid: Option<bool>, count: Option<&str>| [("paid", paid.map(flag)), ("count", count.map(number))];
    for (paid, count, expected) in [
        (None, None, thing.clone()),
        (Some(true), None, Thing { paid: true, ..thing.clone() }),
        (None, Some("7"), Thing { paid: true, count: Count::parse("7").unwrap(), ..thing.clone() }),
        (Some(false), Some("-3"), thing.clone()),
    ] {
        let found = table.patch(key("ada", "1"), &changes(paid, count), Thing::read).await.unwrap().unwrap().value;
        assert_eq!(found, expected, "{paid:?} {count:?}");
        assert_eq!(Thing::read(&table.get(key("ada", "1")).await.unwrap().unwrap()).unwrap(), found);
    }
    for (paid, count) in [(Some(true), None), (None, None)] {
        assert!(table.patch(key("ada", "2"), &changes(paid, count), Thing::read).await.unwrap().is_none());
        assert_eq!(table.get(key("ada", "2")).await.unwrap(), None, "no item is made");
    }
}

#[tokio::test]
async fn the_rows_of_one_owner_are_listed_from_the_newest() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    for id in ["1", "2", "3", "4", "5"] {
        table.put(Thing::new(id).item("ada")).await.unwrap();
    }
    table.put(Thing::new("6").item("bob")).await.unwrap();
    let changed = table.patch(key("ada", "3"), &[("paid", Some(number(1)))], Thing::read).await;
    assert!(matches!(changed, Err(Error::Unconfirmed(_))), "{changed:?}");
    let of = |value: &'static str| Partition { index: None, name: "user_id", value, is_id: |id| id.len() == 1 };
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let request = PageRequest { limit: 2, cursor: cursor.clone() };
        let page = table.newest(of("ada"), &request, Thing::read).await.unwrap();
        pages.push(page.items.into_iter().map(|thing| thing.id).collect::<Vec<_>>());
        let Some(next) = page.next else { break };
        cursor = Some(next);
    }
    assert_eq!(pages, [vec!["5", "4"], vec!["2", "1"]], "the row that can't be read is left out");
    let list = dynamo::Cursor { list: "rows", partition: "ada" };
    for (owner, cursor) in [
        ("bob", cursor.unwrap()),
        ("ada", list.encode(&["no id"])),
        ("ada", list.encode(&[""])),
        ("ada", list.encode(&["1", "2"])),
        ("ada", "x".to_owned()),
    ] {
        let request = PageRequest { limit: 2, cursor: Some(cursor) };
        let refused = table.newest(of(owner), &request, Thing::read).await;
        assert!(matches!(refused, Err(Error::Cursor)), "{owner}: {:?}", request.cursor);
    }
}
