//! Changes of rows with versions, in a table that has no versions itself.

use dynamo::{Error, Item, Result, Row, Table, TableClient, Written, item, key, text};
use tests::{Fault, TestApp, permit};
use tokio::task::JoinSet;

struct Rows;

impl Table for Rows {
    const NAME: &'static str = "rate_limits";
    const KEY: &'static [&'static str] = &["key"];
}

fn version(item: &Item) -> Result<u64> {
    Row::new::<Rows>(item).version()
}

fn a() -> Item {
    key("key", "a")
}

/// A check that accepts this version alone.
fn only(wanted: u64) -> impl Fn(&u64) -> Result<()> {
    move |version| if *version == wanted { Ok(()) } else { Err(Error::Cursor) }
}

async fn table(app: &TestApp) -> TableClient<Rows> {
    let table = app.context.db(&permit()).table::<Rows>();
    table.insert(item([("key", text("a")), ("name", text("old"))])).await.unwrap().unwrap();
    app.dynamo.take_calls();
    table
}

/// The operations on the table since the last look.
fn operations(app: &TestApp) -> Vec<String> {
    app.dynamo.take_calls().into_iter().map(|call| call.operation).collect()
}

#[tokio::test]
async fn a_change_without_a_check_is_one_write_that_raises_the_version() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    for expected in [1, 2] {
        let edited = table.patch(a(), &[("name", Some(text("new")))], version).await.unwrap().unwrap();
        assert_eq!((edited.value, edited.written), (expected, Written::Done));
        assert_eq!(operations(&app), ["UpdateItem"]);
    }
    let same = table.patch(a(), &[("name", None)], version).await.unwrap().unwrap();
    assert_eq!((same.value, same.written), (2, Written::Unchanged));
    assert_eq!(operations(&app), ["GetItem"]);
    assert!(table.patch(key("key", "b"), &[("name", Some(text("new")))], version).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_change_and_a_change_of_nothing_write_nothing() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    let (new, old) = ([("name", Some(text("new")))], [("name", Some(text("old")))]);
    assert!(matches!(table.patch_if(a(), &new, version, only(1)).await, Err(Error::Cursor)));
    assert!(matches!(table.delete_if(a(), version, only(1)).await, Err(Error::Cursor)));
    let same = table.patch_if(a(), &old, version, only(0)).await.unwrap().unwrap();
    assert_eq!((same.value, same.written), (0, Written::Unchanged));
    assert!(table.patch_if(key("key", "b"), &new, version, only(0)).await.unwrap().is_none());
    assert_eq!(table.delete_if(key("key", "b"), version, only(0)).await.unwrap(), Written::Unchanged);
    assert_eq!(operations(&app), ["GetItem"; 5]);
}

#[tokio::test]
async fn a_lost_response_is_no_change_of_another() {
    for fault in [Fault::LoseResponse, Fault::Garble, Fault::ServerError, Fault::Empty, Fault::Twice] {
        let (app, name) = (TestApp::init().await, format!("{fault:?}"));
        let table = table(&app).await;
        let inject = || {
            let (mut first, fault) = (true, fault.clone());
            app.dynamo.fault(move |call| {
                let writes = ["TransactWriteItems", "UpdateItem", "DeleteItem"];
                let is_write = writes.iter().any(|write| call.is(write, "rate_limits"));
                (is_write && std::mem::take(&mut first)).then(|| fault.clone())
            });
        };
        inject();
        let edited = table.patch_if(a(), &[("name", Some(text("new")))], version, only(0)).await.unwrap().unwrap();
        assert_eq!((edited.value, edited.written), (1, Written::Done), "{name}");
        inject();
        assert_eq!(table.delete_if(a(), version, only(1)).await.unwrap(), Written::Done, "{name}");
        assert!(table.get(a()).await.unwrap().is_none(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_changes_that_meet_are_all_made_or_all_but_one_refused() {
    let app = TestApp::init().await;
    let table = table(&app).await;
    let ten = async |wanted: Option<u64>| {
        let calls = (0..10).map(|number| {
            let (table, name) = (table.clone(), format!("{wanted:?} {number}"));
            let check = move |version: &u64| wanted.map_or(Ok(()), |wanted| only(wanted)(version));
            async move { table.patch_if(a(), &[("name", Some(text(name)))], version, check).await }
        });
        let results = calls.collect::<JoinSet<_>>().join_all().await;
        results.into_iter().filter(|result| result.is_ok()).count()
    };
    assert_eq!(ten(None).await, 10);
    assert_eq!(ten(Some(10)).await, 1);
    assert_eq!(version(&table.get(a()).await.unwrap().unwrap()).unwrap(), 11);
}
