//! Jobs of workers: a job ends once the fault has passed, with the effect of a good job.

use http::Method;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Authenticator, PASSWORD, TestApp, record};

use crate::state::State;
use crate::variant::{Target, Variant, inject};
use crate::{run_all, writes};

/// A kind of job.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Verification,
    Reset,
    FactorCode,
    Notice,
    Erasure,
}

impl Kind {
    fn worker(self) -> &'static str {
        match self {
            Kind::Verification | Kind::Reset | Kind::FactorCode | Kind::Notice => "mail_send",
            Kind::Erasure => "user_erase",
        }
    }

    /// An app with one job of this kind, which is due, and the id of the user.
    async fn queued(self) -> (TestApp, String) {
        let app = TestApp::init().await;
        let user = app.user().await;
        match self {
            Kind::Verification => {
                let body = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
                assert_eq!(app.anon().post("/v1/users", body).await.status, 201);
            }
            Kind::Reset => {
                let body = json!({ "email": format!("{}@example.com", user.username) });
                assert_eq!(app.anon().post("/v1/auth/password-reset", body).await.status, 202);
            }
            Kind::FactorCode => _ = Authenticator::begin(&app, &user).await,
            Kind::Notice => {
                app.tell_owners();
                app.clock.advance(SignedDuration::from_secs(1));
                let browser = [("user-agent", "Lynx/2.9")];
                let body = json!({ "username": user.username, "password": PASSWORD });
                let response = app.anon().send_with(Method::POST, "/v1/auth/token", Some(body), &browser).await;
                assert_eq!(response.status, 200, "{}", response.body);
            }
            Kind::Erasure => {
                tests::fill_account(&app, &user).await;
                assert_eq!(user.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
            }
        }
        app.clock.advance(SignedDuration::from_secs(11));
        app.dynamo.take_calls();
        (app, user.id.to_string())
    }
}

/// The writes of a good job, and what is left in the end.
async fn clean(kind: Kind) -> (Vec<String>, State, usize) {
    let (app, _) = kind.queued().await;
    assert_eq!(app.handle_jobs().await, 1, "{kind:?}");
    let writes = writes(kind.worker(), app.dynamo.take_calls());
    (writes, State::of(&app).await, app.mails().await.len())
}

/// The faults of this software that a job shows while one of its writes fails.
async fn case(kind: Kind, target: Target, variant: Variant, (left, mails): (State, usize)) -> Option<String> {
    let (app, user) = kind.queued().await;
    inject(&app, kind.worker(), target.clone(), variant);
    app.handle_jobs().await;
    app.dynamo.heal();
    app.dynamo.arrivals().await;
    // The first repeat comes soon: a code to be mailed is of use for ten minutes.
    for minutes in [1, 10, 10, 10, 10] {
        app.clock.advance(SignedDuration::from_mins(minutes));
        app.handle_jobs().await;
    }
    let (now, sent) = (State::of(&app).await, app.mails().await.len());
    let erased =
        matches!(kind, Kind::Erasure).then(|| record::lines(&user).iter().any(|line| line.contains("user_erased")));
    // A token of a mail that was not sent stays until it expires, and a mail may be sent twice.
    let same = left.counts(&["mail_tokens"]) == now.counts(&["mail_tokens"]);
    let mailed = sent >= mails && sent <= 2 * mails;
    (!same || !mailed || erased == Some(false)).then(|| {
        let (wanted, found) = (left.counts(&[]), now.counts(&[]));
        format!("{kind:?} {target:?} {variant:?}: {sent} mails; erased {erased:?}; {found:?}, not {wanted:?}")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_job_ends_once_the_fault_has_passed() {
    let mut cases = Vec::new();
    for kind in [Kind::Verification, Kind::Reset, Kind::FactorCode, Kind::Notice, Kind::Erasure] {
        let (writes, left, mails) = clean(kind).await;
        assert!(writes.len() > 1, "{kind:?}: {writes:?}");
        for target in Target::all(&writes) {
            cases.extend(Variant::ALL.map(|variant| case(kind, target.clone(), variant, (left.clone(), mails))));
        }
    }
    let count = cases.len();
    let faults: Vec<String> = run_all(cases).await.into_iter().flatten().collect();
    println!("{count} cases of jobs, {} faults", faults.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
