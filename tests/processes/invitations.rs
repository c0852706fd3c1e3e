use serde_json::{Value, json};

use crate::admin::{PASSWORD, admin, admin_fails, admin_json};
use crate::{Local, call};

#[tokio::test(flavor = "multi_thread")]
async fn in_a_closed_local_stack_an_operator_invites_and_nobody_else_signs_up() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0", "--sign-up", "invited"]).await;
    let (data, email) = (data.path(), "ada@example.com");
    let new = json!({ "username": "bob", "email": "bob@example.com", "password": PASSWORD });
    let (status, body) = call("POST", &format!("{}/v1/users", local.url), [127, 0, 0, 1], &new.to_string()).await;
    assert!(status == 403 && body.contains("sign_up_closed"), "{body}");

    let (code, out, err) = admin(data, &["--json", "invite", email, "--role", "staff"], "");
    assert_eq!(code, 0, "{err}");
    let invited: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&invited["role"], &invited["invited_by"]), (&json!("staff"), &Value::Null));
    assert!(err.contains("invitation_created") && !err.contains(email), "{err}");
    let rows = admin_json(data, &["audit", "--subject", &format!("invitations/{}", invited["id"].as_str().unwrap())]);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    admin_fails(data, &["invite", "no address"], "", 5);

    let id = invited["id"].as_str().unwrap();
    let jobs = std::fs::read_dir(data.join("jobs/mail")).unwrap();
    let mut jobs = jobs.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
    assert!(jobs.any(|job| job.contains(id) && job.contains("invite") && !job.contains(email)), "held back for 10 s");
}
