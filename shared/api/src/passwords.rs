use auth::{Checked, Password, PasswordHash, Verified};
use store::Account;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Hashes a password, away from the threads that serve requests.
    ///
    /// # Errors
    /// When hashing fails.
    pub async fn hash_password(&self, password: Password) -> Result<PasswordHash> {
        let (entropy, passwords) = (self.entropy.clone(), self.passwords.clone());
        Ok(self.costly(move || passwords.hash(&password, &*entropy)).await??)
    }

    /// Checks a password against an account's, away from the threads that serve requests. Without an account it does
    /// the same work, then says no.
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub async fn check_password(&self, password: Password, account: Option<&Account>) -> Result<Checked> {
        let stored = account.map(|account| (account.profile.id, account.password_hash.clone()));
        let passwords = self.passwords.clone();
        let check = move || passwords.check(&password, stored.as_ref().map(|(id, hash)| (*id, hash)));
        Ok(self.costly(check).await??)
    }

    /// Makes sure that whoever is signed in knows the account's password too: `field` is where it was given.
    ///
    /// # Errors
    /// [`Error::PasswordWrong`] when it is wrong.
    pub async fn verify_password(
        &self,
        password: Password,
        account: &Account,
        field: &'static str,
    ) -> Result<Verified> {
        match self.check_password(password, Some(account)).await? {
            Checked::Right { proof, .. } => Ok(proof),
            Checked::Wrong => Err(Error::PasswordWrong { field }),
        }
    }

    /// Hashes a new password of an account, if it is hard enough to guess: `field` is where it was given.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is not.
    pub async fn hash_new_password(&self, new: Password, account: &Account, field: &str) -> Result<PasswordHash> {
        let (weighed, hints) = (new.clone(), account.hints());
        let weigh = move || weighed.check_new(&hints.iter().map(String::as_str).collect::<Vec<_>>());
        match self.costly(weigh).await? {
            Ok(()) => self.hash_password(new).await,
            Err(auth::Error::Password(message)) => Err(Error::invalid(field, message)),
            Err(error) => Err(error.into()),
        }
    }

    /// Does work that takes long away from the threads that serve requests; no more at once than there are
    /// processors, for a hash takes 19 MiB.
    pub(crate) async fn costly<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let failed = |error: &dyn std::fmt::Display| Error::Internal(format!("costly work did not run: {error}"));
        let permit = self.processors.clone().acquire_owned().await.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself, which goes on when the request that waits for it is given up.
            let _permit = permit;
            work()
        });
        done.await.map_err(|error| failed(&error))
    }
}
