//! Roles that need a second factor.

use auth::{Level, Roles};
use catalogue::CATALOGUE;
use tests::TestApp;

const BOTH: &[(&str, &str)] = &[("STAFF_NEEDS_SECOND_FACTOR", "true"), ("SUPERUSER_NEEDS_SECOND_FACTOR", "true")];

#[tokio::test]
async fn no_endpoint_admits_a_role_without_the_factor_that_it_needs() {
    let app = TestApp::init_with(BOTH).await;
    let caller = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    let of_roles = |level| matches!(level, Level::Staff | Level::Superuser);
    let mut asked = 0;
    for entry in CATALOGUE.iter().filter(|entry| of_roles(entry.level)) {
        // The level is judged before the path and the body are read.
        let path = entry.route.path.replace(['{', '}'], "");
        let refused = caller.call(entry.route, &path, None).await;
        assert!(refused.is(401, "reauthentication_required"), "{}: {} {}", entry.name, refused.status, refused.body);
        let challenge = refused.header("www-authenticate");
        assert!(challenge.contains(r#"acr_values="mfa""#), "{}: {challenge}", entry.name);
        asked += 1;
    }
    assert!(asked > 5, "{asked}");
}
