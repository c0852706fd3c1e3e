use std::collections::HashMap;
use std::time::Duration;

use api::{App, Everything, SeedLocation, Settings};
use auth::TokenPolicy;
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::config::ProvideCredentials;
use http::StatusCode;
use operator::Operator;
use store::{Account, Connection, Identity, Trust};

use crate::error::{Error, Result};
use crate::options::Place;

/// How long it may take to connect to AWS, from anywhere.
const PATIENCE: Duration = Duration::from_secs(3);

/// A stack to work on.
pub struct Target {
    /// Its parts.
    pub app: App,
    /// Where its API is, if that is known.
    pub url: Option<String>,
}

impl Target {
    /// The stack that the options name. Makes sure that its database answers.
    pub async fn find(place: &Place) -> Result<Self> {
        let (settings, url) = match &place.stack {
            Some(stack) => (deployed(stack).await?, None),
            None => local(place)?,
        };
        let app = App::new_for_system::<Everything>(&settings)?;
        if url.is_some() {
            let gone = |_| Error::NoLocal(place.data.display().to_string());
            app.reach(&settings).await.map_err(gone)?;
        }
        Ok(Self { app, url })
    }

    /// The account of this id, username or email.
    pub async fn account(&self, operator: &Operator, name: &str) -> Result<Account> {
        let id = match auth::UserId::parse(name) {
            Some(id) => Some(id),
            None => self.app.identities.find(&Identity::of_sign_in(name)).await?,
        };
        let account = match id {
            Some(id) => self.app.users.get(operator, id).await?,
            None => None,
        };
        account.ok_or_else(|| Error::NotFound(format!("user {name}")))
    }
}

/// The settings that `local` wrote for functions, and where its API is.
fn local(place: &Place) -> Result<(Settings, Option<String>)> {
    let missing = |_| Error::NoLocal(place.data.display().to_string());
    let text = std::fs::read_to_string(place.data.join("env")).map_err(missing)?;
    let variables: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let settings = Settings::read(|name| variables.get(name).map(|value| (*value).to_owned()))?;
    Ok((settings, variables.get("LINK_BASE").map(|url| (*url).to_owned())))
}

/// The names that template.yaml gives, and credentials from wherever AWS tools find them.
async fn deployed(stack: &str) -> Result<Settings> {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(store::http_client(&Trust::System, PATIENCE)?)
        .load()
        .await;
    let provider =
        config.credentials_provider().ok_or_else(|| Error::Aws("there are no AWS credentials".to_owned()))?;
    let credentials = provider.provide_credentials().await.map_err(|error| Error::Aws(store::causes(&error)))?;
    let region = config.region().ok_or_else(|| Error::Aws("no AWS region is set".to_owned()))?;
    let endpoint = |service: &str| {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"))
    };
    Ok(Settings {
        connection: Connection {
            region: region.to_string(),
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            endpoint: endpoint("DYNAMODB"),
            http: store::http_client(&Trust::System, PATIENCE)?,
        },
        table_prefix: format!("{stack}-"),
        tokens: TokenPolicy::new(stack, format!("{stack}-api")),
        missing_token: StatusCode::FORBIDDEN,
        prewarm: true,
        edge: None,
        seed: Some(SeedLocation::Secret { id: format!("{stack}-signing-seed"), endpoint: endpoint("SECRETS_MANAGER") }),
        queues: Vec::new(),
        mail: None,
    })
}
