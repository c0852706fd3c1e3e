//! The stack of template.yaml, created by `stack.py` on a simulated AWS.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Stdio;

use local::Grant;
use serde::Deserialize;
use serde_json::Value;
use tests::{Launch, executable_in, record, repository};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// The stack, as OUTPUT.json of `stack.py` describes it.
#[derive(Clone, Deserialize)]
pub struct Stack {
    /// The URL of the simulated AWS.
    pub endpoint: String,
    pub region: String,
    /// The stack's name.
    pub stack: String,
    /// The functions, by logical id.
    pub functions: BTreeMap<String, Function>,
    /// The physical id of each resource.
    pub resources: BTreeMap<String, String>,
    /// The same for another stack in the same account and region.
    pub neighbour: BTreeMap<String, String>,
    /// The CloudFormation template that AWS made of template.yaml.
    pub template: Value,
}

#[derive(Clone, Deserialize)]
pub struct Function {
    pub binary: String,
    pub function_name: String,
    pub environment: BTreeMap<String, String>,
    pub timeout: u64,
    pub memory: u64,
    pub role: String,
    pub managed_policies: Vec<String>,
    pub statements: Vec<Value>,
    pub queue: Option<Queue>,
    pub scheduled: bool,
}

#[derive(Clone, Deserialize)]
pub struct Queue {
    pub url: String,
}

impl Stack {
    /// The stack, created at first use. `REHEARSAL_PYTHON` names a Python with the packages of `requirements.txt`.
    pub async fn created() -> &'static Self {
        // The child process is kept here, because the simulation ends when its standard input closes.
        static CREATED: OnceCell<(Stack, Child)> = OnceCell::const_new();
        &CREATED.get_or_init(Self::create).await.0
    }

    async fn create() -> (Self, Child) {
        let root = repository::root();
        let output = tempfile::NamedTempFile::new().unwrap();
        let python = std::env::var("REHEARSAL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(python);
        command.arg(root.join("tests/rehearsal/stack.py")).arg(output.path());
        command.arg("--template").arg(root.join("template.yaml"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap();
        assert_eq!(line.as_deref(), Some("ready"), "the stack could not be created");
        (serde_json::from_slice(&std::fs::read(output.path()).unwrap()).unwrap(), child)
    }

    /// How to start the functions. Each finds AWS at the URL `aws`, followed by its own name.
    pub fn launches(&self, aws: &str) -> HashMap<String, Launch> {
        let launch = |function: &Function| {
            let mut environment = function.environment.clone();
            record::secret(&environment["EDGE_SECRET"]);
            // The variables that Lambda sets, and the URL of AWS, which Lambda does not set.
            environment.extend([
                ("AWS_REGION".to_owned(), self.region.clone()),
                ("AWS_ACCESS_KEY_ID".to_owned(), "rehearsal".to_owned()),
                ("AWS_SECRET_ACCESS_KEY".to_owned(), "rehearsal".to_owned()),
                ("AWS_SESSION_TOKEN".to_owned(), function.role.clone()),
                ("AWS_ENDPOINT_URL".to_owned(), format!("{aws}/{}", function.binary)),
            ]);
            let executable = executable_in("TEST_FUNCTIONS", &function.binary);
            let Function { function_name, memory, timeout, .. } = function.clone();
            (function.binary.clone(), Launch { executable, function_name, environment, memory, timeout })
        };
        self.functions.values().map(launch).collect()
    }

    /// The function that runs this binary.
    pub fn function(&self, binary: &str) -> &Function {
        self.functions.values().find(|function| function.binary == binary).unwrap_or_else(|| panic!("no {binary}"))
    }
}

impl Function {
    /// The grants of the function's role, in the form of template.yaml.
    pub fn grants(&self) -> BTreeSet<Grant> {
        let texts = |value: &Value| match value {
            Value::Array(many) => many.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
            one => vec![one.as_str().unwrap().to_owned()],
        };
        let mut grants = BTreeSet::new();
        for statement in &self.statements {
            assert_eq!(statement["Effect"], "Allow", "{statement}");
            // The simulation keeps conditions, but does not judge them.
            let in_transactions = !statement["Condition"].is_null();
            assert!(!in_transactions || statement["Condition"] == Grant::condition(), "{statement}");
            for action in texts(&statement["Action"]) {
                let resources = texts(&statement["Resource"]);
                let grant = |arn: &String| Grant { in_transactions, ..Grant::new(&action, resource(arn)) };
                grants.extend(resources.iter().map(grant));
            }
        }
        grants
    }
}

/// The name of a resource in template.yaml: `arn:aws:dynamodb:...:table/rehearsal-users` is `UsersTable.Arn`.
fn resource(arn: &str) -> String {
    let (kind, name) = (arn.split(':').nth(2).unwrap(), arn.splitn(6, ':').nth(5).unwrap());
    match kind {
        "dynamodb" => {
            let (table, index) = name.split_once("/index/").map_or((name, None), |(table, index)| (table, Some(index)));
            tests::table_grant(table.strip_prefix("table/").unwrap(), index)
        }
        "sqs" => format!("{}.Arn", name.split('-').nth(1).unwrap()),
        "secretsmanager" => {
            let secret = tests::SECRETS.iter().find(|(part, _)| name.contains(part));
            secret.unwrap_or_else(|| panic!("a grant for {arn}")).1.to_owned()
        }
        "ses" => {
            // The simulation does not replace the domain in the second form of Fn::Sub.
            tests::sender_grant(if name.contains('@') { "MailFrom" } else { "Domain" })
        }
        _ => panic!("a grant for {arn}"),
    }
}
