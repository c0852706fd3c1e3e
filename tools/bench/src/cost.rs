use api::{Entry, Limit, LimitKey, Method};
use catalogue::CATALOGUE;
use tests::{Cost, TestApp};

use crate::report::{Report, Reporting};

/// Functions that must change several items at once: sign-up, an invitation, another email or username, roles, erasure,
/// a second factor with the mark of its account, and a code or a passkey with what it is used for.
const TRANSACTIONS: [&str; 17] = [
    "users_create",
    "users_me_update",
    "users_update",
    "user_erase",
    "invitations_accept",
    "email_verify, another email",
    "factors_confirm",
    "factors_delete",
    "factors_delete, passkey",
    "passkeys_create",
    "recovery_codes_create",
    "tokens_passkey",
    "tokens_reauthenticate, code",
    "tokens_reauthenticate, passkey",
    "tokens_second_factor",
    "tokens_second_factor, code",
    "tokens_second_factor, passkey",
];
/// They count guesses at codes, too, which are no limit of an endpoint.
const GUESSES: [&str; 4] =
    ["factors_confirm", "tokens_reauthenticate, code", "tokens_second_factor", "tokens_second_factor, code"];
/// Not measured, because the first call ends the session of its token.
const END_THEIR_SESSION: [&str; 2] = ["sessions_revoke_all", "sessions_revoke_current"];

#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    pub report: Reporting,
}

pub async fn run(options: &Options) -> Result<bool, String> {
    let mut report = Report::new(&["calls", "in sequence", "read units", "write units"]);
    let costs = tests::costs().await;
    for cost in &costs {
        let (reads, writes) = (cost.units(false), cost.units(true));
        report.row(cost.name, &[cost.calls.len() as f64, cost.in_sequence() as f64, reads, writes]);
        goals(cost, &mut report);
    }
    sequences(&costs, &mut report);
    repeats(&mut report).await?;
    report.print(&options.report)
}

/// The most calls in sequence of a good call.
const IN_SEQUENCE: &[(&str, u8)] = &[
    ("email_verify", 4),
    ("password_change", 4),
    ("sessions_list", 3),
    ("tokens_issue", 4),
    ("tokens_issue, known address", 3),
    ("tokens_reauthenticate", 3),
    ("tokens_refresh", 3),
    ("users_get", 2),
    ("users_me", 1),
    ("users_me_erase", 3),
    ("users_me_update", 3),
    ("users_me_update, first name", 3),
];

/// The goals for each domain.
const SEQUENCES: &[&[(&str, u8)]] = &[
    // The example's are with its load.
    crate::shop::IN_SEQUENCE,
    IN_SEQUENCE,
];

/// The most units of a sign-in from a known address: reads and writes.
const SIGN_IN: (f64, f64) = (3.0, 4.0);

fn sequences(costs: &[Cost], report: &mut Report) {
    for (name, most) in SEQUENCES.concat() {
        // A goal without a measurement is missed.
        let cost = costs.iter().find(|cost| cost.name == name);
        let measured = cost.map_or(f64::NAN, |cost| cost.in_sequence() as f64);
        report.goal("calls in sequence", name, measured, f64::from(most));
    }
}

fn goals(cost: &Cost, report: &mut Report) {
    let entry = CATALOGUE.iter().find(|entry| entry.name == cost.function());
    let authentications = cost.count("BatchGetItem", "sessions+users");
    if entry.is_some_and(|entry| !entry.level.admits_anyone()) {
        // No such round trip would mean another way to authenticate, which is not counted here.
        let off = (authentications as f64 - 1.0).abs();
        report.goal("round trips to authenticate, beside one", cost.name, off, 0.0);
    }
    if cost.name == "tokens_issue, known address" {
        report.goal("read units of a sign-in", cost.name, cost.units(false), SIGN_IN.0);
        report.goal("write units of a sign-in", cost.name, cost.units(true), SIGN_IN.1);
    }
    if !TRANSACTIONS.contains(&cost.name) {
        let transactions = cost.calls.iter().filter(|call| call.operation.starts_with("Transact")).count();
        let audited = entry.is_some_and(is_audited_write);
        report.goal("transactions", cost.name, transactions as f64, f64::from(u8::from(audited)));
    }
    if let Some(entry) = entry.filter(|entry| !entry.limits.is_empty() && !GUESSES.contains(&cost.name)) {
        let calls = cost.calls.iter().filter(|call| call.tables == "rate_limits").count();
        // A known address has no limit for new ones.
        let known = usize::from(cost.name.ends_with("known address"));
        let off = (calls as f64 - entry.limits.len().saturating_sub(known) as f64).abs();
        report.goal("calls for limits, beside one each", cost.name, off, 0.0);
    }
}

/// Whether the endpoint changes data in one transaction with a row of the audit.
fn is_audited_write(entry: &Entry) -> bool {
    entry.route.method != Method::Get && entry.uses().iter().any(|part| part.name == "Audit")
}

/// Counts the DynamoDB calls of a repeated call over the limit of its address or its user. The tests of limits cover
/// the limits on subjects in the input, such as an account.
async fn repeats(report: &mut Report) -> Result<(), String> {
    let app = TestApp::init().await;
    let reached = |limit: &&Limit| matches!(limit.by, LimitKey::Ip | LimitKey::User);
    for entry in CATALOGUE.iter().filter(|entry| !END_THEIR_SESSION.contains(&entry.name)) {
        // The first of these limits refuses the call. Limits by address apply before authentication.
        let Some(limit) = entry.limits.iter().find(reached) else { continue };
        let caller = if limit.by == LimitKey::Ip { app.anon() } else { tests::admitted(&app, entry.level).await };
        for _ in 0..limit.burst {
            refused(&caller, entry, false).await?;
        }
        refused(&caller, entry, true).await?;
        app.dynamo.take_calls();
        refused(&caller, entry, true).await?;
        let calls = app.dynamo.take_calls().into_iter().filter(|call| !call.is("BatchGetItem", "sessions"));
        report.goal("calls of a repeat refusal, but to authenticate", entry.name, calls.count() as f64, 0.0);
    }
    Ok(())
}

async fn refused(caller: &tests::Client, entry: &Entry, limited: bool) -> Result<(), String> {
    let response = caller.call(entry.route, entry.route.path, None).await;
    if (response.status == 429) == limited {
        Ok(())
    } else {
        Err(format!("{} returned {}", entry.name, response.status))
    }
}
