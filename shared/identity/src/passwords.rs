use std::sync::Arc;

use api::{BlockingPool, Context, Error, Part, PartInfo, Permit, Result};
use auth::{Entropy, NewPassword, Password, PasswordCheck, PasswordHash, PasswordPolicy, PasswordProof};

use crate::users::{Account, LockedAccount};

/// Checks passwords on separate threads, so that other requests don't wait for hashing.
#[derive(Clone)]
pub struct Passwords {
    policy: Arc<PasswordPolicy>,
    pool: BlockingPool,
    entropy: Arc<dyn Entropy>,
}

impl Passwords {
    /// Checks a password against the account's hash. Without an account, does the same work and returns
    /// [`PasswordCheck::Wrong`].
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub async fn check(&self, password: Password, account: Option<&LockedAccount>) -> Result<PasswordCheck> {
        let stored = account.map(LockedAccount::stored_password).map(|(id, hash)| (id, hash.clone()));
        let policy = self.policy.clone();
        let check = move || policy.check(&password, stored.as_ref().map(|(id, hash)| (*id, hash)));
        Ok(self.pool.run_blocking(check).await??)
    }

    /// Hashes a proved password again, with the current parameters. Returns the proof too.
    ///
    /// # Errors
    /// When hashing fails.
    pub async fn rehash(&self, password: Password, proof: PasswordProof) -> Result<(PasswordProof, PasswordHash)> {
        let (policy, entropy) = (self.policy.clone(), self.entropy.clone());
        let rehash = move || policy.rehash(&password, &proof, &*entropy).map(|hash| (proof, hash));
        Ok(self.pool.run_blocking(rehash).await??)
    }
}

impl Part for Passwords {
    const DATABASE: bool = false;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let pool = context.part(permit)?;
        Ok(Self { policy: Arc::new(PasswordPolicy::owasp()?), pool, entropy: context.entropy().clone() })
    }

    async fn prewarm(&self, _: &Context) -> Result<()> {
        Ok(self.policy.prepare()?)
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Passwords", tables: &[], variables: &[] });
    }
}

/// Hashes new passwords, and refuses weak ones.
#[derive(Clone)]
pub struct NewPasswords {
    passwords: Passwords,
    /// Issuer and audience of the tokens, which have the names of the stack or the product in them.
    service: Arc<[String; 2]>,
}

impl NewPasswords {
    /// Hashes a new password without a check of its strength.
    ///
    /// # Errors
    /// When hashing fails.
    pub async fn hash(&self, new: NewPassword) -> Result<PasswordHash> {
        let Passwords { policy, pool, entropy } = &self.passwords;
        let (policy, entropy) = (policy.clone(), entropy.clone());
        Ok(pool.run_blocking(move || policy.hash(&new, &*entropy)).await??)
    }

    /// Checks a new password on this thread, as [`NewPasswords::check_and_hash_with`] does on another.
    ///
    /// # Errors
    /// As for [`NewPassword::check`].
    pub fn check(&self, new: &NewPassword, hints: &[&str]) -> auth::Result<()> {
        let service = self.service.iter().map(String::as_str);
        new.check(&hints.iter().copied().chain(service).collect::<Vec<_>>())
    }

    /// Whether the account has this password already.
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub async fn is_current(&self, new: &NewPassword, account: &Account) -> Result<bool> {
        let locked = LockedAccount::new(account.clone());
        let checked = self.passwords.check(new.clone().into_password(), Some(&locked)).await?;
        Ok(matches!(checked, PasswordCheck::Right { .. }))
    }

    /// Hashes a new password of an account, if it is hard to guess. `field` is the password's field.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the password is easy to guess.
    pub async fn check_and_hash(&self, new: NewPassword, account: &Account, field: &str) -> Result<PasswordHash> {
        self.check_and_hash_with(new, account.hints(), field).await
    }

    /// Hashes the password of a new account, if it is hard to guess for somebody who knows `hints` and the names
    /// of the service.
    ///
    /// # Errors
    /// As for [`NewPasswords::check_and_hash`].
    pub async fn check_and_hash_with(&self, new: NewPassword, hints: Vec<String>, field: &str) -> Result<PasswordHash> {
        let (own, checked) = (self.clone(), new.clone());
        let check = move || own.check(&checked, &hints.iter().map(String::as_str).collect::<Vec<_>>());
        match self.passwords.pool.run_blocking(check).await? {
            Ok(()) => self.hash(new).await,
            Err(auth::Error::Password(message)) => Err(Error::invalid(field, message)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Part for NewPasswords {
    const DATABASE: bool = false;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let tokens = &context.settings(permit).tokens;
        let service = Arc::new([tokens.issuer.clone(), tokens.audience.clone()]);
        Ok(Self { passwords: context.part(permit)?, service })
    }

    /// The dictionaries take megabytes, so only functions that set passwords load them.
    async fn prewarm(&self, context: &Context) -> Result<()> {
        self.passwords.prewarm(context).await?;
        NewPassword::prepare_checks();
        Ok(())
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "NewPasswords", tables: &[], variables: &[] });
    }
}
