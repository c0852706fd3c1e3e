use tests::lists::{assert_invalid_cursors_are_refused, assert_invalid_limits_are_refused, cursor};
use tests::{Client, TestApp};

use crate::fields;

const LISTS: [&str; 2] = ["/v1/users", "/v1/auth/sessions"];

/// A member of staff with five sessions. At least five accounts exist.
async fn member_of_staff(app: &TestApp) -> Client {
    let staff = app.staff().await;
    for _ in 0..4 {
        app.user().await;
        app.sign_in(&staff.username).await;
    }
    staff
}

#[tokio::test]
async fn invalid_limits_are_refused() {
    let app = TestApp::init().await;
    let staff = member_of_staff(&app).await;
    for list in LISTS {
        assert_invalid_limits_are_refused(&staff, list).await;
    }
}

#[tokio::test]
async fn invalid_cursors_are_refused() {
    let app = TestApp::init().await;
    let staff = member_of_staff(&app).await;
    for (list, owner) in LISTS.into_iter().zip(["all", &staff.id.to_string()]) {
        assert_invalid_cursors_are_refused(&staff, list, owner).await;
    }
}

#[tokio::test]
async fn cursors_of_another_list_or_another_user() {
    let app = TestApp::init().await;
    let (staff, other) = (member_of_staff(&app).await, member_of_staff(&app).await);
    let (users, sessions) = (cursor(&staff, LISTS[0]).await, cursor(&staff, LISTS[1]).await);
    for (client, list, foreign) in
        [(&staff, LISTS[0], &sessions), (&staff, LISTS[1], &users), (&other, LISTS[1], &sessions)]
    {
        let response = client.get(&format!("{list}?cursor={foreign}")).await;
        assert_eq!(fields(&response), ["cursor"], "{list}");
    }
    // All staff read the same list of accounts.
    assert_eq!(other.get(&format!("{}?cursor={users}", LISTS[0])).await.status, 200);
}
