use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use auth::{Checked, Clock, Entropy, Guard, OsEntropy, Password, PasswordHash, PasswordPolicy, SystemClock, UserId};
use http::StatusCode;
use store::{Db, Favorites, Identities, LiveRecords, Products, RateLimits, Sessions, SigningKeys, Users};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::issuer::Issuer;
use crate::limiter::Limiter;
use crate::seed::{SeedLocation, SeedSource};
use crate::settings::Settings;

/// What a process keeps for all its requests. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    issuer: Option<Arc<Issuer>>,
}

/// The parts of an [`App`].
#[allow(missing_docs)]
pub struct Parts {
    pub guard: Guard<SigningKeys, LiveRecords>,
    pub limiter: Limiter,
    pub products: Products,
    pub favorites: Favorites,
    pub users: Users,
    pub identities: Identities,
    pub sessions: Sessions,
    pub signing_keys: SigningKeys,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub missing_token: StatusCode,
    passwords: Arc<PasswordPolicy>,
    hashing: Semaphore,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// Connects as the settings say, with the system's clock and randomness, and makes sure that it will work.
    ///
    /// # Errors
    /// What is missing, in one line: an unreachable DynamoDB, an unreadable seed.
    pub async fn start(settings: &Settings, signs: bool) -> Result<Self> {
        if signs && settings.seed.is_none() {
            let problem = "is not set, and neither is SIGNING_SEED_FILE".to_owned();
            return Err(Error::Setting { name: "SIGNING_SECRET_ID", problem });
        }
        let app = Self::new(settings, Arc::new(SystemClock), Arc::new(OsEntropy))?;
        reach(settings).await?;
        if let Some(issuer) = app.issuer.as_ref().filter(|_| signs) {
            issuer.check().await?;
        }
        Ok(app)
    }

    /// Puts the parts together, without sending anything.
    ///
    /// # Errors
    /// When the constants of password hashing are refused.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self> {
        let db = Db::new(settings.connection.dynamodb(), &settings.table_prefix);
        let signing_keys = SigningKeys::new(db.clone());
        let issuer = settings.seed.as_ref().map(|location| {
            let source = seed_source(location, settings);
            Arc::new(Issuer::new(source, signing_keys.clone(), settings.tokens.clone()))
        });
        let parts = Parts {
            guard: Guard::new(signing_keys.clone(), LiveRecords::new(db.clone()), settings.tokens.clone()),
            limiter: Limiter::new(RateLimits::new(db.clone())),
            products: Products::new(db.clone()),
            favorites: Favorites::new(db.clone()),
            users: Users::new(db.clone()),
            identities: Identities::new(db.clone()),
            sessions: Sessions::new(db),
            signing_keys,
            clock,
            entropy,
            missing_token: settings.missing_token,
            passwords: Arc::new(PasswordPolicy::owasp()?),
            hashing: Semaphore::new(std::thread::available_parallelism().map_or(1, Into::into)),
        };
        Ok(Self { parts: Arc::new(parts), issuer })
    }

    /// The app as an endpoint sees it: the seed is out of reach for those that do not declare that they sign.
    pub(crate) fn for_endpoint(&self, signs: bool) -> Self {
        Self { parts: self.parts.clone(), issuer: self.issuer.clone().filter(|_| signs) }
    }

    /// What issues tokens, for endpoints that declare [`crate::Endpoint::SIGNS`].
    ///
    /// # Errors
    /// [`Error::Internal`] for all others.
    pub fn issuer(&self) -> Result<&Issuer> {
        self.issuer.as_deref().ok_or_else(|| Error::Internal("this endpoint does not declare that it signs".to_owned()))
    }

    /// Hashes a password, away from the threads that serve requests.
    ///
    /// # Errors
    /// When hashing fails.
    pub async fn hash_password(&self, password: Password) -> Result<PasswordHash> {
        let entropy = self.entropy.clone();
        self.hashing(move |passwords| passwords.hash(&password, &*entropy)).await
    }

    /// Checks a password, away from the threads that serve requests. Without a stored hash it does the same work.
    /// With one that is outdated, also gives the hash to put in its place.
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub async fn check_password(
        &self,
        password: Password,
        stored: Option<(UserId, PasswordHash)>,
    ) -> Result<(Checked, Option<PasswordHash>)> {
        let entropy = self.entropy.clone();
        self.hashing(move |passwords| {
            let checked = passwords.check(&password, stored.as_ref().map(|(id, hash)| (*id, hash)))?;
            let anew = match checked {
                Checked::Right { outdated: true, .. } => Some(passwords.hash(&password, &*entropy)?),
                _ => None,
            };
            Ok((checked, anew))
        })
        .await
    }

    /// No more hashes at once than there are processors: each takes 19 MiB.
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PasswordPolicy) -> auth::Result<T> + Send + 'static,
    ) -> Result<T> {
        let failed = |error: &dyn std::fmt::Display| Error::Internal(format!("hashing did not run: {error}"));
        let _permit = self.hashing.acquire().await.map_err(|error| failed(&error))?;
        let passwords = self.passwords.clone();
        let done = tokio::task::spawn_blocking(move || work(&passwords)).await;
        Ok(done.map_err(|error| failed(&error))??)
    }
}

fn seed_source(location: &SeedLocation, settings: &Settings) -> SeedSource {
    match location {
        SeedLocation::File(path) => SeedSource::File(path.clone()),
        SeedLocation::Secret { id, endpoint } => {
            SeedSource::secret(id.clone(), &settings.connection, endpoint.as_deref())
        }
    }
}

/// Makes sure that something listens where DynamoDB should be. Needs no grant, unlike any call would.
async fn reach(settings: &Settings) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let endpoint = settings.connection.dynamodb_endpoint();
    let uri: http::Uri = endpoint
        .parse()
        .map_err(|_| Error::Setting { name: "AWS_ENDPOINT_URL_DYNAMODB", problem: format!("is no URL: {endpoint}") })?;
    let unreachable = |cause: String| Error::Unreachable { endpoint: endpoint.clone(), cause };
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    match tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Err(_) => Err(unreachable("no answer within 2 s".to_owned())),
    }
}
