//! An item that can't be read, because another program wrote it, spoils no list: the others are there, and a line of the
//! log names the item.

use std::collections::{BTreeMap, BTreeSet};

use api::Method;
use auth::{OsEntropy, Roles};
use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use identity::Issuer;
use local::Template;
use serde_json::{Value, json};
use tests::bounded::{Item, paths};
use tests::{Client, Forge, PASSWORD, Response, SEED, TestApp, admitted, fill_account, good_call};

/// The ids of the items in a response that is a list, or an object with a single list.
fn listed(response: &Response) -> Option<BTreeSet<String>> {
    let body = response.json();
    let list = match &body {
        Value::Object(members) if members.len() == 1 => members.values().next()?,
        other => other,
    };
    let ids = list.as_array()?.iter().map(|item| item["id"].as_str().or(item["kid"].as_str()));
    ids.map(|id| id.map(str::to_owned)).collect()
}

/// Items of all tables, and three keys at least. The caller may read all lists, and has items of its own in those of users.
async fn filled(app: &TestApp) -> Client {
    let caller = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    app.sign_in(&caller.username).await;
    for (entry, round) in CATALOGUE.iter().flat_map(|entry| [(entry, 1), (entry, 2)]) {
        let client = match entry.route.method {
            Method::Post => admitted(app, entry.level).await,
            Method::Put => caller.clone(),
            _ => continue,
        };
        let (path, body, status) = good_call(app, entry.name, &client).await;
        let done = client.call(entry.route, &path, body).await;
        assert_eq!(done.status, status, "{} {round}: {}", entry.name, done.body);
    }
    // Two rows of its own.
    for _ in 0..2 {
        fill_account(app, &caller).await;
    }
    // Three keys: two of them are needed by the callers.
    for _ in 0..2 {
        app.part::<Issuer>().rotate(&OsEntropy).await.unwrap();
        app.second_process().sign_in(&caller.username).await;
    }
    caller
}

async fn lists(caller: &Client) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut lists = BTreeMap::new();
    // The audit grows with each call of this test. It has a test of its own.
    for path in paths().filter(|path| !path.starts_with("/v1/audit")) {
        let response = caller.get(path).await;
        if let Some(ids) = listed(&response) {
            assert!(ids.len() >= 2, "{path}: {}", response.body);
            lists.insert(path, ids);
        }
    }
    assert!(lists.len() >= 3, "{lists:?}");
    lists
}

/// The names of a table's attributes with a declared type: those of its keys, and of the keys of its indexes.
fn declared(table: &Value, list: &str) -> Vec<String> {
    let names = table[list].as_array().unwrap().iter().map(|one| one["AttributeName"].as_str().unwrap().to_owned());
    names.collect()
}

/// The items of a table that a list shows, or any others. None that the check of the caller needs.
fn victims(items: Vec<Item>, caller: &Client, key: &[String], lists: &BTreeMap<&str, BTreeSet<String>>) -> Vec<Item> {
    let session = caller.refresh_token.split('.').next().unwrap();
    let header = caller.token.as_deref().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&Forge::bytes(header)).unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    let own = [caller.id.to_string(), session.to_owned(), Forge::new(SEED).kid().to_owned(), kid];
    let last = |item: &Item| item[key.last().unwrap()].as_s().cloned().unwrap_or_default();
    let (mut shown, others): (Vec<Item>, Vec<Item>) = items
        .into_iter()
        .filter(|item| !own.contains(&last(item)))
        .partition(|item| lists.values().any(|ids| ids.contains(&last(item))));
    shown.truncate(1);
    shown.extend(others.into_iter().take(2));
    shown
}

async fn put(app: &TestApp, table: &str, item: &Item) {
    let put = app.database.put_item().table_name(format!("{}{table}", app.prefix)).set_item(Some(item.clone()));
    put.send().await.unwrap();
}

/// Asserts that a list has all items but at most this one, and if that is left out, that the log says so once.
#[track_caller]
fn assert_others(response: &Response, before: &BTreeSet<String>, what: (&str, &str, &Item), is_indexed: bool) -> bool {
    let (table, attribute, item) = what;
    let found = listed(response);
    let found = found.unwrap_or_else(|| panic!("{what:?}: {} {}", response.status, response.body));
    let missing: Vec<_> = before.difference(&found).collect();
    let lines = unreadable(response);
    let is_victim = |id: &str| item.values().any(|value| value.as_s().is_ok_and(|text| text == id));
    assert!(missing.len() <= 1 && missing.iter().all(|id| is_victim(id)), "{what:?}: {missing:?}");
    let silently = is_indexed && lines.is_empty();
    // An erased account is no part of the list, but that can't be read either.
    let is_elsewhere = !before.iter().any(|id| is_victim(id)) && lines.len() <= 1;
    assert!(lines.len() == missing.len() || silently || is_elsewhere, "{what:?}: {lines:?}");
    for line in lines {
        let key = line["key"].as_str().unwrap();
        assert!(line["table"] == table && line["attribute"] == attribute && key.split(' ').any(is_victim), "{line}");
    }
    !missing.is_empty()
}

/// Copies of an item, each with one attribute that is missing or of another type, and that attribute's name.
fn spoilt<'a>(item: &'a Item, key: &[String], indexed: &[String]) -> Vec<(&'a str, Item)> {
    let mut copies = Vec::new();
    for attribute in item.keys().filter(|name| !key.contains(name)) {
        let mut without = item.clone();
        without.remove(attribute);
        copies.push((attribute.as_str(), without));
        // DynamoDB itself refuses another type in an index.
        if !indexed.contains(attribute) {
            let mut other = item.clone();
            other.insert(attribute.clone(), AttributeValue::L(Vec::new()));
            copies.push((attribute.as_str(), other));
        }
    }
    copies
}

#[tokio::test]
async fn no_attribute_of_any_item_spoils_a_list() {
    let app = TestApp::init().await;
    let caller = filled(&app).await;
    let lists = lists(&caller).await;
    let (mut tables, mut left_out) = (BTreeSet::new(), BTreeSet::new());
    let template = Template::ours().unwrap();
    for (table, declaration) in template.tables() {
        let (key, indexed) = (declared(declaration, "KeySchema"), declared(declaration, "AttributeDefinitions"));
        // Some lists need a recent sign-in.
        let caller = app.sign_in(&caller.username).await;
        for item in victims(app.items(&table).await, &caller, &key, &lists) {
            for (attribute, copy) in spoilt(&item, &key, &indexed) {
                put(&app, &table, &copy).await;
                tables.insert(table.clone());
                // Limits of 60 a minute let the next call of each list pass.
                app.clock.advance_millis(1_000);
                for (path, before) in &lists {
                    let (response, is_indexed) = (caller.get(path).await, indexed.iter().any(|name| name == attribute));
                    if assert_others(&response, before, (&table, attribute, &item), is_indexed) {
                        left_out.insert(*path);
                    }
                }
            }
            put(&app, &table, &item).await;
        }
    }
    // Good calls have no idempotency keys.
    let filled = template.tables().filter(|(name, _)| name != "idempotency").count();
    assert_eq!(tables.len(), filled, "{tables:?}");
    assert_eq!(left_out, lists.keys().copied().collect(), "lists that left an item out");
}

fn unreadable(response: &Response) -> Vec<Value> {
    response.events().into_iter().filter(|line| line["event"] == "item_unreadable").collect()
}

/// An address only tells whether a sign-in counts as one from a stranger.
#[tokio::test]
async fn a_known_address_that_cannot_be_read_counts_as_unknown() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let items = app.items("sign_in_addresses").await;
    assert_eq!(items.len(), 1);
    let mut spoilt = items[0].clone();
    spoilt.insert("expires_at".to_owned(), AttributeValue::S("soon".to_owned()));
    put(&app, "sign_in_addresses", &spoilt).await;
    let caller = app.anon().at(items[0]["address"].as_s().unwrap());
    let sign_in = || json!({ "username": user.username, "password": PASSWORD });
    let response = caller.post("/v1/auth/token", sign_in()).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let lines = unreadable(&response);
    assert!(matches!(&lines[..], [line] if line["table"] == "sign_in_addresses"), "{lines:?}");
    let again = caller.post("/v1/auth/token", sign_in()).await;
    assert_eq!((again.status, unreadable(&again)), (200, Vec::new()), "the sign-in stored the address again");
}

#[tokio::test]
async fn a_session_that_cannot_be_read_stops_no_sign_out() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let session = |client: &Client| client.refresh_token.split('.').next().unwrap().to_owned();
    for attribute in ["family", "epoch", "salt", "ends_at"] {
        let (first, second) = (app.sign_in(&user.username).await, app.sign_in(&user.username).await);
        app.set("sessions", ("id", &session(&second)), attribute, AttributeValue::Null(true)).await;
        let one = first.delete(&format!("/v1/auth/sessions/{}", session(&second))).await;
        assert_eq!(one.status, 204, "{attribute}: {}", one.body);
        let own = first.post("/v1/auth/token/revoke", json!({ "refresh_token": second.refresh_token })).await;
        assert_eq!(own.status, 204, "{attribute}: {}", own.body);
        let all = first.delete("/v1/auth/sessions").await;
        assert_eq!(all.status, 204, "{attribute}: {}", all.body);
        assert!(first.get("/v1/users/me").await.is(401, "token_invalid"));
        assert_ne!(second.get("/v1/users/me").await.status, 200);
    }
}
