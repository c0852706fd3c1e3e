//! Idempotency keys, at an endpoint that no domain has.

use jiff::SignedDuration;
use tests::once_probe::create;
use tests::{Fault, TestApp};

#[tokio::test]
async fn a_call_with_a_key_has_its_effect_once() {
    let app = TestApp::init().await;
    let (staff, other) = (app.staff().await, app.staff().await);
    let first = create(&app, &staff, Some("a"), "x").await;
    assert_eq!((first.status, &*first.body), (201, "\"x\""));
    assert!(first.header("location").starts_with("/stage/v1/probe/"), "{}", first.header("location"));
    let again = create(&app, &staff, Some("\"a\""), "x").await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(app.items("audit").await.len(), 1);
    assert!(create(&app, &staff, Some("a"), "y").await.is(422, "idempotency_key_reused"));
    assert_eq!(app.items("audit").await.len(), 1);
    assert_eq!(create(&app, &other, Some("a"), "y").await.header("idempotency-replayed"), "");
    assert_eq!(create(&app, &staff, None, "x").await.status, 201);
    assert_eq!(create(&app, &staff, None, "x").await.status, 201);
    assert_eq!((app.items("audit").await.len(), app.items("idempotency").await.len()), (4, 2));
}

/// DynamoDB deletes expired items late, so the time counts.
#[tokio::test]
async fn a_key_is_new_after_a_day() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let long = "x".repeat(3000);
    assert_eq!(create(&app, &staff, Some("a"), &long).await.status, 201);
    app.clock.advance(SignedDuration::from_hours(24));
    let staff = app.sign_in(&staff.username).await;
    let next = create(&app, &staff, Some("a"), "x").await;
    assert_eq!((next.status, next.header("idempotency-replayed")), (201, ""));
    assert_eq!(create(&app, &staff, Some("a"), "x").await.body, "\"x\"");
}

#[tokio::test]
async fn a_response_of_more_than_2_kb_is_told_by_its_location() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    // The quotes of the JSON count.
    for (key, size, kept) in [("a", 2046, true), ("b", 2047, false)] {
        let body = "x".repeat(size);
        let first = create(&app, &staff, Some(key), &body).await;
        let again = create(&app, &staff, Some(key), &body).await;
        assert_eq!((first.status, again.header("location")), (201, first.header("location")));
        assert_eq!(again.status == 201, kept, "{size}: {}", again.status);
        assert!(kept || again.is(409, "already_done"), "{}", again.body);
    }
}

#[tokio::test]
async fn the_record_tells_neither_the_key_nor_the_request() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    create(&app, &staff, Some("some-key"), &"long-secret-".repeat(200)).await;
    let record = format!("{:?}", app.items("idempotency").await);
    let told = ["some-key", "long-secret"];
    assert_eq!(told.iter().find(|text| record.contains(**text)), None, "{record}");
}

#[tokio::test]
async fn after_any_lost_answer_the_same_key_finds_the_one_effect() {
    for fault in [Fault::LoseResponse, Fault::Garble, Fault::ServerError, Fault::Empty, Fault::Twice] {
        for always in [false, true] {
            let app = TestApp::init().await;
            let (staff, name) = (app.staff().await, format!("{fault:?} {always}"));
            let (mut hits, fault) = (0, fault.clone());
            app.dynamo.fault(move |call| {
                hits += usize::from(call.is("TransactWriteItems", "idempotency"));
                (call.is("TransactWriteItems", "idempotency") && (always || hits == 1)).then(|| fault.clone())
            });
            let first = create(&app, &staff, Some("a"), "x").await;
            assert!(always || first.status == 201, "{name}: {}", first.body);
            app.dynamo.heal();
            let again = create(&app, &staff, Some("a"), "x").await;
            assert_eq!((again.status, &*again.body), (201, "\"x\""), "{name}");
            assert_eq!(again.header("idempotency-replayed"), "true", "{name}");
            assert_eq!((app.items("audit").await.len(), app.items("idempotency").await.len()), (1, 1), "{name}");
        }
    }
}
