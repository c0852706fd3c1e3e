use project::generate::Owner;
use serde_json::Value;

use crate::copy::Copy;

#[test]
fn an_endpoint_has_its_level_its_table_and_its_parameter() {
    let copy = Copy::new();
    copy.resource("orders", Owner::User, &["name:text"]).unwrap();
    copy.endpoint("orders_cancel", "POST /v1/orders/{order_id}/cancel", "staff", Some("orders")).unwrap();
    let endpoint = copy.read("functions/src/bin/orders_cancel.rs");
    for line in [
        "//! `POST /v1/orders/{order_id}/cancel`: staff call orders_cancel, which does nothing yet.\n",
        "const ROUTE: Route = post(\"/v1/orders/{order_id}/cancel\");",
        "type Access = StaffOnly;",
        "const LIMITS: &[Limit] = &[per_user(60, MINUTE)];",
        "type Uses = (Orders,);",
        "type Input = Path<OrderId>;",
    ] {
        assert!(endpoint.contains(line), "{line}\n{endpoint}");
    }
    let calls: Value = serde_json::from_str(&copy.read("tests/billing/calls.json")).unwrap();
    assert_eq!(calls["orders_cancel"]["after"], "orders_create");
    assert!(copy.read("tests/billing/main.rs").contains("\nmod orders;\nmod orders_cancel;\n"));
    assert!(copy.read("tests/billing/orders_cancel.rs").contains("async fn orders_cancel_succeeds()"));
    copy.endpoint("orders_count", "GET /v1/order-count", "public", None).unwrap();
    let public = copy.read("functions/src/bin/orders_count.rs");
    assert!(public.contains("type Access = Public;") && public.contains("type Uses = ();"), "{public}");
    copy.endpoint("orders_forget", "DELETE /v1/orders/{order_id}/note", "superuser", None).unwrap();
    assert!(copy.read("functions/src/bin/orders_forget.rs").contains("type Input = Option<Path<OrderId>>;"));
}

#[test]
fn refusals_of_endpoints_leave_the_tree_as_it_was() {
    let copy = Copy::new();
    copy.resource("orders", Owner::User, &["name:text"]).unwrap();
    for (cause, name, route, level, table) in [
        ("endpoint `OrdersSend`: a name has", "OrdersSend", "POST /v1/send", "staff", None),
        ("has the form <resource>_<verb>", "send", "POST /v1/send", "staff", None),
        ("`HEAD` is no method", "orders_send", "HEAD /v1/send", "staff", None),
        ("does not begin with /v1/", "orders_send", "POST /send", "staff", None),
        ("`/v1/Send` is no path", "orders_send", "POST /v1/Send", "staff", None),
        ("`/v1/send/` is no path", "orders_send", "POST /v1/send/", "staff", None),
        ("`admin` is no level", "orders_send", "POST /v1/send", "admin", None),
        ("there is an endpoint orders_get already", "orders_get", "POST /v1/send", "staff", None),
        ("is the route of orders_get already", "orders_send", "GET /v1/orders/{user_id}", "staff", None),
        ("no type reads {parcel_id}", "orders_send", "POST /v1/parcels/{parcel_id}", "staff", None),
        ("has several parameters", "orders_send", "POST /v1/{order_id}/{user_id}", "staff", None),
        ("no domain has the part `Parcels`", "orders_send", "POST /v1/send", "staff", Some("parcels")),
    ] {
        copy.assert_refused(cause, |copy| copy.endpoint(name, route, level, table));
    }
}
