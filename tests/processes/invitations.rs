use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::admin::{PASSWORD, admin, admin_fails, admin_json, sign_in};
use crate::{Local, call};

async fn post(url: &str, last: u8, path: &str, body: Value) -> (u16, String) {
    call("POST", &format!("{url}{path}"), [127, 0, 2, last], &body.to_string()).await
}

/// The token in the first mail to an address. The queue holds the mail back for 10 s.
async fn mailed_token(data: &Path, email: &str) -> String {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(40) {
        let files = std::fs::read_dir(data.join("outbox")).into_iter().flatten();
        let mut mails = files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
        if let Some(mail) = mails.find(|mail| mail.contains(&format!("To: <{email}>"))) {
            let token = mail.split("#token=").nth(1).and_then(|rest| rest.split_whitespace().next());
            return token.unwrap_or_else(|| panic!("{mail}")).to_owned();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("there is no mail to {email}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_closed_local_stack_an_operator_invites_and_nobody_else_signs_up() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0", "--sign-up", "invited"]).await;
    let (data, url, email) = (data.path(), local.url.as_str(), "ada@example.com");
    let new = json!({ "username": "bob", "email": "bob@example.com", "password": PASSWORD });
    let (status, body) = post(url, 1, "/v1/users", new).await;
    assert!(status == 403 && body.contains("sign_up_closed"), "{body}");

    let (code, out, err) = admin(data, &["--json", "invite", email, "--role", "staff"], "");
    assert_eq!(code, 0, "{err}");
    let invited: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&invited["role"], &invited["invited_by"]), (&json!("staff"), &Value::Null));
    assert!(err.contains("invitation_created") && !err.contains(email), "{err}");
    let rows = admin_json(data, &["audit", "--subject", &format!("invitations/{}", invited["id"].as_str().unwrap())]);
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    admin_fails(data, &["invite", "no address"], "", 5);

    let token = mailed_token(data, email).await;
    let accept = json!({ "token": token, "username": "ada", "password": PASSWORD });
    let (status, body) = post(url, 2, "/v1/invitations/accept", accept).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(sign_in(url, 3, "ada", PASSWORD).await.0, 200);
}
