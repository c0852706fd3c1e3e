use std::fs;

use project::generate::Owner;
use serde_json::Value;

use crate::copy::Copy;

const ALL_KINDS: [&str; 8] = [
    "name:text:1..50",
    "total:decimal",
    "count:integer:0..1000",
    "paid:boolean",
    "due:instant",
    "note:text:0..500:optional",
    "until:instant:optional",
    "weight:decimal:optional",
];

#[test]
fn a_resource_of_users_is_in_every_place() {
    let copy = Copy::new();
    let next = copy.resource("orders", Owner::User, &ALL_KINDS).unwrap();
    assert!(next.contains("--record orders_list") && next.contains("--record user_erase --suite billing"), "{next}");
    for verb in ["list", "get", "create", "update", "delete"] {
        let endpoint = copy.read(&format!("functions/src/bin/orders_{verb}.rs"));
        assert!(endpoint.contains("type Access = SignedIn;") && endpoint.contains("use billing::"), "{endpoint}");
    }
    for manifest in ["Cargo.toml", "functions/Cargo.toml", "functions/catalogue/Cargo.toml", "tools/local/Cargo.toml"] {
        let manifest: toml_edit::DocumentMut = copy.read(manifest).parse().unwrap();
        let tables =
            [manifest.get("dependencies"), manifest.get("workspace").and_then(|table| table.get("dependencies"))];
        assert!(tables.into_iter().flatten().any(|table| table.get("billing").is_some()), "{manifest}");
    }
    for (place, line) in [
        ("Cargo.toml", "\nbilling = { path = \"billing\" }\n"),
        ("functions/catalogue/src/lib.rs", "\n    billing,\n}"),
        ("functions/src/workers/user_erase.rs", "\n        billing: billing::Owned,\n    }"),
        ("tools/local/src/demo.rs", "\n    billing::demo::seed(context, &operator).await?;\n    Ok(())"),
        ("tests/Cargo.toml", "[[test]]\nname = \"billing\"\npath = \"billing/main.rs\"\n"),
        ("tests/billing/main.rs", "\nmod orders;\n"),
        ("billing/src/parts.rs", "\n        orders: crate::orders::Orders,\n    }"),
        ("billing/src/lib.rs", "= &[\"orders_changed\", \"orders_created\", \"orders_deleted\"];"),
        ("docs/events.md", "\n| `orders_created` | `order`, `by`, `outcome?` | a user added an order |\n"),
        ("template.yaml", "\n  OrdersTable:\n    Type: AWS::DynamoDB::Table\n"),
    ] {
        assert_eq!(copy.read(place).matches(line).count(), 1, "{place}: {line}");
    }
    let calls: Value = serde_json::from_str(&copy.read("tests/billing/calls.json")).unwrap();
    assert_eq!(calls["orders_update"]["after"], "orders_create");
    assert_eq!(calls["orders_create"]["body"]["count"], 3);
}

#[test]
fn every_kind_of_field_has_its_type_and_its_rules() {
    let copy = Copy::new();
    copy.resource("orders", Owner::User, &ALL_KINDS).unwrap();
    let (module, create) = (copy.read("billing/src/orders.rs"), copy.read("functions/src/bin/orders_create.rs"));
    let tests = copy.read("tests/billing/orders.rs");
    for (stored, read, parsed, wrong) in [
        (
            "pub name: OrderName,",
            "name: row.text(\"name\").map(OrderName::stored)?,",
            "fields.required(\"name\", |field| OrderName::parse(&field.text()?));",
            "(\"name\", json!(\"x\".repeat(51)))",
        ),
        (
            "pub total: OrderTotal,",
            "total: row.parsed(\"total\", OrderTotal::stored)?,",
            "fields.required(\"total\", |field| OrderTotal::parse(&field.decimal()?));",
            "(\"total\", json!(\"1.999\"))",
        ),
        (
            "pub count: OrderCount,",
            "count: row.parsed(\"count\", OrderCount::stored)?,",
            "fields.required(\"count\", |field| OrderCount::parse(field.number()?));",
            "(\"count\", json!(1001))",
        ),
        (
            "pub paid: bool,",
            "paid: row.flag(\"paid\")?,",
            "fields.required(\"paid\", |field| field.flag());",
            "(\"paid\", json!(\"true\"))",
        ),
        (
            "pub due: Timestamp,",
            "due: row.millis(\"due\")?,",
            "fields.required_as::<schema::Instant, _>(\"due\", |field| field.instant());",
            "(\"due\", json!(\"tomorrow\"))",
        ),
        (
            "pub note: Option<OrderNote>,",
            "note: row.has(\"note\").then(|| row.text(\"note\").map(OrderNote::stored)).transpose()?,",
            "fields.optional(\"note\", |field| OrderNote::parse(&field.text()?));",
            "(\"note\", json!(\"x\".repeat(501)))",
        ),
    ] {
        assert!(module.contains(stored) && module.contains(read), "{stored} {read}\n{module}");
        assert!(create.contains(parsed), "{parsed}\n{create}");
        assert!(tests.contains(wrong), "{wrong}\n{tests}");
    }
}

#[test]
fn a_second_resource_joins_the_domain() {
    let copy = Copy::new();
    copy.resource("orders", Owner::User, &["name:text"]).unwrap();
    let lacking = copy.read("billing/Cargo.toml").replace("uuid.workspace = true\n", "");
    fs::write(copy.0.path().join("billing/Cargo.toml"), lacking).unwrap();
    copy.resource("line_items", Owner::Nobody, &["name:text", "paid:boolean"]).unwrap();
    copy.resource("parcels", Owner::Nobody, &["size:integer:1..9"]).unwrap();
    let lib = copy.read("billing/src/lib.rs");
    assert!(
        lib.contains("mod authority;\npub mod demo;\nmod line_items;\nmod orders;\nmod parcels;\nmod parts;\n"),
        "{lib}"
    );
    let authority = copy.read("billing/src/authority.rs");
    assert_eq!(authority.matches("pub trait").count(), 5, "{authority}");
    assert!(
        copy.read("functions/src/bin/line_items_get.rs").starts_with("//! `GET /v1/line-items/{line_item_id}`: anyone")
    );
    assert!(copy.read("template.yaml").contains("\n  LineItemsTable:\n    Type: AWS::DynamoDB::Table\n"));
    assert!(copy.read("billing/src/demo.rs").contains("LineItemName::parse(\"Kettle\")"));
    assert!(copy.read("billing/Cargo.toml").ends_with("serde.workspace = true\nuuid.workspace = true\n"));
    assert_eq!(copy.read("Cargo.toml").matches("billing =").count(), 1);
}

#[test]
fn refusals_of_resources_leave_the_tree_as_it_was() {
    let copy = Copy::new();
    copy.resource("orders", Owner::User, &["name:text"]).unwrap();
    let user = |name: &'static str, field: &'static str| move |copy: &Copy| copy.resource(name, Owner::User, &[field]);
    for (cause, name, field) in [
        ("an endpoint with the path /v1/orders", "orders", "name:text"),
        ("resource `Notes`: a name has", "Notes", "name:text"),
        ("the singular of `news_glass` is not clear", "news_glass", "name:text"),
        ("the code needs the name `item` itself", "items", "name:text"),
        ("`string` is no type", "notes", "name:string"),
        ("a resource needs a field that is not optional", "notes", "name:text:optional"),
        ("every resource has its own `change`", "notes", "change:text"),
        ("every resource has its own `id`", "notes", "id:text"),
        ("there is a table signing_keys already", "signing_keys", "name:text"),
    ] {
        copy.assert_refused(cause, user(name, field));
    }
    fs::write(copy.0.path().join("functions/src/bin/notes_get.rs"), "").unwrap();
    copy.assert_refused("functions/src/bin/notes_get.rs: exists, and is not overwritten", user("notes", "name:text"));
}
