use serde_json::json;
use tests::{Call, Fault, TestApp};

use crate::{ids, next, pages};

/// Makes each Query return one item, as if the others did not fit into 1 MB.
pub fn one_item_per_query(call: &Call) -> Option<Fault> {
    let mut body = call.body.clone();
    (call.operation == "Query").then(|| {
        body["Limit"] = json!(1);
        Fault::Instead(body)
    })
}

#[tokio::test]
async fn every_product_is_listed_once_newest_first() {
    let app = TestApp::init().await;
    let anon = app.anon();
    assert_eq!(pages(&anon, "/v1/products?limit=3").await, [Vec::<String>::new()]);
    let mut all = Vec::new();
    for at in 0..13 {
        all.insert(0, app.product(&format!("product {at}")).await);
        // (items, limit): fewer items than the limit, as many, one more, several pages, a full last page.
        if ![2, 3, 4, 7, 9, 13].contains(&all.len()) {
            continue;
        }
        for cut in [false, true] {
            if cut {
                app.dynamo.fault(one_item_per_query);
            }
            let pages = pages(&anon, "/v1/products?limit=3").await;
            let expected: Vec<_> = all.chunks(3).map(<[_]>::to_vec).collect();
            assert_eq!(pages, expected, "{} items, cut: {cut}", all.len());
            app.dynamo.heal();
        }
    }
    // The last page names no next page, full or not.
    let thirteen = anon.get("/v1/products?limit=13").await;
    assert_eq!((ids(&thirteen), next(&thirteen)), (all.clone(), None));
    let twelve = anon.get("/v1/products?limit=12").await;
    assert_eq!(ids(&twelve), all[..12]);
    assert_eq!(ids(&anon.get(&next(&twelve).unwrap()).await), all[12..]);
}

#[tokio::test]
async fn a_page_has_fifty_items_unless_another_number_is_asked_for() {
    let app = TestApp::init().await;
    let anon = app.anon();
    for at in 0..101 {
        app.product(&format!("product {at}")).await;
    }
    let sizes = |pages: Vec<Vec<String>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(pages(&anon, "/v1/products").await), [50, 50, 1]);
    assert_eq!(sizes(pages(&anon, "/v1/products?limit=100").await), [100, 1]);
    assert_eq!(sizes(pages(&anon, "/v1/products?limit=99").await), [99, 2]);
    // A page reads only the products that it needs.
    app.dynamo.take_calls();
    anon.get("/v1/products?limit=5").await;
    let calls = app.dynamo.take_calls();
    assert_eq!(
        calls.iter().map(|call| (call.operation.as_str(), &call.body["Limit"])).collect::<Vec<_>>(),
        [("Query", &json!(6))]
    );
}

#[tokio::test]
async fn changes_between_pages_neither_repeat_nor_skip_the_rest() {
    let app = TestApp::init().await;
    let (anon, superuser) = (app.anon(), app.superuser().await);
    let mut all = Vec::new();
    for at in 0..6 {
        all.insert(0, app.product(&format!("product {at}")).await);
    }
    let first = anon.get("/v1/products?limit=2").await;
    assert_eq!(ids(&first), all[..2]);
    // The last item of the page is deleted, and a new one appears at the front.
    assert_eq!(superuser.delete(&format!("/v1/products/{}", all[1])).await.status, 204);
    app.product("new").await;
    let rest = pages(&anon, &next(&first).unwrap()).await;
    assert_eq!(rest, [all[2..4].to_vec(), all[4..].to_vec()]);
}
