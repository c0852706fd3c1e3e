//! An endpoint that no domain has: it creates nothing but a row of the audit, once for each `Idempotency-Key`.

use api::{
    Answer, Audit, AuditEntry, Body, Context, Created, Endpoint, Fields, Idempotency, IdempotencyKey, Json, Limit,
    Result, Route, post,
};
use auth::{Staff, StaffOnly};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::functions::permit;

/// The probe.
struct OnceProbe;

/// `{"body": "..."}`: the body of the response.
struct Wanted(String);

impl Body for Wanted {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        fields.text("body", "").map(Self)
    }
}

impl Endpoint for OnceProbe {
    const ROUTE: Route = post("/v1/probe");
    type Access = StaffOnly;
    const LIMITS: &'static [Limit] = &[];
    type Uses = (Audit, Idempotency);
    type Input = (Json<Wanted>, IdempotencyKey);
    type Output = Answer<Created<String>>;

    async fn handle(
        context: &Context,
        (audit, idempotency): Self::Uses,
        staff: Staff,
        (Json(Wanted(body)), key): Self::Input,
    ) -> Result<Self::Output> {
        let id = auth::uuid_v7(context.clock().now(), &**context.entropy())?;
        let created = Created { location: format!("/v1/probe/{id}"), body };
        let once = idempotency.once(context, &staff, Self::ROUTE, key, &created)?;
        let entry = AuditEntry::of("probes_created", format!("probes/{id}"));
        let done = audit.act(context, &staff).write(context.db(&permit()), Vec::new(), entry, Some(&once)).await?;
        once.answer(done, created).await
    }
}

/// Calls the probe through a stage with the name `stage`, with this key and this body for its response.
pub async fn create(app: &TestApp, staff: &Client, key: Option<&str>, body: &str) -> Response {
    let mut headers = json!({
        "authorization": format!("Bearer {}", staff.token.as_deref().unwrap()), "content-type": "application/json",
    });
    headers.as_object_mut().unwrap().extend(key.map(|key| ("idempotency-key".to_owned(), Value::from(key))));
    let event = json!({
        "headers": headers,
        "rawPath": "/stage/v1/probe",
        "body": json!({ "body": body }).to_string(),
        "requestContext": { "http": { "method": "POST", "sourceIp": "10.9.9.9" } },
    });
    let response = api::call::<OnceProbe>(&app.context, &permit(), event).await;
    let body = response.body.unwrap_or_default();
    Response { status: response.status.as_u16(), headers: response.headers, body }
}
