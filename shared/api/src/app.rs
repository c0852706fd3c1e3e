use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use auth::{Clock, Entropy, Guard, MailToken, OsEntropy, Password, PasswordPolicy, Reason, SystemClock, User, UserId};
use http::StatusCode;
use store::{Account, Db, Favorites, Identities, LiveRecords, MailTokens, Products, RateLimits, Sessions};
use store::{Purpose, Redeemed, SignInAddresses, SigningKeys, Users};
use tokio::sync::Semaphore;

use crate::address::Edge;
use crate::endpoint::{Endpoint, Passwords};
use crate::error::{Error, Result};
use crate::issuer::Issuer;
use crate::job::{Job, QueueName};
use crate::limiter::Limiter;
use crate::needs::{self, Needs};
use crate::queue::Queue;
use crate::settings::Settings;

/// What a process keeps for all its requests. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    issuer: Option<Arc<Issuer>>,
    queues: Vec<(QueueName, Queue)>,
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
    pub mail_tokens: MailTokens,
    pub sign_in_addresses: SignInAddresses,
    pub rate_limits: RateLimits,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub missing_token: StatusCode,
    pub(crate) edge: Option<Edge>,
    db: Db,
    pub(crate) passwords: Arc<PasswordPolicy>,
    pub(crate) processors: Arc<Semaphore>,
    /// Whether no request came yet.
    pub(crate) cold: AtomicBool,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// Connects as the settings say, with the system's clock and randomness, and makes sure that it will work, unless
    /// they say to send nothing yet.
    ///
    /// # Errors
    /// What is missing, in one line: an unreachable DynamoDB, an unreadable seed.
    pub async fn start<N: Needs>(settings: &Settings) -> Result<Self> {
        needs::check::<N>(settings)?;
        let app = Self::new_for_system::<N>(settings)?;
        if settings.prewarm {
            app.prewarm::<N>(settings).await?;
        }
        Ok(app)
    }

    /// What the first request would have to do before its own work.
    async fn prewarm<N: Needs>(&self, settings: &Settings) -> Result<()> {
        if N::DATABASE {
            self.reach(settings).await?;
        }
        if N::SEED
            && let Some(issuer) = &self.issuer
        {
            issuer.start(self.clock.now()).await?;
        }
        // Constants here, too: the dictionaries are megabytes, which only those have that need them.
        match N::PASSWORDS {
            Passwords::Unused => {}
            Passwords::Hashed => self.passwords.prepare()?,
            Passwords::Chosen => {
                self.passwords.prepare()?;
                Password::prepare_checks();
            }
        }
        Ok(())
    }

    /// Puts the parts together with the system's clock and randomness, without sending anything.
    ///
    /// # Errors
    /// As for [`App::new`].
    pub fn new_for_system<N: Needs>(settings: &Settings) -> Result<Self> {
        Self::new::<N>(settings, Arc::new(SystemClock), Arc::new(OsEntropy))
    }

    /// Puts the parts together, without sending anything.
    ///
    /// # Errors
    /// When the constants of password hashing are refused.
    pub fn new<N: Needs>(settings: &Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self> {
        let db = Db::new(settings.connection.dynamodb(), &settings.table_prefix);
        let signing_keys = SigningKeys::new(db.clone());
        // Constants decide, so that a function without a need does not even have the client for it in its binary.
        let issuer = if N::SEED { needs::issuer(settings, &signing_keys) } else { None };
        let queues = if N::QUEUES.is_empty() { Vec::new() } else { needs::queues(settings) };
        let parts = Parts {
            guard: Guard::new(signing_keys.clone(), LiveRecords::new(db.clone()), settings.tokens.clone()),
            limiter: Limiter::new(RateLimits::new(db.clone())),
            rate_limits: RateLimits::new(db.clone()),
            mail_tokens: MailTokens::new(db.clone()),
            sign_in_addresses: SignInAddresses::new(db.clone()),
            products: Products::new(db.clone()),
            favorites: Favorites::new(db.clone()),
            users: Users::new(db.clone()),
            identities: Identities::new(db.clone()),
            sessions: Sessions::new(db.clone()),
            db,
            signing_keys,
            clock,
            entropy,
            missing_token: settings.missing_token,
            edge: settings.edge.clone(),
            passwords: Arc::new(PasswordPolicy::owasp()?),
            processors: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, Into::into))),
            cold: AtomicBool::new(true),
        };
        Ok(Self { parts: Arc::new(parts), issuer, queues })
    }

    /// Makes sure that something answers where the settings say that DynamoDB is, and keeps the connection.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when nothing does.
    pub async fn reach(&self, settings: &Settings) -> Result<()> {
        let unreachable = |cause| Error::Unreachable { endpoint: settings.connection.dynamodb_endpoint(), cause };
        self.db.reach().await.map_err(unreachable)
    }

    /// The app as an endpoint sees it: the seed and the queues are out of reach for those that do not declare them.
    pub(crate) fn for_endpoint<E: Endpoint>(&self) -> Self {
        let queues = self.queues.iter().filter(|(name, _)| E::QUEUES.contains(name)).cloned().collect();
        Self { parts: self.parts.clone(), issuer: self.issuer.clone().filter(|_| E::SIGNS), queues }
    }

    /// Leaves a job to be done later, for endpoints that declare its queue among [`Endpoint::QUEUES`].
    ///
    /// # Errors
    /// When the queue can't be reached; [`Error::Internal`] for all other endpoints.
    pub async fn send(&self, job: &Job) -> Result<()> {
        let queue = self.queues.iter().find(|(name, _)| *name == job.queue()).map(|(_, queue)| queue);
        let undeclared = || Error::Internal(format!("this endpoint does not declare the queue {:?}", job.queue()));
        queue.ok_or_else(undeclared)?.send(job, self.clock.now()).await
    }

    /// What issues tokens, for endpoints that declare [`crate::Endpoint::SIGNS`].
    ///
    /// # Errors
    /// [`Error::Internal`] for all others.
    pub fn issuer(&self) -> Result<&Issuer> {
        self.issuer.as_deref().ok_or_else(|| Error::Internal("this endpoint does not declare that it signs".to_owned()))
    }

    /// The account of whoever is signed in.
    ///
    /// # Errors
    /// [`auth::Error::TokenInvalid`] when it is gone since the caller was admitted.
    pub async fn me(&self, user: &User) -> Result<Account> {
        self.users.me(user).await?.ok_or_else(|| auth::Error::TokenInvalid(Reason::UserUnknown).into())
    }

    /// Has a user's email verified. The account exists whatever becomes of the mail: a failure is logged, and the user
    /// can ask for another mail by setting the email again.
    pub async fn send_verification(&self, user_id: UserId) {
        if let Err(cause) = self.send(&Job::VerifyEmail { user_id }).await {
            tracing::error!(event = "verification_not_queued", user = %user_id, %cause);
        }
    }

    /// What a mailed token proves; `None` is text that can't be one.
    ///
    /// # Errors
    /// [`Error::MailTokenInvalid`] when it is not, or no longer, good for this purpose.
    pub async fn redeem<P: Purpose>(&self, token: Option<&MailToken>) -> Result<Redeemed<P>> {
        let token = token.ok_or(Error::MailTokenInvalid)?;
        self.mail_tokens.find(token, self.clock.now()).await?.ok_or(Error::MailTokenInvalid)
    }
}
