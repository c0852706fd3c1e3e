use api::Settings;
use auth::SigningSeed;

use crate::error::{Error, Result};
use crate::secret_store::{SecretStore, StoreError};

/// The store of the signing seed. The seed is read again every minute, so overwriting the seed rotates the keys.
#[derive(Clone, Debug)]
pub(crate) struct SeedSource(SecretStore);

impl SeedSource {
    /// The store that the settings name.
    pub(crate) fn of(settings: &Settings) -> api::Result<Self> {
        SecretStore::of(settings, ["SIGNING_SECRET_ID", "SIGNING_SEED_FILE"]).map(Self)
    }

    pub(crate) async fn read(&self) -> Result<SigningSeed> {
        let text = self.0.read().await?;
        // A secret that is no seed may be right again in a moment, so it counts as one that can't be read.
        SigningSeed::parse(&text).map_err(|error| Error::SeedUnavailable(error.to_string()))
    }

    /// Overwrites the seed, which rotates the keys.
    pub(crate) async fn overwrite(&self, text: &str) -> Result<()> {
        Ok(self.0.overwrite(text).await?)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Error::SeedUnavailable(cause),
            StoreError::Unconfirmed(cause) => Error::SeedUnconfirmed(cause),
        }
    }
}
