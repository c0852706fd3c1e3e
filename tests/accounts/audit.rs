//! Superusers read the audit: what was done to a subject, and what an actor did.

use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::lists::{cursor, next};
use tests::problems::fields;
use tests::{Client, Response, TestApp};

async fn audit(by: &Client, query: &str) -> Response {
    by.get(&format!("/v1/audit?{query}")).await
}

/// The rows of all pages, the newest first.
async fn rows(by: &Client, query: &str) -> Vec<Value> {
    let (mut path, mut rows) = (format!("/v1/audit?{query}"), Vec::new());
    loop {
        let response = by.get(&path).await;
        assert_eq!(response.status, 200, "{}", response.body);
        rows.extend(response.json().as_array().unwrap().clone());
        assert!(rows.len() < 100, "the list never ends");
        let Some(more) = next(&response) else { return rows };
        path = more;
    }
}

fn texts(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

/// Makes and unmakes a user staff, `times` times in all. Returns the responses.
async fn change(app: &TestApp, by: &Client, user: &str, times: usize) -> Vec<Response> {
    let mut responses = Vec::new();
    for at in 0..times {
        app.clock.advance_millis(1);
        let body = json!({ "is_staff": at % 2 == 0 });
        responses.push(by.patch(&format!("/v1/users/{user}"), body).await);
        assert_eq!(responses[at].status, 200, "{}", responses[at].body);
    }
    responses
}

#[tokio::test]
async fn the_rows_of_a_subject_and_of_an_actor_come_newest_first_with_any_limit() {
    let app = TestApp::init().await;
    let (one, two) = (app.superuser().await, app.superuser().await);
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    let other = app.create_user("bob", "bob@example.com", Roles::default()).await.to_string();
    let mut done = change(&app, &one, &user, 4).await;
    done.extend(change(&app, &two, &user, 2).await);
    change(&app, &one, &other, 2).await;
    done.reverse();
    let ids: Vec<&str> = done.iter().map(|response| response.header("x-request-id")).collect();
    for limit in [1, 2, 4, 5, 6, 7, 100] {
        let found = rows(&two, &format!("limit={limit}&subject=users/{user}")).await;
        assert_eq!(texts(&found, "request_id"), ids, "limit {limit}");
        let found = rows(&two, &format!("actor=users%2F{}&limit={limit}", one.id)).await;
        let subjects = [&other, &other, &user, &user, &user, &user].map(|id| format!("users/{id}"));
        assert_eq!(texts(&found, "subject"), subjects, "limit {limit}");
        assert!(texts(&found, "actor").iter().all(|actor| *actor == format!("users/{}", one.id)));
    }
    let newest = &rows(&one, &format!("subject=users/{user}")).await[0];
    let expected = json!({
        "id": newest["id"], "at": "2026-01-01T00:00:00.006Z", "actor": format!("users/{}", two.id),
        "action": "roles_changed", "subject": format!("users/{user}"), "request_id": ids[0],
        "before": { "is_staff": true }, "after": { "is_staff": false }, "shown": [],
    });
    assert_eq!(newest, &expected);
    assert_eq!(audit(&one, "subject=users/nobody").await.json(), json!([]));
}

#[tokio::test]
async fn the_link_of_a_page_keeps_the_parameter() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    change(&app, &superuser, &user, 2).await;
    for (name, value) in [("subject", format!("users/{user}")), ("actor", format!("users/{}", superuser.id))] {
        let path = next(&audit(&superuser, &format!("limit=1&x=y&{name}={value}")).await).unwrap();
        let expected = format!("/v1/audit?{name}={}&limit=1&cursor=", value.replace('/', "%2F"));
        assert!(path.starts_with(&expected), "{path}");
    }
}

#[tokio::test]
async fn exactly_one_of_the_two_parameters_must_be_given() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let (longest, longer) = ("a".repeat(640), "a".repeat(641));
    for (query, field) in [
        (String::new(), "subject"),
        ("limit=1".to_owned(), "subject"),
        ("Subject=users".to_owned(), "subject"),
        ("subject=".to_owned(), "subject"),
        ("actor=".to_owned(), "actor"),
        ("subject=users&actor=users/1".to_owned(), "actor"),
        ("actor=users/1&subject=users".to_owned(), "actor"),
        ("subject=users&subject=users".to_owned(), "subject"),
        ("actor=users&actor=users".to_owned(), "actor"),
        (format!("subject={longer}"), "subject"),
        (format!("actor={longer}"), "actor"),
        ("subject=users&limit=0".to_owned(), "limit"),
    ] {
        assert_eq!(fields(&audit(&superuser, &query).await), [field], "{query}");
    }
    for query in [format!("subject={longest}"), format!("actor={longest}"), "subject=%00%F0%9F%AB%96".to_owned()] {
        assert_eq!(audit(&superuser, &query).await.json(), json!([]), "{query}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_one_subject_or_actor() {
    let app = TestApp::init().await;
    let staff = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    change(&app, &staff, &user, 2).await;
    app.user().await;
    assert_eq!(staff.get("/v1/users").await.status, 200);
    let users = cursor(&staff, "/v1/users").await;
    let of = async |query: &str| {
        let path = next(&audit(&staff, &format!("limit=1&{query}")).await).unwrap();
        path.split_once("cursor=").unwrap().1.to_owned()
    };
    let (subject, actor) = (format!("subject=users/{user}"), format!("actor=users/{}", staff.id));
    let cursors = [users, of(&subject).await, of(&actor).await, of("subject=users").await];
    for (query, own) in [(&subject, 1), (&actor, 2), (&"subject=users".to_owned(), 3)] {
        for (at, cursor) in cursors.iter().enumerate() {
            let response = audit(&staff, &format!("{query}&cursor={cursor}")).await;
            match at == own {
                true => assert_eq!(response.status, 200, "{query}"),
                false => assert_eq!(fields(&response), ["cursor"], "{query} {cursor}"),
            }
        }
    }
}

#[tokio::test]
async fn only_superusers_read_it_and_only_after_a_recent_authentication() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    assert!(audit(&app.staff().await, "subject=users").await.is(403, "superuser_required"));
    assert!(audit(&app.user().await, "subject=users").await.is(403, "superuser_required"));
    assert_eq!(audit(&superuser, "subject=users").await.status, 200);
    app.clock.advance(SignedDuration::from_secs(301));
    assert!(audit(&superuser, "subject=users").await.is(401, "reauthentication_required"));
}

#[tokio::test]
async fn reading_it_leaves_an_event_and_no_row() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    for (query, subject, actor) in [
        ("subject=users", json!("users"), Value::Null),
        ("actor=operator/local", Value::Null, json!("operator/local")),
        // The session of an operator can be named like an email, which is in no log.
        ("actor=operator/arn:aws:sts::1:assumed-role/Admin/ada@example.com", Value::Null, Value::Null),
    ] {
        let events = audit(&superuser, query).await.events();
        let read: Vec<&Value> = events.iter().filter(|line| line["event"] == "audit_read").collect();
        let [line] = read[..] else { panic!("{events:#?}") };
        assert_eq!((&line["subject"], &line["actor"]), (&subject, &actor), "{query}");
        assert_eq!(line["by"], superuser.id.to_string());
    }
    let refused = audit(&app.staff().await, "subject=users").await.events();
    assert!(!refused.iter().any(|line| line["event"] == "audit_read"), "{refused:?}");
    assert_eq!(app.items("audit").await, []);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_hides_no_other() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let user = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    change(&app, &superuser, &user, 3).await;
    let (query, before) = (format!("subject=users/{user}"), rows(&superuser, &format!("subject=users/{user}")).await);
    let broken = app.database.update_item().table_name(format!("{}audit", app.prefix));
    let broken = broken.key("subject", AttributeValue::S(format!("users/{user}")));
    let broken = broken.key("id", AttributeValue::S(before[1]["id"].as_str().unwrap().to_owned()));
    broken.update_expression("REMOVE actor").send().await.unwrap();
    let response = audit(&superuser, &query).await;
    assert_eq!(response.json(), json!([before[0], before[2]]));
    let lines: Vec<Value> = response.events().into_iter().filter(|line| line["event"] == "item_unreadable").collect();
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!((&line["table"], &line["attribute"]), (&json!("audit"), &json!("actor")));
}
