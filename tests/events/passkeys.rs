//! Refused passkeys, and what can't be done with them.

use http::Method;
use tests::passkey::{PASSKEY_CHALLENGE, creation_options, give_passkey, request_options};
use tests::{Client, Passkey, TestApp, enrol};

use crate::{Refusal, Seen};

const FACTORS: &str = "/v1/users/me/factors";

/// A user with an authenticator app, signed in, and the id of the app.
async fn owner(app: &TestApp) -> (Client, String) {
    let user = app.user().await;
    let phone = enrol(app, &user).await.authenticator;
    (app.sign_in(&user.username).await, phone.id.clone())
}

pub async fn refused() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let passkey = Passkey::add(&owner(&app).await.0).await;
    let copied = passkey.response(&app).await;
    let first = give_passkey(&app, copied.clone()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let options = request_options(&app).await;
    let of_another_site = passkey.respond_with(&options, |answer| answer.origin = "https://example.org");
    let of_nobody = passkey.respond_with(&options, |answer| answer.user = vec![0; 16]);
    let of_no_challenge = passkey.respond_with(&options, |answer| answer.challenge = b"garbage".to_vec());
    let of_a_copy = passkey.respond_with(&options, |answer| answer.counter = 0);
    vec![
        (("sign_in_failed", "passkey_used"), give_passkey(&app, copied).await),
        (("sign_in_failed", "passkey_wrong"), give_passkey(&app, of_another_site).await),
        (("sign_in_failed", "passkey_unknown"), give_passkey(&app, of_nobody).await),
        (("sign_in_failed", "passkey_expired"), give_passkey(&app, of_no_challenge).await),
        (("sign_in_failed", "passkey_cloned"), give_passkey(&app, of_a_copy).await),
    ]
}

pub async fn inputs() -> Seen<&'static str> {
    let (app, without) = (TestApp::init().await, TestApp::init_with(&[("PASSKEY_DOMAIN", "")]).await);
    let (user, phone) = owner(&app).await;
    for _ in 0..9 {
        Passkey::add(&user).await;
    }
    vec![
        ("passkeys_off", without.anon().send(Method::POST, PASSKEY_CHALLENGE, None).await),
        ("too_many_factors", creation_options(&user).await),
        ("passkeys_exist", user.delete(&format!("{FACTORS}/{phone}")).await),
    ]
}
