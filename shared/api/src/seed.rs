use std::path::PathBuf;

use auth::SigningSeed;
use aws_sdk_secretsmanager::Client;
use store::Connection;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::file;

/// Where the signing seed is said to be.
#[derive(Clone, Debug)]
pub enum SeedLocation {
    /// A secret of AWS Secrets Manager.
    Secret {
        /// Its name or ARN.
        id: String,
        /// Another endpoint than AWS's own.
        endpoint: Option<String>,
    },
    /// A file, for local work and tests.
    File(PathBuf),
}

/// Where the signing seed is read from, again and again: overwriting it is how keys are rotated.
#[derive(Clone, Debug)]
pub enum SeedSource {
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
    /// A secret, through a client of its own.
    pub(crate) fn secret(id: String, to: &Connection, endpoint: Option<&str>) -> Self {
        let client = Client::new(&to.sdk_config(endpoint.map(str::to_owned)));
        SeedSource::Secret { client, id }
    }

    pub(crate) async fn read(&self) -> Result<SigningSeed> {
        let text = match self {
            SeedSource::Secret { client, id } => secret(client, id).await?,
            SeedSource::File(path) => Zeroizing::new(
                std::fs::read_to_string(path)
                    .map_err(|error| Error::SeedUnavailable(format!("{}: {error}", path.display())))?,
            ),
        };
        Ok(SigningSeed::parse(&text)?)
    }

    /// Puts a new seed in place of the old one, which is what rotates keys.
    pub(crate) async fn overwrite(&self, text: &str) -> Result<()> {
        match self {
            SeedSource::Secret { client, id } => {
                let put = client.put_secret_value().secret_id(id).secret_string(text).send().await;
                put.map(|_| ()).map_err(|error| Error::SeedUnavailable(store::describe(&error)))
            }
            SeedSource::File(path) => file::replace(path, text)
                .map_err(|error| Error::SeedUnavailable(format!("{}: {error}", path.display()))),
        }
    }
}

async fn secret(client: &Client, id: &str) -> Result<Zeroizing<String>> {
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| Error::SeedUnavailable(store::describe(&error)))?;
    let text = answer.secret_string.ok_or_else(|| Error::SeedUnavailable("the secret has no string".to_owned()))?;
    Ok(Zeroizing::new(text))
}
