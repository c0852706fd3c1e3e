//! Operators list accounts and change the access of other users.

use std::collections::BTreeSet;

use auth::{Clock, OsEntropy, Roles, UserId};
use serde_json::{Value, json};
use tests::lists::next;
use tests::{Client, PASSWORD, Response, TestApp};

use crate::{ME, assert_dead, fields, flag, refresh, sign_in};

const USERS: &str = "/v1/users";

async fn change(by: &Client, user: UserId, body: Value) -> Response {
    by.patch(&format!("{USERS}/{user}"), body).await
}

/// Makes a change, which must succeed. Returns the changed account.
async fn changed(by: &Client, user: UserId, body: Value) -> Value {
    let response = change(by, user, body.clone()).await;
    assert_eq!(response.status, 200, "{body}: {}", response.body);
    response.json()
}

/// All accounts, page by page.
async fn pages(staff: &Client, limit: usize) -> Vec<Vec<Value>> {
    let (mut path, mut pages) = (format!("{USERS}?limit={limit}"), Vec::new());
    loop {
        let response = staff.get(&path).await;
        assert_eq!(response.status, 200, "{}", response.body);
        pages.push(response.json().as_array().unwrap().clone());
        assert!(pages.len() < 50, "the list never ends");
        let Some(more) = next(&response) else { return pages };
        path = more;
    }
}

fn ids(accounts: &[Value]) -> Vec<String> {
    let mut ids: Vec<_> = accounts.iter().map(|account| account["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

async fn erase(user: &Client) {
    let response = user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await;
    assert_eq!(response.status, 202, "{}", response.body);
}

#[tokio::test]
async fn every_account_is_listed_once_with_any_limit() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let mut all = vec![staff.id.to_string()];
    for at in 0..6 {
        let name = format!("user{at}");
        all.push(app.create_user(&name, &format!("{name}@example.com"), Roles::default()).await.to_string());
    }
    all.sort();
    for limit in [1, 2, 3, 6, 7, 8, 100] {
        let pages = pages(&staff, limit).await;
        assert_eq!(ids(&pages.concat()), all, "limit {limit}");
        let full = pages.iter().rev().skip(1).all(|page| page.len() == limit);
        assert!(full && !pages.last().unwrap().is_empty(), "limit {limit}: {pages:?}");
    }
}

#[tokio::test]
async fn staff_see_exactly_these_fields_of_an_account() {
    let app = TestApp::init().await;
    let (staff, user) = (app.staff().await, app.user().await);
    let members = "id username email first_name last_name is_staff is_superuser is_active";
    let members: BTreeSet<&str> = members.split(' ').collect();
    let listed = pages(&staff, 100).await.concat();
    let one = staff.get(&format!("{USERS}/{}", user.id)).await.json();
    for account in listed.iter().chain([&one]) {
        let there: BTreeSet<&str> = account.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(there, members);
    }
    assert!(listed.contains(&one), "{listed:?}");
    let email = format!("{}@example.com", user.username);
    let expected = json!({
        "id": user.id.to_string(), "username": user.username, "email": email, "first_name": "", "last_name": "",
        "is_staff": false, "is_superuser": false, "is_active": true,
    });
    assert_eq!(one, expected);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    app.user().await;
    app.sign_in(&staff.username).await;
    let link = staff.get("/v1/auth/sessions?limit=1").await.header("link").to_owned();
    let foreign = link.split("cursor=").nth(1).unwrap().split(['&', '>']).next().unwrap().to_owned();
    for cursor in [foreign.as_str(), "garbage", "e30", "W10", ""] {
        let response = staff.get(&format!("{USERS}?cursor={cursor}")).await;
        assert_eq!(fields(&response), ["cursor"], "{cursor}");
    }
    let own = staff.get("/v1/users?limit=1").await.header("link").to_owned();
    let own = own.split("cursor=").nth(1).unwrap().split(['&', '>']).next().unwrap().to_owned();
    assert_eq!(staff.get(&format!("{USERS}?cursor={own}")).await.status, 200);
    assert_eq!(fields(&staff.get(&format!("/v1/auth/sessions?cursor={own}")).await), ["cursor"]);
    assert_eq!(fields(&staff.get(&format!("{USERS}?limit=0")).await), ["limit"]);
}

#[tokio::test]
async fn an_account_that_is_being_erased_is_out_of_sight() {
    let app = TestApp::init().await;
    let both = Roles { is_staff: true, is_superuser: true };
    let operator = app.with_roles(both).await;
    let (mut stay, mut go) = (vec![operator.id.to_string()], Vec::new());
    for _ in 0..3 {
        stay.push(app.user().await.id.to_string());
        go.push(app.user().await);
    }
    stay.sort();
    for user in &go {
        erase(user).await;
    }
    for limit in [1, 2, 3, 4, 5, 100] {
        let pages = pages(&operator, limit).await;
        assert_eq!(ids(&pages.concat()), stay, "limit {limit}");
        // Erased accounts may be all that is left after a page.
        let (last, others) = pages.split_last().unwrap();
        assert!(others.iter().all(|page| !page.is_empty()), "limit {limit}: {others:?}, {last:?}");
    }
    assert_eq!(app.items("users").await.len(), 7, "all items are still stored");
    for user in &go {
        assert!(operator.get(&format!("{USERS}/{}", user.id)).await.is(404, "not_found"));
        for body in [json!({ "is_active": true }), json!({ "is_superuser": true })] {
            assert!(change(&operator, user.id, body).await.is(404, "not_found"));
        }
        assert!(!flag(&app, user.id, "is_active").await && !flag(&app, user.id, "is_superuser").await);
    }
}

#[tokio::test]
async fn each_flag_alone_and_all_together() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await;
    let mut expected = json!({ "is_staff": false, "is_superuser": false, "is_active": true });
    for body in [
        json!({ "is_staff": true }),
        json!({ "is_superuser": true }),
        json!({ "is_active": false }),
        json!({ "is_active": true, "is_staff": false, "is_superuser": false }),
        json!({ "is_active": false, "is_staff": true, "is_superuser": true }),
        json!({ "is_superuser": false }),
        json!({ "is_staff": true }),
        json!({ "is_active": true, "is_staff": false }),
    ] {
        expected.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let account = changed(&superuser, user, body.clone()).await;
        assert_eq!((&account["id"], &account["username"]), (&json!(user.to_string()), &json!("ada")));
        for name in ["is_active", "is_staff", "is_superuser"] {
            assert_eq!(account[name], expected[name], "{body}: {name}");
            assert_eq!(json!(flag(&app, user, name).await), expected[name], "{body}: {name}");
        }
    }
}

#[tokio::test]
async fn an_invalid_change_is_refused() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await;
    let before = app.items("users").await;
    for (body, field) in [
        (json!({}), ""),
        (json!({ "is_staff": true, "username": "x" }), "username"),
        (json!({ "is_staff": true, "epoch": 0 }), "epoch"),
        (json!({ "is_staff": true, "IS_STAFF": true }), "IS_STAFF"),
        (json!({ "is_staff": "true" }), "is_staff"),
        (json!({ "is_superuser": 1 }), "is_superuser"),
        (json!({ "is_active": null }), "is_active"),
        (json!({ "is_active": [true] }), "is_active"),
    ] {
        assert_eq!(fields(&change(&superuser, user, body.clone()).await), [field], "{body}");
    }
    assert_eq!(change(&superuser, user, json!([true])).await.status, 422);
    assert_eq!(app.items("users").await.len(), before.len());
    assert!(app.items("users").await.iter().all(|item| before.contains(item)), "nothing changed");
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_not_found_and_not_made() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let nobody = UserId::new(app.clock.now(), &OsEntropy).unwrap();
    let before = app.items("users").await;
    for id in [nobody.to_string(), UserId::nobody().to_string(), "nonsense".to_owned(), "a".repeat(2049)] {
        for body in [json!({ "is_staff": true }), json!({ "is_active": false })] {
            let response = superuser.patch(&format!("{USERS}/{id}"), body).await;
            assert!(response.is(404, "not_found"), "{id}: {}", response.body);
        }
    }
    assert_eq!(app.items("users").await, before);
}

#[tokio::test]
async fn nobody_changes_their_own_access() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let before = app.items("users").await;
    for body in [
        json!({ "is_superuser": false }),
        json!({ "is_active": false }),
        json!({ "is_staff": true }),
        json!({ "is_superuser": true }),
    ] {
        assert!(change(&superuser, superuser.id, body).await.is(409, "own_account"));
    }
    assert_eq!(app.items("users").await, before);
}

#[tokio::test]
async fn a_demotion_counts_at_once_and_a_promotion_from_the_next_token_on() {
    let app = TestApp::init().await;
    let (superuser, user) = (app.superuser().await, app.user().await);
    changed(&superuser, user.id, json!({ "is_staff": true })).await;
    assert!(user.get(USERS).await.is(403, "staff_required"), "the token is older than the role");
    let response = refresh(&user).await.json();
    let promoted = user.with_token(response["access_token"].as_str().unwrap());
    assert_eq!(promoted.get(USERS).await.status, 200);
    changed(&superuser, user.id, json!({ "is_staff": false })).await;
    assert!(promoted.get(USERS).await.is(403, "staff_required"), "the token does not claim the role");
    assert_eq!(promoted.get(ME).await.status, 200, "the token is still valid");
}

#[tokio::test]
async fn a_deactivated_user_is_out_at_once_and_the_old_session_stays_dead() {
    let app = TestApp::init().await;
    let (superuser, user) = (app.superuser().await, app.user().await);
    let elsewhere = app.second_process().anon_like(&user);
    assert_eq!((user.get(ME).await.status, elsewhere.get(ME).await.status), (200, 200));
    changed(&superuser, user.id, json!({ "is_active": false })).await;
    assert_dead(&app, &user).await;
    assert!(elsewhere.get(ME).await.is(401, "token_invalid"));
    changed(&superuser, user.id, json!({ "is_active": true })).await;
    assert!(user.get(ME).await.is(401, "token_invalid"));
    assert!(refresh(&user).await.is(401, "token_invalid"));
    assert_eq!(sign_in(&app.anon(), &user.username, PASSWORD).await.status, 200);
    assert_eq!(app.sign_in(&user.username).await.get(ME).await.status, 200);
}
