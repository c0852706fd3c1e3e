use project::generate::Owner;
use serde_json::Value;

use crate::copy::Copy;

#[test]
fn an_endpoint_has_its_level_its_table_and_its_parameter() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &["name:text"]).unwrap();
    copy.endpoint("postcards_cancel", "POST /v1/postcards/{postcard_id}/cancel", "staff", Some("postcards")).unwrap();
    let endpoint = copy.read("functions/src/bin/postcards_cancel.rs");
    for line in [
        "//! `POST /v1/postcards/{postcard_id}/cancel`: staff call postcards_cancel, which does nothing yet.\n",
        "const ROUTE: Route = post(\"/v1/postcards/{postcard_id}/cancel\");",
        "type Access = StaffOnly;",
        "const LIMITS: &[Limit] = &[per_user(60, MINUTE)];",
        "type Uses = (Postcards,);",
        "type Input = Path<PostcardId>;",
    ] {
        assert!(endpoint.contains(line), "{line}\n{endpoint}");
    }
    let calls: Value = serde_json::from_str(&copy.read("tests/depot/calls.json")).unwrap();
    assert_eq!(calls["postcards_cancel"]["after"], "postcards_create");
    assert!(copy.read("tests/depot/main.rs").contains("\nmod postcards;\nmod postcards_cancel;\n"));
    assert!(copy.read("tests/depot/postcards_cancel.rs").contains("async fn postcards_cancel_succeeds()"));
    copy.endpoint("postcards_count", "GET /v1/postcard-count", "public", None).unwrap();
    let public = copy.read("functions/src/bin/postcards_count.rs");
    assert!(public.contains("type Access = Public;") && public.contains("type Uses = ();"), "{public}");
    copy.endpoint("users_nudge", "POST /v1/users/{user_id}/nudge", "staff", Some("postcards")).unwrap();
    let endpoint = copy.read("functions/src/bin/users_nudge.rs");
    assert!(endpoint.contains("use auth::{Staff, StaffOnly, UserId};\nuse depot::Postcards;\n"), "{endpoint}");
    let calls: Value = serde_json::from_str(&copy.read("tests/depot/calls.json")).unwrap();
    assert!(calls["users_nudge"]["parameters"]["user_id"].is_string(), "{calls}");
    copy.endpoint("postcards_forget", "DELETE /v1/postcards/{postcard_id}/note", "superuser", None).unwrap();
    assert!(copy.read("functions/src/bin/postcards_forget.rs").contains("type Input = Option<Path<PostcardId>>;"));
}

#[test]
fn refusals_of_endpoints_leave_the_tree_as_it_was() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &["name:text"]).unwrap();
    for (cause, name, route, level, table) in [
        ("endpoint `PostcardsSend`: a name has", "PostcardsSend", "POST /v1/send", "staff", None),
        ("has the form <resource>_<verb>", "send", "POST /v1/send", "staff", None),
        ("has ids of other things with `_logs`", "postcards_logs", "POST /v1/send", "staff", None),
        ("has ids of other things with `_table`", "postcards_table", "POST /v1/send", "staff", None),
        ("template.yaml has the id MailQueue already", "mail_queue", "POST /v1/send", "staff", None),
        ("`HEAD` is no method", "postcards_send", "HEAD /v1/send", "staff", None),
        ("does not begin with /v1/", "postcards_send", "POST /send", "staff", None),
        ("`/v1/Send` is no path", "postcards_send", "POST /v1/Send", "staff", None),
        ("`/v1/send/` is no path", "postcards_send", "POST /v1/send/", "staff", None),
        ("`/v1/../send` is no path", "postcards_send", "POST /v1/../send", "staff", None),
        ("`/v1/send/-` is no path", "postcards_send", "POST /v1/send/-", "staff", None),
        ("`admin` is no level", "postcards_send", "POST /v1/send", "admin", None),
        ("there is an endpoint postcards_get already", "postcards_get", "POST /v1/send", "staff", None),
        ("is the route of postcards_get already", "postcards_send", "GET /v1/postcards/{user_id}", "staff", None),
        ("no type reads {lantern_id}", "postcards_send", "POST /v1/lanterns/{lantern_id}", "staff", None),
        ("has several parameters", "postcards_send", "POST /v1/{postcard_id}/{user_id}", "staff", None),
        ("no domain has the part `Lanterns`", "postcards_send", "POST /v1/send", "staff", Some("lanterns")),
    ] {
        copy.assert_refused(cause, |copy| copy.endpoint(name, route, level, table));
    }
}
