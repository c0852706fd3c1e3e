use auth::Roles;
use serde_json::json;
use tests::{Call, Client, Fault, TestApp};

use crate::{ids, next, pages};

const SESSIONS: &str = "/v1/auth/sessions";
const USERS: &str = "/v1/users";

/// Makes each Query or Scan return one item, as if the others did not fit into 1 MB.
fn one_item_per_call(call: &Call) -> Option<Fault> {
    let mut body = call.body.clone();
    ["Query", "Scan"].contains(&call.operation.as_str()).then(|| {
        body["Limit"] = json!(1);
        Fault::Instead(body)
    })
}

fn session(client: &Client) -> String {
    client.refresh_token.split('.').next().unwrap().to_owned()
}

/// Signs the user in once more, a millisecond after the last time.
async fn another_session(app: &TestApp, user: &Client) -> String {
    app.clock.advance_millis(1);
    session(&app.sign_in(&user.username).await)
}

#[tokio::test]
async fn every_session_is_listed_once_newest_first() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = vec![session(&user)];
    loop {
        // (items, limit): fewer items than the limit, as many, one more, several pages, a full last page.
        if [1, 2, 3, 4, 7, 9].contains(&all.len()) {
            for cut in [false, true] {
                if cut {
                    app.dynamo.fault(one_item_per_call);
                }
                let pages = pages(&user, &format!("{SESSIONS}?limit=3")).await;
                let expected: Vec<_> = all.chunks(3).map(<[_]>::to_vec).collect();
                assert_eq!(pages, expected, "{} items, cut: {cut}", all.len());
                app.dynamo.heal();
            }
        }
        if all.len() == 9 {
            break;
        }
        all.insert(0, another_session(&app, &user).await);
    }
    // The last page names no next page, full or not.
    let nine = user.get(&format!("{SESSIONS}?limit=9")).await;
    assert_eq!((ids(&nine), next(&nine)), (all.clone(), None));
    let eight = user.get(&format!("{SESSIONS}?limit=8")).await;
    assert_eq!(ids(&eight), all[..8]);
    assert_eq!(ids(&user.get(&next(&eight).unwrap()).await), all[8..]);
}

#[tokio::test]
async fn every_account_is_listed_once_however_the_database_cuts_the_pages() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let mut all = vec![staff.id.to_string()];
    for at in 0..6 {
        let name = format!("user{at}");
        all.push(app.create_user(&name, &format!("{name}@example.com"), Roles::default()).await.to_string());
    }
    all.sort();
    app.dynamo.fault(one_item_per_call);
    for limit in 1..=8 {
        let pages = pages(&staff, &format!("{USERS}?limit={limit}")).await;
        assert!(pages.iter().rev().skip(1).all(|page| page.len() == limit), "{limit}: {pages:?}");
        let mut found = pages.concat();
        found.sort();
        assert_eq!(found, all, "{limit}");
    }
}

#[tokio::test]
async fn a_page_has_fifty_items_unless_another_number_is_asked_for() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for at in 0..100 {
        app.create_user(&format!("user{at}"), &format!("user{at}@example.com"), Roles::default()).await;
    }
    let sizes = |pages: Vec<Vec<String>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(sizes(pages(&staff, USERS).await), [50, 50, 1]);
    assert_eq!(sizes(pages(&staff, &format!("{USERS}?limit=100")).await), [100, 1]);
    assert_eq!(sizes(pages(&staff, &format!("{USERS}?limit=99")).await), [99, 2]);
    // A page reads only the accounts that it needs.
    app.dynamo.take_calls();
    staff.get(&format!("{USERS}?limit=5")).await;
    let calls = app.dynamo.take_calls();
    let scans: Vec<_> = calls.iter().filter(|call| call.operation == "Scan").map(|call| &call.body["Limit"]).collect();
    assert_eq!(scans, [&json!(6)]);
}

#[tokio::test]
async fn changes_between_pages_neither_repeat_nor_skip_the_rest() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = vec![session(&user)];
    for _ in 0..5 {
        all.insert(0, another_session(&app, &user).await);
    }
    let first = user.get(&format!("{SESSIONS}?limit=2")).await;
    assert_eq!(ids(&first), all[..2]);
    // The last session of the page ends, and a new one appears at the front.
    assert_eq!(user.delete(&format!("{SESSIONS}/{}", all[1])).await.status, 204);
    another_session(&app, &user).await;
    let rest = pages(&user, &next(&first).unwrap()).await;
    assert_eq!(rest, [all[2..4].to_vec(), all[4..].to_vec()]);
}

/// Leaves the first `times` reads of the listed sessions unprocessed.
fn unprocessed(app: &TestApp, times: usize) {
    let mut asked = 0;
    app.dynamo.fault(move |call: &Call| {
        // The live check reads sessions together with users.
        let listed = call.is("BatchGetItem", "sessions") && !call.is("BatchGetItem", "users");
        asked += usize::from(listed);
        let first = listed && asked <= times;
        first.then(|| Fault::Respond(json!({ "Responses": {}, "UnprocessedKeys": call.body["RequestItems"].clone() })))
    });
}

#[tokio::test]
async fn keys_left_unprocessed_are_asked_for_again() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let mut all = vec![session(&user)];
    for _ in 0..4 {
        all.insert(0, another_session(&app, &user).await);
    }
    for times in [1, 2] {
        unprocessed(&app, times);
        let expected: Vec<_> = all.chunks(2).map(<[_]>::to_vec).collect();
        assert_eq!(pages(&user, &format!("{SESSIONS}?limit=2")).await, expected, "{times}");
    }
    unprocessed(&app, usize::MAX);
    crate::assert_unavailable(&user.get(SESSIONS).await);
}
