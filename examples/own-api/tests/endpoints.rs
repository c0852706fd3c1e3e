//! Calls the three endpoints without a token, as a user, as staff and as a superuser, over an embedded DynamoDB.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::sync::Arc;

use api::{Audit, AuditLog, AuditQuery, Context, PageRequest, Permit, Settings, openapi};
use auth::{
    NewPassword, OsEntropy, Password, PasswordCheck, RefreshToken, Roles, SessionId, SystemClock, TokenSubject, UserId,
};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use identity::{
    Device, Email, Identity, Issuer, NewPasswords, NewUser, Passwords, PersonName, Sessions, Username, Users,
};
use local::{Embedded, Template};
use operator::Operator;
use own_api::CATALOGUE;
use serde_json::{Value, json};

const PASSWORD: &str = "seven-wandering-otters";

/// The API in process, over its own database.
struct Api {
    context: Context,
    _embedded: Embedded,
    _directory: tempfile::TempDir,
}

impl Api {
    async fn start() -> Self {
        let embedded = Embedded::start(None, 0).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let seed = directory.path().join("seed");
        std::fs::write(&seed, "5eed".repeat(16)).unwrap();
        let variables = HashMap::from([
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", embedded.url()),
            ("TABLE_PREFIX", "test-".to_owned()),
            ("TOKEN_ISSUER", "test".to_owned()),
            ("TOKEN_AUDIENCE", "test-api".to_owned()),
            ("SIGNING_SEED_FILE", seed.to_string_lossy().into_owned()),
        ]);
        let settings = Settings::read(move |name| variables.get(name).cloned()).unwrap();
        let client = settings.connection.dynamodb();
        local::create_tables(&client, &Template::ours().unwrap(), "test-").await.unwrap();
        let key = KeySchemaElement::builder().attribute_name("title").key_type(KeyType::Hash).build().unwrap();
        let title = AttributeDefinition::builder().attribute_name("title");
        let title = title.attribute_type(ScalarAttributeType::S).build().unwrap();
        let create = client.create_table().table_name("test-announcements").key_schema(key);
        create.attribute_definitions(title).billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
        let context = Identity::context(
            &Permit::for_operator(&Operator::acting()),
            &settings,
            Arc::new(SystemClock),
            Arc::new(OsEntropy),
        );
        Self { context, _embedded: embedded, _directory: directory }
    }

    /// The access token of a new user with these roles.
    async fn sign_up(&self, name: &str, roles: Roles) -> String {
        let operator = Operator::acting();
        let (users, sessions, issuer, passwords, new_passwords): (Users, Sessions, Issuer, Passwords, NewPasswords) =
            self.context.part(&Permit::for_operator(&operator)).unwrap();
        let audit: Audit = self.context.part(&Permit::for_operator(&operator)).unwrap();
        let now = self.context.clock().now();
        let id = UserId::new(now, &OsEntropy).unwrap();
        let new = NewUser {
            id,
            username: Username::parse(name).unwrap(),
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            password_hash: new_passwords.hash(NewPassword::parse(PASSWORD).unwrap()).await.unwrap(),
            created_at: now,
        };
        users.create_with_roles(&audit.act(&self.context, &operator), &new, roles).await.unwrap();
        let locked = users.credentials(id).await.unwrap().unwrap();
        let checked = passwords.check(Password::parse(PASSWORD).unwrap(), Some(&locked)).await.unwrap();
        let PasswordCheck::Right { proof, .. } = checked else { panic!("the password is right") };
        let session = SessionId::new(now, &OsEntropy).unwrap();
        let refresh = RefreshToken::new(session, &OsEntropy).unwrap();
        let device = Device { user_agent: "test".to_owned(), address: "203.0.113.9".to_owned() };
        sessions.open(&proof, &refresh, 0, &[7; 16], &device, now).await.unwrap();
        let token = issuer.issue(&TokenSubject::by_password(id, session, roles, now), now, &OsEntropy).await.unwrap();
        token.with(&refresh).access_token
    }

    /// The actions that the audit has about an announcement, the newest first.
    async fn audited(&self, title: &str) -> Vec<String> {
        let operator = Operator::acting();
        let log: AuditLog = self.context.part(&Permit::for_operator(&operator)).unwrap();
        let (query, page) =
            (AuditQuery::Subject(format!("announcements/{title}")), PageRequest { limit: 9, cursor: None });
        let rows = log.newest(&operator, &query, &page).await.unwrap();
        rows.items.into_iter().map(|row| row.action).collect()
    }

    /// Calls an endpoint. Returns the status and the body.
    async fn call(&self, name: &str, token: Option<&str>, path: Value, body: Value) -> (u16, Value) {
        let entry = CATALOGUE.iter().find(|entry| entry.name == name).unwrap();
        let mut headers = json!({ "content-type": "application/json" });
        if let Some(token) = token {
            headers["authorization"] = format!("Bearer {token}").into();
        }
        let event = json!({
            "headers": headers,
            "pathParameters": path,
            "requestContext": {
                "requestId": "r1",
                "http": { "method": entry.route.method.as_str(), "sourceIp": "203.0.113.9" },
            },
            "body": body.to_string(),
        });
        let response = entry.call(&self.context, &Permit::for_operator(&Operator::acting()), event).await;
        let body = response.body.as_deref().map(|body| serde_json::from_str(body).unwrap());
        (response.status.as_u16(), body.unwrap_or_default())
    }
}

#[tokio::test]
async fn callers_are_admitted_by_level_and_a_taken_title_is_refused() {
    let api = Api::start().await;
    let user = api.sign_up("user", Roles::default()).await;
    let staff = api.sign_up("staff", Roles { is_staff: true, is_superuser: false }).await;
    let superuser = api.sign_up("superuser", Roles { is_staff: false, is_superuser: true }).await;
    let new = || json!({ "title": "Closed on Monday" });
    let create = async |token: Option<&str>| api.call("announcements_create", token, json!({}), new()).await;
    assert_eq!(create(None).await.1["code"], "token_missing");
    assert_eq!(create(Some(&user)).await.1["code"], "staff_required");
    assert_eq!(create(Some(&superuser)).await.1["code"], "staff_required");
    let created = create(Some(&staff)).await;
    assert_eq!(created, (201, new()));
    let (status, again) = create(Some(&staff)).await;
    assert_eq!((status, &again["code"]), (409, &json!("already_announced")));
    let (status, bad) = api.call("announcements_create", Some(&staff), json!({}), json!({ "title": "" })).await;
    assert_eq!((status, &bad["errors"][0]["field"]), (422, &json!("title")));
    let list = async || api.call("announcements_list", None, json!({}), Value::Null).await;
    assert_eq!(list().await, (200, json!([new()])));
    let path = || json!({ "title": "Closed on Monday" });
    let delete = async |token: &str| api.call("announcements_delete", Some(token), path(), Value::Null).await;
    assert_eq!(delete(&staff).await.1["code"], "superuser_required");
    assert_eq!(delete(&superuser).await.0, 204);
    assert_eq!(delete(&superuser).await.0, 204, "gone already");
    assert_eq!(list().await, (200, json!([])));
    let audited = api.audited("Closed on Monday").await;
    assert_eq!(audited, ["announcements_deleted", "announcements_created"], "one row for each change");
}

#[test]
fn the_openapi_document_has_the_code_of_this_domain() {
    let info = openapi::Info { title: "Announcements", version: "1", description: "An example." };
    let document = openapi::document(&info, CATALOGUE);
    assert_eq!(document["paths"].as_object().unwrap().len(), 2);
    assert!(
        document["components"]["responses"]["409.already_announced.already_done.request_in_progress.limited"]
            .is_object(),
        "{document:#}"
    );
}
