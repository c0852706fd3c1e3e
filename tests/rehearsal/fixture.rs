use std::collections::BTreeSet;
use std::io::Write;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};

use aws_sdk_dynamodb::Client as Dynamo;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::Client as Sqs;
use axum::Router;
use local::Template;
use serde_json::{Value, json};
use tests::{Call, Client, Lambda, Proxy, authenticator, executable, record};

use crate::stack::Stack;

/// The stack, its functions and a gateway, for the story.
pub struct Fixture {
    pub stack: &'static Stack,
    pub lambda: Lambda,
    router: Router,
    queues: Sqs,
    database: Dynamo,
    proxy: Proxy,
    calls: Mutex<Vec<Call>>,
    hosts: AtomicU8,
}

impl Fixture {
    /// Creates the stack.
    pub async fn new() -> Self {
        let stack = Stack::created().await;
        let (proxy, url) = Proxy::start(stack.endpoint.clone()).await;
        let lambda = Lambda::new(stack.launches(&url));
        let router = local::router(lambda.clone(), &Template::ours().unwrap()).unwrap();
        let connection = dynamo::Connection {
            region: stack.region.clone(),
            access_key_id: "rehearsal".to_owned(),
            secret_access_key: "rehearsal".to_owned(),
            session_token: None,
            endpoint: None,
            http: dynamo::http_client(&dynamo::TrustStore::Amazon, dynamo::CONNECT).unwrap(),
        };
        let config = connection.sdk_config(Some(stack.endpoint.clone()));
        let (queues, database) = (Sqs::new(&config), Dynamo::new(&config));
        let (calls, hosts) = (Mutex::default(), AtomicU8::new(1));
        Self { stack, lambda, router, queues, database, proxy, calls, hosts }
    }

    /// A client without a token, at a new address.
    pub fn anon(&self) -> Client {
        let address = IpAddr::from([10, 0, 0, self.hosts.fetch_add(1, Ordering::Relaxed)]);
        Client::new(self.router.clone(), address)
    }

    /// Signs in from a new address.
    pub async fn sign_in(&self, username: &str, password: &str) -> Client {
        let caller = self.anon();
        let response = caller.post("/v1/auth/token", json!({ "username": username, "password": password })).await;
        assert_eq!(response.status, 200, "{}", response.body);
        let text = |name: &str| response.json()[name].as_str().unwrap().to_owned();
        let mut signed_in = caller.with_token(text("access_token"));
        signed_in.refresh_token = text("refresh_token");
        signed_in
    }

    /// Runs `admin` on the stack. Returns its output.
    pub fn admin(&self, arguments: &[&str], input: &str) -> Value {
        let mut command = Command::new(executable("admin"));
        command.args(["--stack", &self.stack.stack, "--json", "--yes"]).args(arguments).envs([
            ("AWS_REGION", self.stack.region.as_str()),
            ("AWS_ACCESS_KEY_ID", "rehearsal"),
            ("AWS_SECRET_ACCESS_KEY", "rehearsal"),
            ("AWS_ENDPOINT_URL", &self.stack.endpoint),
        ]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        said.lines().filter(|line| line.starts_with('{')).for_each(record::log_lines);
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Hands the next message of a worker's queue to the worker, as Lambda's poller does.
    pub async fn handle_job(&self, binary: &str) {
        let url = &self.stack.function(binary).queue.as_ref().unwrap().url;
        let received = self.queues.receive_message().queue_url(url).wait_time_seconds(20);
        let received = received.customize().config_override(patient()).send().await.unwrap();
        let [message] = received.messages() else { panic!("one message in {url}: {received:?}") };
        let event = json!({ "Records": [{
            "messageId": message.message_id().unwrap(),
            "receiptHandle": message.receipt_handle().unwrap(),
            "body": message.body().unwrap(),
            "eventSource": "aws:sqs",
        }]});
        let response = self.lambda.run(binary, event).await;
        assert_eq!(response, Ok(json!({ "batchItemFailures": [] })));
        let handle = message.receipt_handle().unwrap();
        self.queues.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
    }

    /// Sets a number of an item directly in the table.
    pub async fn set_number(&self, table: &str, id: &str, attribute: &str, value: &str) {
        let update = self.database.update_item().table_name(format!("{}-{table}", self.stack.stack));
        let update = update.key("id", AttributeValue::S(id.to_owned())).update_expression("SET #a = :v");
        let update = update.expression_attribute_names("#a", attribute);
        update.expression_attribute_values(":v", AttributeValue::N(value.to_owned())).send().await.unwrap();
    }

    /// Handles mails until one has a link, which must be to `address`. Returns the token in the link.
    pub async fn mailed_token(&self, address: &str) -> String {
        self.mailed(address, |text| text.split("#token=").nth(1)?.split_whitespace().next()).await
    }

    /// Handles mails until one has a code, which must be to `address`. Returns the code.
    pub async fn mailed_code(&self, address: &str) -> String {
        self.mailed(address, authenticator::mailed_code).await
    }

    /// Handles mails until one has what `find` finds, which must be to `address`.
    async fn mailed(&self, address: &str, find: fn(&str) -> Option<&str>) -> String {
        for _ in 0..60 {
            self.handle_job("mail_send").await;
            let calls = self.proxy.take_calls();
            let mails: Vec<Value> =
                calls.iter().filter(|call| call.service == "ses").map(|call| call.body.clone()).collect();
            self.calls.lock().unwrap().extend(calls);
            for mail in mails {
                assert_eq!(mail["FromEmailAddress"], "no-reply@example.com");
                let text = mail["Content"]["Simple"]["Body"]["Text"]["Data"].as_str().unwrap();
                let Some(found) = find(text) else { continue };
                assert_eq!(mail["Destination"]["ToAddresses"], json!([address]), "{mail}");
                record::secret(found);
                return found.to_owned();
            }
        }
        panic!("no mail with a link or a code was sent");
    }

    /// Asserts that no call to AWS needed a grant that the caller's role in the stack lacks.
    pub fn no_call_exceeded_its_role(&self) {
        let mut calls = self.calls.lock().unwrap();
        calls.extend(self.proxy.take_calls());
        assert!(calls.len() > 200, "{} calls were seen", calls.len());
        for call in calls.iter() {
            let granted: BTreeSet<_> = self.stack.function(&call.function).grants();
            for grant in call.grants() {
                let covered = granted.iter().any(|granted| granted.covers(&grant));
                assert!(covered, "{} is not granted {grant:?}", call.function);
            }
        }
    }
}

/// Longer timeouts, because a wait for a message takes longer than calls of functions may.
fn patient() -> aws_sdk_sqs::config::Builder {
    use aws_sdk_sqs::config::timeout::TimeoutConfig;
    let longer = std::time::Duration::from_secs(30);
    let timeouts = TimeoutConfig::builder().operation_timeout(longer).operation_attempt_timeout(longer);
    aws_sdk_sqs::config::Builder::new().timeout_config(timeouts.build())
}
