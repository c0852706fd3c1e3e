//! Invitations, from the mail to the account.

use auth::Clock;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, Response, TestApp};

use crate::{ME, fields, look, set_flag, sign_in};

pub const EMAIL: &str = "ada@example.com";
pub const ACCEPT: &str = "/v1/invitations/accept";

pub async fn invite(staff: &Client, email: &str, role: Option<&str>) -> Response {
    let mut body = json!({ "email": email });
    if let Some(role) = role {
        body["role"] = role.into();
    }
    staff.post("/v1/invitations", body).await
}

/// Invites [`EMAIL`]. Returns the invitation's id and the token in its mail.
pub async fn invited(app: &TestApp) -> (String, String) {
    let invited = invite(&app.staff().await, EMAIL, Some("staff")).await;
    assert_eq!(invited.status, 202, "{}", invited.body);
    (invited.json()["id"].as_str().unwrap().to_owned(), app.mailed_token(EMAIL).await)
}

pub async fn accept(app: &TestApp, token: &str, username: &str) -> Response {
    app.anon().post(ACCEPT, json!({ "token": token, "username": username, "password": PASSWORD })).await
}

/// The mails to an address.
pub async fn mails_to(app: &TestApp, email: &str) -> Vec<String> {
    let to = format!("To: <{email}>");
    app.mails().await.into_iter().filter(|mail| mail.contains(&to)).collect()
}

fn assert_invalid(response: &Response) {
    assert_eq!((response.status, fields(response)), (422, vec!["token".to_owned()]), "{}", response.body);
}

#[tokio::test]
async fn an_invitation_becomes_an_account_with_its_id_a_verified_email_and_no_role() {
    let app = TestApp::init().await;
    let (id, token) = invited(&app).await;
    let [mail] = mails_to(&app, EMAIL).await.try_into().unwrap();
    assert!(mail.contains("/accept-invitation#token=") && !mail.contains("staff"), "{mail}");
    let made = accept(&app, &token, "ada").await;
    assert_eq!((made.status, made.header("location")), (201, format!("/v1/users/{id}").as_str()), "{}", made.body);
    let ada = app.sign_in("ada").await;
    let me = ada.get(ME).await.json();
    assert_eq!(me, made.json());
    assert_eq!((&me["id"], &me["email"], &me["email_verified"]), (&json!(id), &json!(EMAIL), &json!(true)));
    assert_eq!((&me["is_staff"], &me["is_superuser"]), (&json!(false), &json!(false)), "a wish gives no role");
    let events = made.events();
    let created = events.iter().find(|event| event["event"] == "user_created").unwrap();
    assert_eq!((&created["user"], &created["by"]), (&json!(id), &json!("invitation")));
    assert!(app.items("invitations").await.is_empty());
    assert_eq!(mails_to(&app, EMAIL).await.len(), 1, "no mail to verify the address");
    assert_invalid(&accept(&app, &token, "eve").await);
}

#[tokio::test]
async fn the_answer_does_not_tell_whether_an_address_has_an_account_and_the_mail_does() {
    let app = TestApp::init().await;
    let (staff, user) = (app.staff().await, app.user().await);
    let known = format!("{}@example.com", user.username);
    let mut answers = Vec::new();
    for email in [EMAIL, &known] {
        let response = invite(&staff, email, None).await;
        let (status, mut body, headers) = look(&response);
        for name in ["id", "email"] {
            body[name] = Value::Null;
        }
        let names: Vec<_> = headers.into_iter().map(|(name, _)| name).collect();
        answers.push((status, body, names));
    }
    assert_eq!(answers[0].0, 202);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(app.items("invitations").await.len(), 2);
    let [mail] = mails_to(&app, &known).await.try_into().unwrap();
    assert!(mail.contains("has an account there already") && !mail.contains("token="), "{mail}");
    assert!(!mail.contains(&format!("Hello {}", user.username)));
    let [mail] = mails_to(&app, EMAIL).await.try_into().unwrap();
    assert!(mail.contains("token="), "{mail}");
}

#[tokio::test]
async fn a_job_that_comes_again_is_answered_by_one_mail() {
    let app = TestApp::init().await;
    let asked = app.clock.now();
    let (id, _) = invited(&app).await;
    let again = identity::MailJob::Invite {
        invitation_id: auth::UserId::parse(&id).unwrap(),
        asked_at: asked.as_millisecond(),
    };
    app.queue_again(&[again], asked).await;
    assert_eq!(mails_to(&app, EMAIL).await.len(), 1);
}

#[tokio::test]
async fn a_mailbox_gets_three_invitations_an_hour_whoever_invites() {
    let app = TestApp::init().await;
    for _ in 0..3 {
        assert_eq!(invite(&app.staff().await, EMAIL, None).await.status, 202);
    }
    let staff = app.staff().await;
    assert!(invite(&staff, "ADA@example.com", None).await.is(429, "rate_limited"));
    assert_eq!(invite(&staff, "bob@example.com", None).await.status, 202);
    assert_eq!(mails_to(&app, EMAIL).await.len(), 3);
}

#[tokio::test]
async fn only_staff_that_signed_in_lately_invites_lists_and_withdraws() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(invite(&staff, EMAIL, None).await.is(401, "reauthentication_required"));
    assert!(staff.get("/v1/invitations").await.is(401, "reauthentication_required"));
    let path = format!("/v1/invitations/{}", staff.id);
    assert!(staff.delete(&path).await.is(401, "reauthentication_required"));
    assert!(invite(&app.superuser().await, EMAIL, None).await.is(403, "staff_required"));
    assert!(app.items("invitations").await.is_empty() && app.waiting_jobs().is_empty());
}

#[tokio::test]
async fn a_withdrawn_invitation_is_useless_and_is_mailed_no_more() {
    let app = TestApp::init().await;
    let (id, token) = invited(&app).await;
    let (staff, path) = (app.staff().await, format!("/v1/invitations/{id}"));
    let withdrawn = staff.delete(&path).await;
    assert_eq!(withdrawn.status, 204);
    let told = |response: &Response| response.events().iter().any(|event| event["event"] == "invitation_withdrawn");
    assert!(told(&withdrawn));
    let again = staff.delete(&path).await;
    assert!(again.status == 204 && !told(&again));
    assert_eq!(staff.delete("/v1/invitations/none").await.status, 204);
    assert_invalid(&accept(&app, &token, "ada").await);
    let second = invite(&staff, "bob@example.com", None).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(staff.delete(&format!("/v1/invitations/{second}")).await.status, 204);
    assert!(mails_to(&app, "bob@example.com").await.is_empty());
    assert_eq!(app.items("users").await.iter().filter(|user| user["username"].as_s().unwrap() == "ada").count(), 0);
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days() {
    for (hours, status) in [(7 * 24 - 1, 201), (7 * 24, 422)] {
        let app = TestApp::init().await;
        let (_, token) = invited(&app).await;
        app.clock.advance(SignedDuration::from_hours(hours));
        assert_eq!(accept(&app, &token, "ada").await.status, status);
        let listed = app.staff().await.get("/v1/invitations").await.json();
        assert_eq!(listed, json!([]), "{hours}");
    }
}

/// A mail that comes late does not make the invitation longer.
#[tokio::test]
async fn a_link_ends_with_its_invitation() {
    let app = TestApp::init().await;
    assert_eq!(invite(&app.staff().await, EMAIL, None).await.status, 202);
    app.clock.advance(SignedDuration::from_hours(6 * 24));
    let token = app.mailed_token(EMAIL).await;
    app.clock.advance(SignedDuration::from_hours(24));
    assert_invalid(&accept(&app, &token, "ada").await);
}

#[tokio::test]
async fn staff_list_the_open_invitations_of_everybody() {
    let app = TestApp::init().await;
    let (staff, other) = (app.staff().await, app.staff().await);
    let mut made = Vec::new();
    for email in ["a@example.com", "b@example.com", "c@example.com"] {
        made.push(invite(&staff, email, Some("superuser")).await.json());
    }
    assert_eq!(made[0]["invited_by"], staff.id.to_string());
    assert_eq!(made[0]["role"], "superuser");
    let mut listed = Vec::new();
    let mut path = "/v1/invitations?limit=2".to_owned();
    loop {
        let page = other.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        listed.extend(page.json().as_array().unwrap().clone());
        let Some((next, _)) = page.headers.get("link").and_then(|link| link.to_str().unwrap().split_once('>')) else {
            break;
        };
        path = next.trim_start_matches('<').to_owned();
    }
    listed.sort_by_key(|item| item["email"].as_str().unwrap().to_owned());
    assert_eq!(listed, made);
    let read = app.items("audit").await;
    assert!(read.iter().any(|row| row["action"] == AttributeValue::S("invitations_listed".to_owned())));
}

#[tokio::test]
async fn what_is_invalid_or_weak_leaves_the_link_usable() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    app.create_user("taken", "taken@example.com", auth::Roles::default()).await;
    assert!(accept(&app, &token, "Taken").await.is(409, "username_taken"));
    let weak = json!({ "token": token, "username": "ada", "password": "ada@example.com" });
    assert_eq!(fields(&app.anon().post(ACCEPT, weak).await), ["password"]);
    let missing = json!({ "token": "none", "username": "ada", "password": PASSWORD });
    assert_invalid(&app.anon().post(ACCEPT, missing).await);
    assert_eq!(accept(&app, &token, "ada").await.status, 201);
}

/// A token of another purpose is none.
#[tokio::test]
async fn tokens_of_invitations_verify_no_email_and_set_no_password() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    let body = json!({ "token": token, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/auth/verify-email", body).await.status, 422);
    let body = json!({ "token": token, "new_password": PASSWORD });
    assert_eq!(app.anon().post("/v1/auth/password-reset/confirm", body).await.status, 422);
    let user = json!({ "username": "bob", "email": "bob@example.com", "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/users", user).await.status, 201);
    let verify = app.mailed_token("bob@example.com").await;
    assert_invalid(&accept(&app, &verify, "eve").await);
}

#[tokio::test]
async fn a_call_whose_answer_was_lost_can_be_repeated_for_two_minutes() {
    let app = TestApp::init().await;
    let (id, token) = invited(&app).await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "users").then_some(Fault::LoseResponse));
    let lost = accept(&app, &token, "ada").await;
    assert!(lost.is(503, "unavailable"), "{}", lost.body);
    let events = lost.events();
    assert!(events.iter().any(|event| event["event"] == "user_created" && event["outcome"] == "unknown"), "{events:?}");
    app.dynamo.heal();
    let again = accept(&app, &token, "ada").await;
    assert_eq!((again.status, &again.json()["id"]), (201, &json!(id)), "{}", again.body);
    // Somebody else who has the link learns nothing.
    assert_invalid(&accept(&app, &token, "eve").await);
    let other = json!({ "token": token, "username": "ada", "password": "nine-patient-herons" });
    assert_invalid(&app.anon().post(ACCEPT, other).await);
    app.clock.advance(SignedDuration::from_secs(121));
    assert_invalid(&accept(&app, &token, "ada").await);
    assert_eq!(sign_in(&app.anon(), "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn two_acceptances_at_once_make_one_account() {
    // A client that sends the same again without waiting gets the same, and others nothing.
    for (second, expected) in [("ada", [201, 201]), ("eve", [201, 422])] {
        let app = TestApp::init().await;
        let (_, token) = invited(&app).await;
        let (first, second) = tokio::join!(accept(&app, &token, "ada"), accept(&app, &token, second));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, expected, "{} {}", first.body, second.body);
        let names = app.items("identities").await;
        let is_made = |name: &&str| ["username:ada", "username:eve"].contains(name);
        assert_eq!(names.iter().map(|name| name["identity"].as_s().unwrap().as_str()).filter(is_made).count(), 1);
    }
}

#[tokio::test]
async fn the_inviter_is_mailed_the_wish_once_and_only_while_staff() {
    for is_staff in [true, false] {
        let app = TestApp::init().await;
        let staff = app.staff().await;
        app.tell_owners();
        assert_eq!(invite(&staff, EMAIL, Some("superuser")).await.status, 202);
        let token = app.mailed_token(EMAIL).await;
        app.create_user("taken", "taken@example.com", auth::Roles::default()).await;
        assert!(accept(&app, &token, "taken").await.is(409, "username_taken"));
        set_flag(&app, staff.id, "is_staff", is_staff).await;
        let id = accept(&app, &token, "chosen-by-ada").await.json()["id"].as_str().unwrap().to_owned();
        let told = mails_to(&app, &format!("{}@example.com", staff.username)).await;
        assert_eq!(told.len(), usize::from(is_staff), "{told:?}");
        for mail in told {
            assert!(mail.contains("Your invitation was accepted") && mail.contains("superuser for it"), "{mail}");
            // A line of the mail may end within the text.
            assert!(mail.replace("=\r\n", "").contains(&id) && !mail.contains("chosen-by-ada"), "{mail}");
        }
    }
}

#[tokio::test]
async fn nobody_is_told_of_an_invitation_that_was_not_accepted() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    app.tell_owners();
    assert_eq!(invite(&staff, EMAIL, None).await.status, 202);
    let token = app.mailed_token(EMAIL).await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "users").then_some(Fault::Refuse("ThrottlingException")));
    assert_eq!(accept(&app, &token, "ada").await.status, 503);
    app.dynamo.heal();
    assert!(mails_to(&app, &format!("{}@example.com", staff.username)).await.is_empty());
}
