//! The whole API on this machine: `cargo run -p local`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use api::{Context, Permit, Settings};
use auth::{OsEntropy, SystemClock};
use axum::Router;
use catalogue::CATALOGUE;
use clap::Parser;
use identity::Identity;
use identity::demo::{ACCOUNTS, PASSWORD};
use local::{Embedded, Environment, Error, Log, RequestLog, Result, Signals, Stop, Template, Workers};
use operator::Operator;
use tokio::net::TcpListener;

/// URL of `cargo lambda watch`.
const WATCH: &str = "http://127.0.0.1:9000";

/// Run the whole API on this machine, with an embedded DynamoDB
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Port of the API; 0 picks a free port
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Port of the embedded DynamoDB; 0 picks a free port
    #[arg(long, default_value_t = 8000)]
    db_port: u16,
    /// Directory for the data, the signing seed and `env`
    #[arg(long, default_value = ".local", conflicts_with = "ephemeral")]
    data: PathBuf,
    /// Keep nothing after the server stops
    #[arg(long)]
    ephemeral: bool,
    /// Use a running DynamoDB instead of the embedded one
    #[arg(long, value_name = "URL", conflicts_with = "database_only")]
    database: Option<String>,
    /// Run only the database, with tables and demo data
    #[arg(long)]
    database_only: bool,
    /// Form of the log; default: text in a terminal, JSON otherwise
    #[arg(long, value_name = "FORM")]
    log: Option<Log>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let log = Log::start(options.log);
    match runtime.block_on(until_stopped(&options, log)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("local can't run: {error}");
    ExitCode::FAILURE
}

/// Runs until a signal ends the process in good order: requests under way are finished, and ephemeral data is deleted.
async fn until_stopped(options: &Options, log: Option<RequestLog>) -> Result<()> {
    let mut signals = Signals::new()?;
    // A start has nothing to finish.
    let stack = tokio::select! {
        stack = prepare(options, log) => stack?,
        () = signals.next() => return Ok(()),
    };
    local::serve_until(async || signals.next().await, async |stop| stack.serve(stop).await).await
}

/// Everything that runs until a signal.
struct Stack {
    /// The API's socket and routes, unless only the database runs.
    gateway: Option<(TcpListener, Router)>,
    workers: Workers,
    /// Dropped after the requests that use the database.
    _embedded: Option<Embedded>,
    /// Dropped last.
    _kept: Option<tempfile::TempDir>,
}

impl Stack {
    async fn serve(self, stop: Stop) -> Result<()> {
        let Some((listener, router)) = self.gateway else {
            self.workers.run(stop).await;
            return Ok(());
        };
        tokio::join!(local::serve(listener, router, stop.clone()), self.workers.run(stop)).0
    }
}

/// Starts everything, and says so when it is ready.
async fn prepare(options: &Options, log: Option<RequestLog>) -> Result<Stack> {
    let (directory, kept) = directory(options)?;
    local::sweep(&directory)?;
    let (embedded, url) = database(options, &directory).await?;
    let listener = listener(options).await?;
    let address = listener.as_ref().map_or(WATCH.to_owned(), |(_, address)| address.clone());
    let environment = Environment::new(&url, &address, &directory)?;
    let settings = environment.settings()?;
    let template = Template::ours()?;
    let context = context(&settings, &template).await?;
    let workers = Workers::new(|_| context.clone());
    let env = directory.join("env");
    environment.write(&env)?;

    let gateway = match listener {
        None => {
            let watch = "cargo lambda watch -p functions -F workspace-hack --env-file";
            eprintln!("DynamoDB at {url}; for functions: {watch} {}", env.display());
            println!("ready {url}");
            None
        }
        Some((listener, _)) => {
            let router = router(context, &template, log)?;
            greet(&address, &url, &directory);
            println!("ready {address}");
            Some((listener, router))
        }
    };
    Ok(Stack { gateway, workers, _embedded: embedded, _kept: kept })
}

/// The routes of the API, which log requests into `log`.
fn router(context: Context, template: &Template, log: Option<RequestLog>) -> Result<Router> {
    let router = local::router((context, Permit::for_operator(&Operator::acting())), template)?;
    let router = local::refuse_other_hosts(local::redirect_root_to_docs(router, template)?);
    Ok(if let Some(log) = log { log.layer(router) } else { router })
}

/// Starts the embedded database, unless `--database` names another. Returns the URL of the database, too.
async fn database(options: &Options, directory: &Path) -> Result<(Option<Embedded>, String)> {
    if let Some(url) = &options.database {
        return Ok((None, url.clone()));
    }
    let file = directory.join("dynamodb.sqlite");
    let embedded = Embedded::start((!options.ephemeral).then_some(file.as_path()), options.db_port).await?;
    let url = embedded.url();
    Ok((Some(embedded), url))
}

/// Binds the port of the API, unless only the database runs. Returns the listener and the URL.
async fn listener(options: &Options) -> Result<Option<(TcpListener, String)>> {
    if options.database_only {
        return Ok(None);
    }
    let address = format!("127.0.0.1:{}", options.port);
    let failed = |source| Error::Io { what: format!("port {address}"), source };
    let listener = TcpListener::bind(&address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok(Some((listener, format!("http://{bound}"))))
}

/// Creates the tables, prepares the parts of all endpoints, and creates the demo data. Returns the context of the API.
async fn context(settings: &Settings, template: &Template) -> Result<Context> {
    let permit = Permit::for_operator(&Operator::acting());
    let context = Identity::context(&permit, settings, Arc::new(SystemClock), Arc::new(OsEntropy));
    context.reach(&permit).await?;
    local::create_tables(&settings.connection.dynamodb(), template, &settings.table_prefix).await?;
    for entry in CATALOGUE {
        entry.prepare(&context, &permit).await?;
    }
    local::seed(&context).await?;
    Ok(context)
}

/// The data directory. An ephemeral one comes with a guard that deletes the directory when dropped.
fn directory(options: &Options) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    if options.ephemeral {
        let kept = local::ephemeral_directory()?;
        return Ok((kept.path().to_owned(), Some(kept)));
    }
    local::private_directory(&options.data)?;
    Ok((options.data.clone(), None))
}

fn greet(api: &str, database: &str, directory: &Path) {
    let accounts = ACCOUNTS.map(|account| account.username).join(", ");
    eprintln!(
        r#"Try each endpoint at {api}/docs
Accounts {accounts}, each with the password {PASSWORD}
DynamoDB at {database}; the functions' environment in {env}; mails in {outbox}

curl {api}/v1/health
TOKEN=$(curl -s {api}/v1/auth/token -H 'content-type: application/json' -d '{{"username":"staff","password":"{PASSWORD}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl {api}/v1/users/me -H "authorization: Bearer $TOKEN"
curl {api}/v1/users -H "authorization: Bearer $TOKEN"
"#,
        env = directory.join("env").display(),
        outbox = directory.join("outbox").display(),
    );
}
