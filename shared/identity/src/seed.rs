use std::path::PathBuf;

use api::Settings;
use auth::SigningSeed;
use aws_sdk_secretsmanager::Client;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The store of the signing seed. The seed is read again every minute, so overwriting the seed rotates the keys.
#[derive(Clone, Debug)]
pub(crate) enum SeedSource {
    /// A secret of AWS Secrets Manager.
    Secret {
        /// The client.
        client: Client,
        /// The secret's name or ARN.
        id: String,
    },
    /// A file.
    File(PathBuf),
}

impl SeedSource {
    /// The variables that name the store: the first in a stack, the second for local work and tests.
    pub(crate) const VARIABLES: [&'static str; 2] = ["SIGNING_SECRET_ID", "SIGNING_SEED_FILE"];

    /// The store that the settings name.
    pub(crate) fn of(settings: &Settings) -> api::Result<Self> {
        let [secret, file] = Self::VARIABLES;
        let environment = &settings.environment;
        if let Some(id) = environment.optional(secret) {
            let config = settings.connection.sdk_config(environment.endpoint("SECRETS_MANAGER"));
            return Ok(SeedSource::Secret { client: Client::new(&config), id });
        }
        let missing = || api::Error::setting(secret, format!("is not set, and neither is {file}"));
        environment.optional(file).map(|path| SeedSource::File(path.into())).ok_or_else(missing)
    }

    pub(crate) async fn read(&self) -> Result<SigningSeed> {
        let text = match self {
            SeedSource::Secret { client, id } => secret(client, id).await?,
            SeedSource::File(path) => Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|error| Error::SeedUnavailable(format!("{}: {error}", path.display())))?,
            ),
        };
        // A secret that is no seed may be right again in a moment, so it counts as one that can't be read.
        SigningSeed::parse(&text).map_err(|error| Error::SeedUnavailable(error.to_string()))
    }

    /// Overwrites the seed, which rotates the keys.
    pub(crate) async fn overwrite(&self, text: &str) -> Result<()> {
        match self {
            SeedSource::Secret { client, id } => {
                let put = client.put_secret_value().secret_id(id).secret_string(text).send().await;
                put.map(drop).map_err(|error| {
                    let refused = error.raw_response().is_some_and(|response| response.status().is_client_error());
                    let kind = if refused { Error::SeedUnavailable } else { Error::SeedUnconfirmed };
                    kind(dynamo::describe_sdk_error(&error))
                })
            }
            SeedSource::File(path) => api::replace_file(path, text)
                .map_err(|error| Error::SeedUnavailable(format!("{}: {error}", path.display()))),
        }
    }
}

async fn secret(client: &Client, id: &str) -> Result<Zeroizing<String>> {
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| Error::SeedUnavailable(dynamo::describe_sdk_error(&error)))?;
    let text = answer.secret_string.ok_or_else(|| Error::SeedUnavailable("the secret has no string".to_owned()))?;
    Ok(Zeroizing::new(text))
}
