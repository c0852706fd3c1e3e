use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use api::{Context, Part, Permit, Settings};
use auth::{OsEntropy, SystemClock};
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::config::ProvideCredentials;
use dynamo::TrustStore;
use identity::{Account, Identity, LoginName, LoginNames, Users};
use operator::Operator;

use crate::error::{Error, Result};
use crate::options::Place;
use crate::{ask, queues};

/// Timeout for connecting to AWS, from any network.
const PATIENCE: Duration = Duration::from_secs(3);

/// A stack to work on.
pub struct Target {
    /// Settings, clock and randomness of the stack.
    pub api: Context,
    permit: Permit,
    /// URL of the API, if known.
    pub url: Option<String>,
}

impl Target {
    /// Finds the stack that the options name, and who the operator is. Checks that the database answers. With `queues`,
    /// finds the queues, too.
    pub async fn find(place: &Place, queues: bool) -> Result<(Self, Operator)> {
        let (settings, url) = match &place.stack {
            Some(stack) => (deployed(stack, queues).await?, None),
            None => local(place)?,
        };
        let permit = Permit::for_operator(&Operator::acting());
        let api = Identity::context(&permit, &settings, Arc::new(SystemClock), Arc::new(OsEntropy));
        api.reach(&permit).await.map_err(|error| match &place.stack {
            Some(_) => error.into(),
            None => Error::NoLocal(place.data.display().to_string()),
        })?;
        let operator = match &place.stack {
            Some(_) => Operator::named(caller(&settings).await?),
            None => Operator::acting(),
        };
        Ok((Self { api, permit, url }, operator))
    }

    /// Builds a part, such as a table.
    pub fn part<P: Part>(&self) -> Result<P> {
        Ok(self.api.part(&self.permit)?)
    }

    /// Finds the account with this id, username or email. Asks if it is the id of one account and the username of another.
    pub async fn account(&self, operator: &Operator, name: &str) -> Result<Account> {
        let users = self.part::<Users>()?;
        let by_id = match auth::UserId::parse(name) {
            Some(id) => users.resolve(operator, id).await?,
            None => None,
        };
        let by_name = match self.part::<LoginNames>()?.find(&LoginName::of_sign_in(name)).await? {
            Some(id) => users.resolve(operator, id).await?,
            None => None,
        };
        match (by_id, by_name) {
            (Some(first), Some(second)) if first.profile.id != second.profile.id => ask::which(name, first, second),
            (by_id, by_name) => by_id.or(by_name).ok_or_else(|| Error::NotFound(format!("user {name}"))),
        }
    }
}

/// Reads the settings that `local` wrote for functions, and the URL of its API.
fn local(place: &Place) -> Result<(Settings, Option<String>)> {
    let missing = |_| Error::NoLocal(place.data.display().to_string());
    let text = std::fs::read_to_string(place.data.join("env")).map_err(missing)?;
    let variables = text.lines().filter_map(|line| line.split_once('='));
    let variables: HashMap<String, String> =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let url = variables
        .get("LINK_BASE")
        .and_then(|base| base.strip_suffix("/account"))
        .map(|url| url.replace("//localhost", "//127.0.0.1"));
    Ok((Settings::read(move |name| variables.get(name).cloned())?, url))
}

/// Settings with the names of template.yaml and the usual AWS credentials.
async fn deployed(stack: &str, queues: bool) -> Result<Settings> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(dynamo::http_client(&TrustStore::System, PATIENCE)?)
        .load()
        .await;
    let provider =
        config.credentials_provider().ok_or_else(|| Error::Aws("there are no AWS credentials".to_owned()))?;
    let credentials = provider.provide_credentials().await.map_err(|error| Error::Aws(dynamo::error_chain(&error)))?;
    let region = config.region().ok_or_else(|| Error::Aws("no AWS region is set".to_owned()))?;
    let queues = if queues { queues::find(&config, stack).await? } else { HashMap::new() };
    let (stack, region) = (stack.to_owned(), region.to_string());
    let variable = move |name: &str| match name {
        "AWS_REGION" => Some(region.clone()),
        "AWS_ACCESS_KEY_ID" => Some(credentials.access_key_id().to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(credentials.secret_access_key().to_owned()),
        "AWS_SESSION_TOKEN" => credentials.session_token().map(str::to_owned),
        "TABLE_PREFIX" => Some(format!("{stack}-")),
        "TOKEN_ISSUER" => Some(stack.clone()),
        "TOKEN_AUDIENCE" => Some(format!("{stack}-api")),
        "SIGNING_SECRET_ID" => Some(format!("{stack}-signing-seed")),
        "SEALING_SECRET_ID" => Some(format!("{stack}-sealing-keys")),
        // What operators did is kept for good: the environment of an operator must not shorten it.
        "AUDIT_DAYS" => Some("0".to_owned()),
        _ if name.starts_with("AWS_ENDPOINT_URL") => std::env::var(name).ok(),
        _ if queues.contains_key(name) => queues.get(name).cloned(),
        _ => None,
    };
    let mut settings = Settings::read(variable)?;
    // The operator is outside AWS: trust the system's certificate authorities, and wait longer.
    settings.connection.http = dynamo::http_client(&TrustStore::System, PATIENCE)?;
    Ok(settings)
}

/// The ARN of the AWS identity behind the credentials, for the audit.
async fn caller(settings: &Settings) -> Result<String> {
    let config = settings.connection.sdk_config(settings.environment.endpoint("STS"));
    let answer = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
    let unknown = |cause: String| Error::Aws(format!("STS does not say who you are, so nothing was done: {cause}"));
    let answer = answer.map_err(|error| unknown(dynamo::describe_sdk_error(&error)))?;
    answer.arn.ok_or_else(|| unknown("the answer has no ARN".to_owned()))
}
