use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use api::{Act, Audit, Context, Part, Queue, Response, Settings};
use auth::{Clock, Entropy, NewPassword, OsEntropy, PasswordHash, Roles, UserId};
use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::Router;
use catalogue::CATALOGUE;
use dynamo::Connection;
use identity::{Email, Identity, MailJob, NewPasswords, NewUser, PersonName, Username, Users};
use jiff::Timestamp;
use local::{Embedded, Invoke, Workers};
use operator::Operator;
use serde_json::Value;

use tokio::sync::OnceCell;

use crate::client::Client;
use crate::clock::ManualClock;
use crate::dynamo::Proxy;
use crate::forge::SEED;
use crate::functions::{Functions, permit};
use crate::record;
use crate::repository::TEMPLATE;
use crate::site::{ORIGIN, PASSKEY_DOMAIN};
use crate::totp::Authenticator;

/// The password of all test users.
pub const PASSWORD: &str = "seven-wandering-otters";

/// The keys of every [`TestApp`] that seal the secrets of authenticators, by their numbers.
pub const SEALING_KEYS: &str = r#"{"1":"5ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea15ea1"}"#;

/// How many items one page of a list has.
pub(crate) const PAGE: usize = 50;

/// The whole API in process, with a clock that stands still and its own tables.
pub struct TestApp {
    /// The context of the test itself. Every function has its own context.
    pub context: Context,
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// The proxy that records the functions' calls to DynamoDB and injects faults.
    pub dynamo: Proxy,
    /// A DynamoDB client for the same tables, which bypasses the proxy.
    pub database: DynamoDb,
    /// The prefix of all table names.
    pub prefix: String,
    /// The file with the signing seed.
    pub seed_file: PathBuf,
    /// The environment variables of the functions.
    pub environment: BTreeMap<String, String>,
    /// The settings read from the environment.
    pub settings: Settings,
    operator: Operator,
    audit: Audit,
    functions: Functions,
    workers: Arc<Workers>,
    router: Router,
    addresses: AtomicU32,
    /// Whether the owners of accounts are told what happens.
    tells: AtomicBool,
    /// The authenticators of the users that have one, by their usernames.
    pub(crate) authenticators: Arc<Mutex<HashMap<String, Arc<Authenticator>>>>,
    _directory: tempfile::TempDir,
    _embedded: Option<Embedded>,
}

/// The environment of all functions, with the database at `url`. `variables` override the usual ones.
fn environment(url: &str, prefix: &str, seed_file: &Path, variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let (spool, outbox) = (seed_file.with_file_name("jobs"), seed_file.with_file_name("outbox"));
    let sealing_keys = seed_file.with_file_name("sealing-keys");
    let usual = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("TOKEN_ISSUER", "test"),
        ("TOKEN_AUDIENCE", "test-api"),
        ("TABLE_PREFIX", prefix),
        ("AWS_ENDPOINT_URL_DYNAMODB", url),
        ("SIGNING_SEED_FILE", seed_file.to_str().unwrap()),
        ("SEALING_KEYS_FILE", sealing_keys.to_str().unwrap()),
        ("JOB_SPOOL", spool.to_str().unwrap()),
        ("MAIL_OUTBOX", outbox.to_str().unwrap()),
        ("MAIL_FROM", "no-reply@example.com"),
        ("UNVERIFIED_DAYS", "7"),
        ("SIGN_UP", "open"),
        ("LINK_BASE", ORIGIN),
        ("PASSKEY_DOMAIN", PASSKEY_DOMAIN),
    ];
    let all = usual.iter().chain(variables);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The settings read from an environment.
pub fn settings(environment: BTreeMap<String, String>) -> Settings {
    Settings::read(move |name| environment.get(name).cloned()).unwrap()
}

/// Whether a file of the spool tells somebody what happened.
pub fn is_notice(job: &str) -> bool {
    job.contains(r#""job":"notify""#)
}

impl TestApp {
    /// Starts an app over the embedded DynamoDB, or over the one at `TEST_DYNAMODB_URL`.
    pub async fn init() -> Self {
        Self::init_with(&[]).await
    }

    /// Starts an app with these environment variables added.
    pub async fn init_with(variables: &[(&str, &str)]) -> Self {
        record::catch_log();
        record::secret(SEED);
        record::secret(&SEALING_KEYS[6..70]);
        let (embedded, upstream) = match std::env::var("TEST_DYNAMODB_URL") {
            Ok(url) => (None, url),
            Err(_) => {
                let embedded = Embedded::start(None, 0).await.unwrap();
                let url = embedded.url();
                (Some(embedded), url)
            }
        };
        let (dynamo, url) = Proxy::start(upstream.clone()).await;
        let directory = tempfile::tempdir().unwrap();
        let seed_file = directory.path().join("signing-seed");
        std::fs::write(&seed_file, SEED).unwrap();
        std::fs::write(seed_file.with_file_name("sealing-keys"), SEALING_KEYS).unwrap();
        let prefix = format!("t{}-", uuid::Uuid::from_bytes(auth::random(&OsEntropy).unwrap()).simple());
        let environment = environment(&url, &prefix, &seed_file, variables);
        let settings = settings(environment.clone());
        let database = Connection { endpoint: Some(upstream), ..settings.connection.clone() }.dynamodb();
        local::create_tables(&database, &TEMPLATE, &prefix).await.unwrap();
        let clock = Arc::new(ManualClock::new());
        let context = Identity::context(&permit(), &settings, clock.clone(), Arc::new(OsEntropy));
        let functions = Functions::new(&settings, clock.clone());
        let router = local::router(functions.clone(), &TEMPLATE).unwrap();
        let addresses = AtomicU32::new(u32::from(Ipv4Addr::new(10, 0, 0, 1)));
        let workers = Arc::new(Workers::new(|name| functions.context(name)));
        Self {
            operator: Operator::acting(),
            audit: context.part(&permit()).unwrap(),
            functions,
            workers,
            context,
            clock,
            dynamo,
            database,
            prefix,
            seed_file,
            environment,
            settings,
            router,
            addresses,
            tells: AtomicBool::new(false),
            authenticators: Arc::default(),
            _directory: directory,
            _embedded: embedded,
        }
    }

    /// Another process with the same tables, clock and seed. The processes share no memory.
    pub fn second_process(&self) -> Self {
        let context = Identity::context(&permit(), &self.settings, self.clock.clone(), Arc::new(OsEntropy));
        let functions = Functions::new(&self.settings, self.clock.clone());
        let router = local::router(functions.clone(), &TEMPLATE).unwrap();
        Self {
            operator: Operator::acting(),
            audit: context.part(&permit()).unwrap(),
            workers: Arc::new(Workers::new(|name| functions.context(name))),
            functions,
            context,
            router,
            clock: self.clock.clone(),
            dynamo: self.dynamo.clone(),
            database: self.database.clone(),
            prefix: self.prefix.clone(),
            seed_file: self.seed_file.clone(),
            environment: self.environment.clone(),
            settings: self.settings.clone(),
            addresses: AtomicU32::new(u32::from(Ipv4Addr::new(10, 128, 0, 1))),
            tells: AtomicBool::new(self.tells.load(Ordering::Relaxed)),
            authenticators: self.authenticators.clone(),
            _directory: tempfile::tempdir().unwrap(),
            _embedded: None,
        }
    }

    /// A client without a token, at a new address.
    pub fn anon(&self) -> Client {
        let address = IpAddr::V4(Ipv4Addr::from(self.addresses.fetch_add(1, Ordering::Relaxed)));
        Client::new(self.router.clone(), address)
    }

    /// The same client, which calls this process.
    pub fn anon_like(&self, caller: &Client) -> Client {
        Client { router: self.router.clone(), ..caller.clone() }
    }

    /// A new user without roles, signed in.
    pub async fn user(&self) -> Client {
        self.with_roles(Roles::default()).await
    }

    /// A new user with the role staff, signed in.
    pub async fn staff(&self) -> Client {
        self.with_roles(Roles { is_staff: true, is_superuser: false }).await
    }

    /// A new user with the role superuser and not staff, signed in.
    pub async fn superuser(&self) -> Client {
        self.with_roles(Roles { is_staff: false, is_superuser: true }).await
    }

    /// A new user with these roles, signed in.
    pub async fn with_roles(&self, roles: Roles) -> Client {
        let username = format!("u{}", uuid::Uuid::from_bytes(auth::random(&OsEntropy).unwrap()).simple());
        self.create_user(&username, &format!("{username}@example.com"), roles).await;
        self.sign_in(&username).await
    }

    /// A part, such as a table.
    pub fn part<P: Part>(&self) -> P {
        self.context.part(&permit()).unwrap()
    }

    /// A context of this app with another source of randomness.
    pub fn context_with(&self, entropy: Arc<dyn Entropy>) -> Context {
        Identity::context(&permit(), &self.settings, self.clock.clone(), entropy)
    }

    /// The hash of a password.
    pub async fn hash(&self, password: &str) -> PasswordHash {
        self.part::<NewPasswords>().hash(NewPassword::parse(password).unwrap()).await.unwrap()
    }

    /// The operator, whose acts are written down.
    pub fn act(&self) -> Act<'_, Operator> {
        self.audit.act(&self.context, &self.operator)
    }

    /// Creates a user with the password [`PASSWORD`], without signing in. The audit does not keep it, so that a test finds
    /// the acts that it is about.
    pub async fn create_user(&self, username: &str, email: &str, roles: Roles) -> UserId {
        static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
        let hash = HASH.get_or_init(async || self.hash(PASSWORD).await).await;
        let now = self.clock.now();
        let new = NewUser {
            id: UserId::new(now, &OsEntropy).unwrap(),
            username: Username::parse(username).unwrap(),
            email: Email::parse(email).unwrap(),
            first_name: PersonName::default(),
            last_name: PersonName::default(),
            password_hash: hash.clone(),
            created_at: now,
        };
        self.part::<Users>().create_with_roles(&self.act(), &new, roles).await.unwrap();
        self.forget_acts_on(&format!("users/{}", new.id)).await;
        new.id
    }

    async fn forget_acts_on(&self, subject: &str) {
        let (table, subject) = (format!("{}audit", self.prefix), AttributeValue::S(subject.to_owned()));
        let rows = self.database.query().table_name(&table).key_condition_expression("subject = :subject");
        for row in rows.expression_attribute_values(":subject", subject.clone()).send().await.unwrap().items() {
            let delete = self.database.delete_item().table_name(&table).key("subject", subject.clone());
            delete.key("id", row["id"].clone()).send().await.unwrap();
        }
    }

    /// Hands an event directly to the endpoint with this name, without the gateway.
    pub async fn event(&self, name: &str, event: Value) -> Response {
        let entry = CATALOGUE.iter().find(|entry| entry.name == name).unwrap();
        self.functions.invoke(*entry, event).await
    }

    /// Handles the notices of the app, too, from now on. Otherwise they are dropped, because almost every test has a sign-in.
    pub fn tell_owners(&self) {
        self.drop_notices();
        self.tells.store(true, Ordering::Relaxed);
    }

    fn drop_notices(&self) {
        self.jobs().filter(|(_, job)| is_notice(job)).for_each(|(file, _)| std::fs::remove_file(file).unwrap());
    }

    /// Handles the due jobs. Returns how many succeeded.
    pub async fn handle_jobs(&self) -> usize {
        if !self.tells.load(Ordering::Relaxed) {
            self.drop_notices();
        }
        self.workers.handle_due().await.unwrap()
    }

    /// Runs the hourly task that ends unverified accounts.
    ///
    /// # Errors
    /// Those of the task.
    pub async fn end_unverified(&self) -> api::Result<()> {
        self.workers.end_unverified().await
    }

    /// The file with the keys that seal the secrets of authenticators.
    pub fn sealing_keys_file(&self) -> PathBuf {
        self.seed_file.with_file_name("sealing-keys")
    }

    /// Sets one attribute of an item directly in the table.
    pub async fn set(&self, table: &str, key: (&str, &str), attribute: &str, value: AttributeValue) {
        let update = self.database.update_item().table_name(format!("{}{table}", self.prefix));
        let update = update
            .key(key.0, AttributeValue::S(key.1.to_owned()))
            .update_expression("SET #a = :v")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":v", value);
        update.send().await.unwrap();
    }

    /// Removes one attribute of an item directly in the table.
    pub async fn remove(&self, table: &str, key: (&str, &str), attribute: &str) {
        let update = self.database.update_item().table_name(format!("{}{table}", self.prefix));
        let update = update.key(key.0, AttributeValue::S(key.1.to_owned())).update_expression("REMOVE #a");
        update.expression_attribute_names("#a", attribute).send().await.unwrap();
    }

    /// The names of all tables, without their prefix.
    pub async fn tables(&self) -> Vec<String> {
        let names = self.database.list_tables().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        names.unwrap().iter().filter_map(|name| name.strip_prefix(&self.prefix)).map(str::to_owned).collect()
    }

    /// The jobs that wait in the spool, except notices.
    pub fn waiting_jobs(&self) -> Vec<String> {
        self.jobs().map(|(_, job)| job).filter(|job| !is_notice(job)).collect()
    }

    /// The notices that wait in the spool.
    pub fn waiting_notices(&self) -> Vec<String> {
        self.jobs().map(|(_, job)| job).filter(|job| is_notice(job)).collect()
    }

    /// Takes the notices out of the spool.
    pub fn take_notices(&self) -> Vec<MailJob> {
        let job =
            |spooled: String| serde_json::from_value(serde_json::from_str::<Value>(&spooled).unwrap()["job"].take());
        let notices = self.waiting_notices().into_iter().map(|spooled| job(spooled).unwrap()).collect();
        self.drop_notices();
        notices
    }

    /// Queues jobs that come late, or again.
    pub async fn queue_again(&self, jobs: &[MailJob], now: Timestamp) {
        for job in jobs {
            self.part::<Queue<MailJob>>().send(job, now).await.unwrap();
        }
    }

    fn jobs(&self) -> impl Iterator<Item = (PathBuf, String)> {
        let queues = std::fs::read_dir(self.seed_file.with_file_name("jobs")).into_iter().flatten();
        let files = queues.flat_map(|queue| std::fs::read_dir(queue.unwrap().path()).unwrap());
        files.filter_map(|file| {
            let file = file.unwrap().path();
            let job = std::fs::read_to_string(&file).ok()?;
            Some((file, job))
        })
    }

    /// All items of a table.
    pub async fn items(&self, table: &str) -> Vec<std::collections::HashMap<String, AttributeValue>> {
        let scan = self.database.scan().table_name(format!("{}{table}", self.prefix)).consistent_read(true);
        scan.into_paginator().items().send().collect::<Result<_, _>>().await.unwrap()
    }
}
