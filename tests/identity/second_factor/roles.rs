//! Roles that need a second factor, by the settings of a stack.

use serde_json::json;
use tests::{Client, PASSWORD, Response, TestApp};

use super::{FACTORS, Owner};
use crate::{ME, sign_in, with_tokens};

const STAFF: (&str, &str) = ("STAFF_NEEDS_SECOND_FACTOR", "true");
const SUPERUSER: (&str, &str) = ("SUPERUSER_NEEDS_SECOND_FACTOR", "true");

/// Asserts the challenge of RFC 9470 that asks for another factor, and for nothing else.
#[track_caller]
fn assert_factor_wanted(response: &Response) {
    assert!(response.is(401, "reauthentication_required"), "{} {}", response.status, response.body);
    let challenge = response.header("www-authenticate");
    assert!(challenge.starts_with(r#"Bearer error="insufficient_user_authentication""#), "{challenge}");
    assert!(challenge.ends_with(r#", acr_values="mfa""#) && !challenge.contains("max_age"), "{challenge}");
}

/// An act of a superuser.
async fn promote(superuser: &Client, user: &Client) -> Response {
    superuser.patch(&format!("/v1/users/{}", user.id), json!({ "is_staff": true })).await
}

#[tokio::test]
async fn a_role_that_needs_a_factor_is_not_admitted_without_it() {
    let app = TestApp::init_with(&[STAFF]).await;
    let staff = app.staff().await;
    assert_factor_wanted(&staff.get("/v1/users").await);
    // All that any user may do goes on, and the way to the factor is open.
    assert_eq!(staff.get(ME).await.status, 200);
    assert_eq!(staff.get(FACTORS).await.status, 200);
    let owner = Owner::of(&app, &staff).await;
    assert_eq!(owner.client.get("/v1/users").await.status, 200);
}

#[tokio::test]
async fn each_role_has_a_setting_of_its_own() {
    for (settings, staff_need, superusers_need) in [
        (&[STAFF][..], true, false),
        (&[SUPERUSER], false, true),
        (&[STAFF, SUPERUSER], true, true),
        (&[], false, false),
    ] {
        let app = TestApp::init_with(settings).await;
        let (user, staff, superuser) = (app.user().await, app.staff().await, app.superuser().await);
        let (listed, promoted) = (staff.get("/v1/users").await, promote(&superuser, &user).await);
        for (response, needed) in [(listed, staff_need), (promoted, superusers_need)] {
            if needed {
                assert_factor_wanted(&response);
            } else {
                assert_eq!(response.status, 200, "{settings:?}: {}", response.body);
            }
        }
        assert_eq!(user.get(ME).await.status, 200);
    }
}

#[tokio::test]
async fn a_superuser_with_a_factor_is_admitted() {
    let app = TestApp::init_with(&[STAFF, SUPERUSER]).await;
    let (user, owner) = (app.user().await, Owner::of(&app, &app.superuser().await).await);
    assert_eq!(promote(&owner.client, &user).await.status, 200);
}

/// Who became staff while signed in has no factor in that session.
#[tokio::test]
async fn a_role_given_later_needs_the_factor_too() {
    let app = TestApp::init_with(&[STAFF]).await;
    let (superuser, user) = (app.superuser().await, app.user().await);
    assert_eq!(promote(&superuser, &user).await.status, 200);
    let promoted = with_tokens(&app.anon(), &sign_in(&app, &user.username, PASSWORD).await);
    assert_factor_wanted(&promoted.get("/v1/users").await);
}
