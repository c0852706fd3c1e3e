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
    let next = copy.resource("postcards", Owner::User, &ALL_KINDS).unwrap();
    assert!(next.contains("--record postcards_list") && next.contains("--record user_erase --suite depot"), "{next}");
    for verb in ["list", "get", "create", "update", "delete"] {
        let endpoint = copy.read(&format!("functions/src/bin/postcards_{verb}.rs"));
        assert!(endpoint.contains("type Access = SignedIn;") && endpoint.contains("use depot::"), "{endpoint}");
    }
    for manifest in ["Cargo.toml", "functions/Cargo.toml", "functions/catalogue/Cargo.toml", "tools/local/Cargo.toml"] {
        let manifest: toml_edit::DocumentMut = copy.read(manifest).parse().unwrap();
        let tables =
            [manifest.get("dependencies"), manifest.get("workspace").and_then(|table| table.get("dependencies"))];
        assert!(tables.into_iter().flatten().any(|table| table.get("depot").is_some()), "{manifest}");
    }
    for (place, line) in [
        ("Cargo.toml", "\ndepot = { path = \"depot\" }\n"),
        ("functions/catalogue/src/lib.rs", "\n    depot,\n}"),
        ("functions/src/workers/user_erase.rs", "\n        depot: depot::Owned,\n    }"),
        ("tools/local/src/demo.rs", "\n    depot::demo::seed(context, &operator).await?;\n    Ok(())"),
        ("tests/Cargo.toml", "[[test]]\nname = \"depot\"\npath = \"depot/main.rs\"\n"),
        ("tests/depot/main.rs", "\nmod postcards;\n"),
        ("depot/src/parts.rs", "\n        postcards: crate::postcards::Postcards,\n    }"),
        ("depot/src/lib.rs", "= &[\"postcards_changed\", \"postcards_created\", \"postcards_deleted\"];"),
        ("docs/events.md", "\n| `postcards_created` | `postcard`, `by`, `outcome?` | a user added a postcard |\n"),
        ("template.yaml", "\n  PostcardsTable:\n    Type: AWS::DynamoDB::Table\n"),
    ] {
        assert_eq!(copy.read(place).matches(line).count(), 1, "{place}: {line}");
    }
    let calls: Value = serde_json::from_str(&copy.read("tests/depot/calls.json")).unwrap();
    assert_eq!(calls["postcards_update"]["after"], "postcards_create");
    assert_eq!(calls["postcards_create"]["body"]["count"], 3);
}

#[test]
fn every_kind_of_field_has_its_type_and_its_rules() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &ALL_KINDS).unwrap();
    let (module, create) = (copy.read("depot/src/postcards.rs"), copy.read("functions/src/bin/postcards_create.rs"));
    let tests = copy.read("tests/depot/postcards.rs");
    for (stored, read, parsed, wrong) in [
        (
            "pub name: PostcardName,",
            "name: row.text(\"name\").map(PostcardName::stored)?,",
            "fields.required(\"name\", |field| PostcardName::parse(&field.text()?));",
            "(\"name\", json!(\"x\".repeat(51)))",
        ),
        (
            "pub total: PostcardTotal,",
            "total: row.parsed(\"total\", PostcardTotal::stored)?,",
            "fields.required(\"total\", |field| PostcardTotal::parse(&field.decimal()?));",
            "(\"total\", json!(\"1.999\"))",
        ),
        (
            "pub count: PostcardCount,",
            "count: row.parsed(\"count\", PostcardCount::stored)?,",
            "fields.required(\"count\", |field| PostcardCount::parse(field.number()?));",
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
            "pub note: Option<PostcardNote>,",
            "note: row.has(\"note\").then(|| row.text(\"note\").map(PostcardNote::stored)).transpose()?,",
            "fields.optional(\"note\", |field| PostcardNote::parse(&field.text()?));",
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
    copy.resource("postcards", Owner::User, &["name:text"]).unwrap();
    let lacking = copy.read("depot/Cargo.toml").replace("uuid.workspace = true\n", "");
    fs::write(copy.0.path().join("depot/Cargo.toml"), lacking).unwrap();
    copy.resource("picture_frames", Owner::Nobody, &["name:text", "paid:boolean"]).unwrap();
    copy.resource("lanterns", Owner::Nobody, &["size:integer:1..9"]).unwrap();
    let lib = copy.read("depot/src/lib.rs");
    let modules = "mod authority;\npub mod demo;\nmod lanterns;\nmod parts;\nmod picture_frames;\nmod postcards;\n";
    assert!(lib.contains(modules), "{lib}");
    let authority = copy.read("depot/src/authority.rs");
    assert_eq!(authority.matches("pub trait").count(), 5, "{authority}");
    assert!(
        copy.read("functions/src/bin/picture_frames_get.rs")
            .starts_with("//! `GET /v1/picture-frames/{picture_frame_id}`: anyone")
    );
    assert!(copy.read("template.yaml").contains("\n  PictureFramesTable:\n    Type: AWS::DynamoDB::Table\n"));
    assert!(copy.read("depot/src/demo.rs").contains("PictureFrameName::parse(\"Kettle\")"));
    assert!(copy.read("depot/Cargo.toml").ends_with("serde.workspace = true\nuuid.workspace = true\n"));
    assert_eq!(copy.read("Cargo.toml").matches("depot =").count(), 1);
}

#[test]
fn refusals_of_resources_leave_the_tree_as_it_was() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &["name:text"]).unwrap();
    let user = |name: &'static str, field: &'static str| move |copy: &Copy| copy.resource(name, Owner::User, &[field]);
    for (cause, name, field) in [
        ("GET /v1/postcards is the route of postcards_list already", "postcards", "name:text"),
        ("resource `Telegrams`: a name has", "Telegrams", "name:text"),
        ("the singular of `news_glass` is not clear", "news_glass", "name:text"),
        ("the code needs the name `item` itself", "items", "name:text"),
        ("the code needs the name `parts` itself", "parts", "name:text"),
        ("the code needs the name `demo` itself", "demos", "name:text"),
        ("the code needs the name `Erasure` itself", "erasures", "name:text"),
        ("the code needs the name `Invalid` itself", "invalids", "name:text"),
        ("the code needs the name `Some` itself", "somes", "name:text"),
        ("the code needs the name `Ok` itself", "oks", "name:text"),
        ("the code needs the name `Vec` itself", "vecs", "name:text"),
        ("the code needs the name `SignedIn` itself", "signed_ins", "name:text"),
        ("the code needs the name `subject` itself", "subjects", "name:text"),
        ("the code needs the name `TestApp` itself", "test_apps", "name:text"),
        ("`string` is no type", "telegrams", "name:string"),
        ("a resource needs a field that is not optional", "telegrams", "name:text:optional"),
        ("every resource has its own `change`", "telegrams", "change:text"),
        ("every resource has its own `id`", "telegrams", "id:text"),
        ("every resource has its own `version`", "telegrams", "version:integer:0..9"),
        ("an integer has two values at least", "telegrams", "size:integer:9..9"),
        ("there is a table signing_keys already", "signing_keys", "name:text"),
    ] {
        copy.assert_refused(cause, user(name, field));
    }
    fs::write(copy.0.path().join("functions/src/bin/telegrams_get.rs"), "").unwrap();
    copy.assert_refused(
        "functions/src/bin/telegrams_get.rs: exists, and is not overwritten",
        user("telegrams", "name:text"),
    );
}

#[test]
fn a_new_domain_has_a_name_of_its_own() {
    const TAKEN: &str =
        "admin api bench core demo docs functions proc_macro recorded std tests tidy workers workspace_hack";
    let copy = Copy::new();
    for name in TAKEN.split_whitespace() {
        let cause = format!("`{name}` is the name of another crate, module, folder or suite: choose --domain");
        copy.assert_refused(&cause, |copy| copy.resource_in(name, "lanterns", Owner::Nobody, &["name:text"]));
    }
}

#[test]
fn the_five_routes_of_a_resource_are_free() {
    for (file, method, path) in [
        ("lanterns_all", "GET", "/v1/lanterns"),
        ("lanterns_add", "POST", "/v1/lanterns"),
        ("lanterns_read", "GET", "/v1/lanterns/{user_id}"),
        ("lanterns_edit", "PATCH", "/v1/lanterns/{user_id}"),
        ("lanterns_drop", "DELETE", "/v1/lanterns/{user_id}"),
    ] {
        let copy = Copy::new();
        let there = format!("//! `{method} {path}`: anyone calls.\n");
        fs::write(copy.0.path().join(format!("functions/src/bin/{file}.rs")), there).unwrap();
        let cause = format!("{method} {} is the route of {file} already", path.replace("user", "lantern"));
        copy.assert_refused(&cause, |copy| copy.resource("lanterns", Owner::Nobody, &["name:text"]));
    }
}
