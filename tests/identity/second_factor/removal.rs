//! `DELETE /v1/users/me/factors/{factor_id}`: an account without its factor is an ordinary account again.

use jiff::SignedDuration;
use serde_json::json;
use tests::{Client, PASSWORD, Response, TestApp};

use super::{FACTORS, Owner, events};
use crate::{assert_alive, assert_dead, sign_in, with_tokens};

async fn remove(client: &Client, owner: &Owner) -> Response {
    client.delete(&format!("{FACTORS}/{}", owner.phone.id)).await
}

#[tokio::test]
async fn removing_the_factor_ends_all_sessions() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    let other = app.sign_in(&owner.client.username).await;
    let response = remove(&owner.client, &owner).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    let removed = events(&response, "factor_removed");
    assert_eq!((removed.len(), &removed[0]["user"]), (1, &json!(owner.client.id)));
    assert_eq!(removed[0]["factor"], owner.phone.id.as_str());
    assert_dead(&owner.client).await;
    assert_dead(&other).await;
    // The password alone signs in, and the recovery codes went with the factor.
    let after = with_tokens(&app.anon(), &sign_in(&app, &owner.client.username, PASSWORD).await);
    assert_eq!(after.get(FACTORS).await.json(), json!({ "factors": [], "recovery_codes": 0 }));
    // A factor that is gone ends nothing.
    let again = remove(&after, &owner).await;
    assert_eq!((again.status, events(&again, "factor_removed").len()), (204, 0));
    assert_alive(&after).await;
}

#[tokio::test]
async fn removing_the_factor_rests_the_role() {
    let app = TestApp::init_with(&[("STAFF_NEEDS_SECOND_FACTOR", "true")]).await;
    let owner = Owner::of(&app, &app.staff().await).await;
    assert_eq!(owner.client.get("/v1/users").await.status, 200);
    assert_eq!(remove(&owner.client, &owner).await.status, 204);
    let after = with_tokens(&app.anon(), &sign_in(&app, &owner.client.username, PASSWORD).await);
    let refused = after.get("/v1/users").await;
    assert!(refused.is(401, "reauthentication_required"), "{} {}", refused.status, refused.body);
}

#[tokio::test]
async fn a_stolen_token_removes_no_factor() {
    let app = TestApp::init().await;
    let owner = Owner::new(&app).await;
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(remove(&owner.client, &owner).await.is(401, "reauthentication_required"));
    assert!(remove(&app.anon(), &owner).await.is(403, "token_missing"));
    assert!(sign_in(&app, &owner.client.username, PASSWORD).await.is(401, "second_factor_required"));
    assert_eq!(remove(&owner.stepped_up().await, &owner).await.status, 204);
}

#[tokio::test]
async fn another_factor_can_follow() {
    let app = TestApp::init().await;
    let first = Owner::new(&app).await;
    assert_eq!(remove(&first.client, &first).await.status, 204);
    let signed_in = sign_in(&app, &first.client.username, PASSWORD).await;
    let user = app.anon().signed_in(&first.client.username, &signed_in);
    let second = Owner::of(&app, &user).await;
    assert_ne!(first.phone.id, second.phone.id);
    // Nothing of the first one is good for anything.
    super::assert_wrong(&second.recover(&app, &first.recovery_codes[0]).await, "recovery_code");
    assert_eq!(second.recover(&app, &second.recovery_codes[0]).await.status, 200);
}
