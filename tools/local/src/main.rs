//! The whole API on this machine: `cargo run -p local`.

mod options;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use api::{Context, Permit, Settings};
use auth::{OsEntropy, SystemClock};
use axum::Router;
use catalogue::CATALOGUE;
use clap::Parser;
use identity::Identity;
use identity::demo::{ACCOUNTS, PASSWORD};
use local::{
    Embedded, Environment, Error, Log, READY, RequestLog, Result, Signals, Stop, Supervisor, Template, Workers,
};
use operator::Operator;
use options::Options;
use tokio::net::TcpListener;

/// URL of `cargo lambda watch`.
const WATCH: &str = "http://127.0.0.1:9000";

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
    if options.watch {
        return watch(options, signals).await;
    }
    if options.supervised {
        signals = signals.or(local::supervisor_ended()?);
    }
    // A start has nothing to finish.
    let stack = tokio::select! {
        stack = prepare(options, log) => stack?,
        () = signals.next() => return Ok(()),
    };
    local::serve_until(async || signals.next().await, async |stop| stack.serve(stop).await).await
}

/// Runs the database, and servers that follow the sources, until a signal.
async fn watch(options: &Options, mut signals: Signals) -> Result<()> {
    let (directory, _kept) = options.directory()?;
    local::sweep(&directory)?;
    let (_embedded, url) = options.database(&directory).await?;
    let Some((listener, address)) = listener(options).await? else { return Ok(()) };
    let socket = listener.into_std().map_err(|source| Error::Io { what: address.clone(), source })?;
    let supervisor = tokio::select! {
        started = Supervisor::start(socket, options.of_server(&directory, &url)) => started?,
        () = signals.next() => return Ok(()),
    };
    greet(options, &address, &url, &directory);
    println!("{READY}{address}");
    supervisor.run(async || signals.next().await).await;
    Ok(())
}

/// Everything that runs until a signal.
struct Stack {
    /// The API's socket and routes, unless only the database runs.
    gateway: Option<(TcpListener, Router)>,
    /// Whether the socket is a supervisor's.
    supervised: bool,
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
        let serve = async |stop| match self.supervised {
            true => local::serve_shared(listener, router, stop).await,
            false => local::serve(listener, router, stop).await,
        };
        tokio::join!(serve(stop.clone()), self.workers.run(stop)).0
    }
}

/// Starts everything, and says so when it is ready.
async fn prepare(options: &Options, log: Option<RequestLog>) -> Result<Stack> {
    let (directory, kept) = options.directory()?;
    local::sweep(&directory)?;
    let (embedded, url) = options.database(&directory).await?;
    let listener = listener(options).await?;
    let address = listener.as_ref().map_or(WATCH.to_owned(), |(_, address)| address.clone());
    let environment = Environment::new(&url, &address, &directory)?;
    let environment = environment.with_sign_up(options.sign_up.as_str()).with_second_factor(options.second_factor);
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
            println!("{READY}{url}");
            None
        }
        Some((listener, _)) => {
            let router = router(context, &template, log)?;
            if !options.supervised {
                greet(options, &address, &url, &directory);
            }
            println!("{READY}{address}");
            Some((listener, router))
        }
    };
    Ok(Stack { gateway, supervised: options.supervised, workers, _embedded: embedded, _kept: kept })
}

/// The routes of the API, which log requests into `log`.
fn router(context: Context, template: &Template, log: Option<RequestLog>) -> Result<Router> {
    let router = local::router((context, Permit::for_operator(&Operator::acting())), template)?;
    let router = local::refuse_other_hosts(local::redirect_root_to_docs(router, template)?);
    Ok(if let Some(log) = log { log.layer(router) } else { router })
}

/// Binds the port of the API, or takes the socket of a supervisor, unless only the database runs. Returns the listener and the URL.
async fn listener(options: &Options) -> Result<Option<(TcpListener, String)>> {
    if options.database_only {
        return Ok(None);
    }
    let address = format!("127.0.0.1:{}", options.port);
    let failed = |source| Error::Io { what: format!("port {address}"), source };
    let listener = match options.supervised {
        true => local::inherited_socket()?,
        false => TcpListener::bind(&address).await.map_err(failed)?,
    };
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

fn greet(options: &Options, api: &str, database: &str, directory: &Path) {
    let accounts = ACCOUNTS.map(|account| account.username).join(", ");
    let roles = match options.second_factor {
        true => ". Their roles count only with a second factor",
        false => "",
    };
    eprintln!(
        r#"Try each endpoint at {api}/docs, and the users' pages at {pages}/security
Accounts {accounts}, each with the password {PASSWORD}{roles}
DynamoDB at {database}; the functions' environment in {env}; mails in {outbox}

curl {api}/v1/health
TOKEN=$(curl -s {api}/v1/auth/token -H 'content-type: application/json' -d '{{"username":"staff","password":"{PASSWORD}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl {api}/v1/users/me -H "authorization: Bearer $TOKEN"
curl {api}/v1/users -H "authorization: Bearer $TOKEN"
"#,
        pages = Environment::pages(api),
        env = directory.join("env").display(),
        outbox = directory.join("outbox").display(),
    );
}
