use api::{Entry, Method};
use catalogue::CATALOGUE;
use serde_json::Value;
use tests::{ANOTHER_EMAIL, Client, GoodCall, OTHERS, Response, TestApp, admitted, good_call, takes_header};

use crate::report::{self, Case, Row};
use crate::state::{Changes, State};
use crate::variant::{Target, Variant, inject};
use crate::{run_all, writes};

/// Events that a call may have besides those of its effect. Reading the audit has an event, and no effect.
const BESIDES: [&str; 8] = [
    "request",
    "unavailable",
    "audit_read",
    "key_published",
    "limiter_failed_open",
    "address_not_remembered",
    "session_not_kept",
    "session_not_discarded",
];

/// An app with a good call that is about to be made.
struct Prepared {
    app: TestApp,
    caller: Client,
    call: GoodCall,
    entry: Entry,
}

/// A call to try: an endpoint, and the name of its good call.
type Subject = (Entry, &'static str);

/// The good call of each endpoint, and others with other writes.
fn subjects() -> Vec<Subject> {
    let calls = |entry: &Entry| {
        let entry = *entry;
        let is_of = move |call: &&str| call.split(',').next() == Some(entry.name);
        let others = [ANOTHER_EMAIL].into_iter().chain(OTHERS).filter(move |call| is_of(call));
        [(entry, entry.name)].into_iter().chain(others.map(move |call| (entry, call)))
    };
    CATALOGUE.iter().flat_map(calls).collect()
}

impl Prepared {
    async fn new((entry, call): Subject) -> Self {
        let app = TestApp::init().await;
        let caller = admitted(&app, entry.level).await;
        tests::shop::prepare(&app, entry.name, &caller).await;
        let call = good_call(&app, call, &caller).await;
        app.dynamo.take_calls();
        Self { app, caller, call, entry }
    }

    /// Makes the call, always with the same idempotency key if the endpoint takes one.
    async fn send(&self) -> Response {
        let (path, body, _) = &self.call;
        let method = self.entry.route.method.as_str().parse().unwrap();
        let key: &[(&str, &str)] = if is_keyed(&self.entry) { &[("idempotency-key", "the same")] } else { &[] };
        self.caller.send_with(method, path, body.clone(), key).await
    }
}

/// Whether a call has its effect once, however often it is sent.
fn is_keyed(entry: &Entry) -> bool {
    takes_header(entry.name, "Idempotency-Key")
}

/// The events of a call's effect, with their outcome.
fn effects(response: &Response) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let events = response.events().into_iter().map(|event| (text(&event["event"]).unwrap(), text(&event["outcome"])));
    let mut events: Vec<_> = events.filter(|(name, _)| !BESIDES.contains(&name.as_str())).collect();
    events.sort();
    events
}

/// A call without faults.
#[derive(Clone)]
pub struct Clean {
    entry: Entry,
    call: &'static str,
    pub writes: Vec<String>,
    changes: Changes,
    events: Vec<String>,
}

async fn clean((entry, call): Subject) -> Clean {
    let prepared = Prepared::new((entry, call)).await;
    let before = State::of(&prepared.app).await;
    let response = prepared.send().await;
    assert_eq!(response.status, prepared.call.2, "{}: {}", entry.name, response.body);
    let writes = writes(entry.name, prepared.app.dynamo.take_calls());
    let changes = before.changes(&State::of(&prepared.app).await);
    let events = effects(&response).into_iter().map(|(name, _)| name).collect();
    Clean { entry, call, writes, changes, events }
}

async fn case(clean: Clean, target: Target, variant: Variant) -> Case {
    let prepared = Prepared::new((clean.entry, clean.call)).await;
    let app = &prepared.app;
    let before = State::of(app).await;
    inject(app, clean.entry.name, target.clone(), variant);
    let response = prepared.send().await;
    app.dynamo.heal();
    app.dynamo.arrivals().await;
    let changes = before.changes(&State::of(app).await);
    app.clock.advance_millis(1_000);
    let again = prepared.send().await;
    let mut case = Case {
        endpoint: clean.call,
        write: target.write,
        variant,
        status: response.status,
        changed: changes == clean.changes,
        repeat: format!("{} {}", again.status, again.code()).trim().to_owned(),
        faults: Vec::new(),
    };
    case.faults = judge(&clean, &case, &response, &changes);
    let changes = before.changes(&State::of(app).await);
    // A job is queued before the write, and does nothing if the write is not made. So each try has one.
    let rows = |changes: &Changes| {
        let mut rows = changes.clone();
        rows.remove("jobs");
        rows
    };
    if is_keyed(&clean.entry) && (again.status >= 300 || rows(&changes) != rows(&clean.changes)) {
        case.faults.push(format!("not once with its idempotency key: {}; {changes:?}", again.status));
    }
    case
}

/// The faults of this software that a case shows.
fn judge(clean: &Clean, case: &Case, response: &Response, changes: &Changes) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!(
                "{what}: {} {}; {changes:?}; {:?}",
                response.status,
                response.code(),
                effects(response)
            ));
        }
    };
    let success = response.status < 300;
    let unavailable = response.is(503, "unavailable") && !response.header("retry-after").is_empty();
    demand(success || unavailable, "neither success nor 503");
    demand(success || !case.variant.passes(), "a fault that passed is not bridged");
    // Then the row of the session is moved by its next refresh, and the address is noted by the next sign-in.
    let lagging = ["session_not_kept", "address_not_remembered"];
    let lags = response.events().iter().any(|event| lagging.iter().any(|name| event["event"] == *name));
    demand(!success || case.changed || lags, "success, and not the change of a good call");
    let audited = |changes: &Changes| {
        (changes.contains_key("audit"), changes.keys().any(|table| !["audit", "jobs"].contains(&table.as_str())))
    };
    // Of a change and its row in the audit, the database has both or neither.
    let both = audited(&clean.changes) != (true, true) || matches!(audited(changes), (true, true) | (false, false));
    demand(both, "a change without its row in the audit, or a row without its change");
    let events: Vec<_> = effects(response);
    for name in &clean.events {
        let found: Vec<_> = events.iter().filter(|(event, _)| event == name).collect();
        demand(!case.changed || found.len() == 1, "a change without its one event");
        let all_unknown = found.iter().all(|(_, outcome)| outcome.is_some());
        demand(case.changed || lags || all_unknown, "an event without its change");
        // A deletion that finds nothing after a lost response can't tell who deleted.
        let known = found.iter().all(|(_, outcome)| outcome.is_none());
        demand(!success || known || clean.entry.route.method == Method::Delete, "success with an unknown outcome");
    }
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_of_a_write_leaves_a_wrong_answer_a_wrong_state_or_no_event() {
    let only = report::only();
    let subjects = subjects().into_iter();
    let subjects = subjects.filter(|(entry, _)| only.is_empty() || only.iter().any(|name| name == entry.name));
    let cleans = run_all(subjects.map(clean).collect()).await;
    let mut cases = Vec::new();
    for clean in &cleans {
        for target in Target::all(&clean.writes) {
            cases.extend(Variant::ALL.map(|variant| case(clean.clone(), target.clone(), variant)));
        }
    }
    assert!(cases.len() > 300 || !only.is_empty(), "{} cases", cases.len());
    let cases = run_all(cases).await;
    let faults: Vec<String> = cases
        .iter()
        .flat_map(|case| {
            case.faults.iter().map(move |fault| format!("{} {} {:?}: {fault}", case.endpoint, case.write, case.variant))
        })
        .collect();
    println!(
        "{} writes, {} variants, {} cases, {} faults",
        cleans.iter().map(|clean| clean.writes.len()).sum::<usize>(),
        Variant::ALL.len(),
        cases.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    report::assert_documented(&Row::of(&cases));
}
