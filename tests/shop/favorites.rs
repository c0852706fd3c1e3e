use serde_json::Value;
use tests::{Client, TestApp};

async fn names(caller: &Client) -> Vec<String> {
    let list = caller.get("/v1/products/favorites").await.json();
    list.as_array().unwrap().iter().map(|product| product["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn favourites_are_the_callers_own() {
    let app = TestApp::init().await;
    let (alice, bob, pan) = (app.user().await, app.user().await, app.product("Pan").await);
    let path = format!("/v1/products/{pan}/favorite");
    assert_eq!(alice.put(&path).await.status, 204);
    assert_eq!(names(&alice).await, ["Pan"]);
    assert_eq!(names(&bob).await, Vec::<String>::new());
    assert_eq!(bob.delete(&path).await.status, 204);
    assert_eq!(names(&alice).await, ["Pan"]);
}

#[tokio::test]
async fn adding_and_removing_are_idempotent_and_keep_the_order() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut paths = Vec::new();
    for name in ["first", "second", "third"] {
        paths.push(format!("/v1/products/{}/favorite", app.product(name).await));
        app.clock.advance_millis(1);
        assert_eq!(user.put(paths.last().unwrap()).await.status, 204);
    }
    app.clock.advance_millis(1);
    assert_eq!(user.put(&paths[0]).await.status, 204);
    assert_eq!(names(&user).await, ["third", "second", "first"]);
    assert_eq!(user.delete(&paths[1]).await.status, 204);
    assert_eq!(user.delete(&paths[1]).await.status, 204);
    assert_eq!(names(&user).await, ["third", "first"]);
}

#[tokio::test]
async fn favourites_are_whole_products() {
    let app = TestApp::init().await;
    let (user, pan) = (app.user().await, app.product("Pan").await);
    user.put(&format!("/v1/products/{pan}/favorite")).await;
    let list = user.get("/v1/products/favorites").await.json();
    assert_eq!(list, Value::from(vec![app.anon().get(&format!("/v1/products/{pan}")).await.json()]));
}
