use std::path::PathBuf;

use api::Settings;
use aws_sdk_secretsmanager::Client;
use zeroize::Zeroizing;

/// The store of one secret.
#[derive(Clone, Debug)]
pub(crate) enum SecretStore {
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

/// A failure of a store.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// The secret can't be read or written at the moment.
    Unavailable(String),
    /// Secrets Manager did not confirm a write, and may have made it.
    Unconfirmed(String),
}

impl SecretStore {
    /// The store that the settings name, by two variables: the first in a stack, the second for local work and tests.
    pub(crate) fn of(settings: &Settings, [secret, file]: [&'static str; 2]) -> api::Result<Self> {
        let environment = &settings.environment;
        if let Some(id) = environment.optional(secret) {
            let config = settings.connection.sdk_config(environment.endpoint("SECRETS_MANAGER"));
            return Ok(SecretStore::Secret { client: Client::new(&config), id });
        }
        let missing = || api::Error::setting(secret, format!("is not set, and neither is {file}"));
        environment.optional(file).map(|path| SecretStore::File(path.into())).ok_or_else(missing)
    }

    pub(crate) async fn read(&self) -> Result<Zeroizing<String>, StoreError> {
        match self {
            SecretStore::Secret { client, id } => secret(client, id).await,
            SecretStore::File(path) => std::fs::read_to_string(path)
                .map(Zeroizing::new)
                .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display()))),
        }
    }

    pub(crate) async fn overwrite(&self, text: &str) -> Result<(), StoreError> {
        match self {
            SecretStore::Secret { client, id } => {
                let put = client.put_secret_value().secret_id(id).secret_string(text).send().await;
                put.map(drop).map_err(|error| {
                    let refused = error.raw_response().is_some_and(|response| response.status().is_client_error());
                    let kind = if refused { StoreError::Unavailable } else { StoreError::Unconfirmed };
                    kind(dynamo::describe_sdk_error(&error))
                })
            }
            SecretStore::File(path) => api::replace_file(path, text)
                .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display()))),
        }
    }
}

async fn secret(client: &Client, id: &str) -> Result<Zeroizing<String>, StoreError> {
    let answer = client.get_secret_value().secret_id(id).send().await;
    let answer = answer.map_err(|error| StoreError::Unavailable(dynamo::describe_sdk_error(&error)))?;
    let text = answer.secret_string.ok_or_else(|| StoreError::Unavailable("the secret has no string".to_owned()))?;
    Ok(Zeroizing::new(text))
}
