use api::{Context, Part, PartInfo, Permit, Result, recorded};
use auth::{Authentication, PasswordProof, RefreshToken, SessionId, TokenSubject};
use dynamo::{FailedConditions, TransactionPart};
use jiff::Timestamp;

use crate::authority::Authenticates;
use crate::error::{Error, SignInFailure};
use crate::factors::{Outcome, PresentedChallenge, RightCode, RightPasskey, SecondFactors};
use crate::issuer::{Issuer, Tokens};
use crate::known_addresses::{AddressHistory, KnownAddresses};
use crate::notice::Notice;
use crate::notices::Notices;
use crate::sessions::{Device, Sessions};
use crate::users::Account;

/// Begins sessions: the last step of every sign-in.
#[derive(Clone)]
pub struct NewSessions {
    sessions: Sessions,
    addresses: KnownAddresses,
    issuer: Issuer,
    notices: Notices,
}

/// Where a sign-in comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The client and the address.
    pub device: Device,
    /// What is known about the address.
    pub address: AddressHistory,
    /// Whether the owner is known to use the address. Then a sign-in is nothing to tell.
    pub is_known: bool,
}

/// A session that is about to begin.
struct New<'a, P> {
    proof: &'a P,
    account: &'a Account,
    origin: &'a Origin,
    refresh: RefreshToken,
    salt: [u8; 16],
    now: Timestamp,
}

impl<'a, P: Authenticates> New<'a, P> {
    fn of(context: &Context, proof: &'a P, account: &'a Account, origin: &'a Origin) -> Result<Self> {
        let (now, entropy) = (context.clock().now(), &**context.entropy());
        let refresh = RefreshToken::new(SessionId::new(now, entropy)?, entropy)?;
        Ok(Self { proof, account, origin, refresh, salt: auth::random(entropy)?, now })
    }

    fn subject(&self) -> TokenSubject {
        let authentication = Authentication { at: self.now, methods: self.proof.methods() };
        let (user_id, session_id) = (self.proof.account(), self.refresh.session_id());
        TokenSubject { user_id, session_id, roles: self.account.roles(), authentication }
    }
}

impl NewSessions {
    /// Begins a session of a user who gave the password.
    ///
    /// # Errors
    /// [`Error::SecondFactorRequired`] if the account has a second factor. When there is no key to sign with, or DynamoDB does
    /// not answer.
    pub async fn begin(
        &self,
        context: &Context,
        proof: &PasswordProof,
        account: &Account,
        origin: &Origin,
    ) -> Result<Tokens> {
        if account.has_factor() {
            return Err(Error::SecondFactorRequired(None).into());
        }
        let new = New::of(context, proof, account, origin)?;
        self.open(context, &new, Vec::new()).await?.map_err(|_| internal())
    }

    /// Begins a session of a user who gave the password and a code, or a passkey in its place. Challenge and code are used up
    /// in the same transaction.
    ///
    /// # Errors
    /// [`Error::ChallengeInvalid`], [`Error::CodeWrong`] or [`Error::PasskeyInvalid`] if another call used the one or the other up first. When there is no
    /// key to sign with, or DynamoDB does not answer.
    pub async fn begin_with_code(
        &self,
        context: &Context,
        factors: &SecondFactors,
        (challenge, mut code): (&PresentedChallenge, RightCode),
        account: &Account,
        origin: &Origin,
    ) -> Result<Tokens> {
        let mut parts = vec![factors.use_up(challenge)?];
        parts.append(&mut code.parts);
        let new = New::of(context, code.proof(), account, origin)?;
        let notice = code.is_recovery.then(|| Notice::RecoveryCodeUsed { at: new.now.as_millisecond() });
        let tell = self.notices.tell_if(account, notice, new.now);
        let (opened, ()) = tokio::join!(self.open(context, &new, parts), tell);
        match opened? {
            Ok(tokens) => Ok(tokens),
            Err(failed) if failed.part(1) => Err(Error::ChallengeInvalid.into()),
            Err(failed) if failed.part(0) => Err(internal()),
            Err(_) => Err(code.used().into()),
        }
    }

    /// Begins a session of a user whose passkey was checked. Its response is used up in the same transaction.
    ///
    /// # Errors
    /// [`Error::CredentialsInvalid`] if another call used the response up first, or the passkey was removed. When there is no
    /// key to sign with, or DynamoDB does not answer.
    pub async fn begin_with_passkey(
        &self,
        context: &Context,
        RightPasskey { proof, parts }: RightPasskey,
        account: &Account,
        origin: &Origin,
    ) -> Result<Tokens> {
        let new = New::of(context, &proof, account, origin)?;
        match self.open(context, &new, parts).await? {
            Ok(tokens) => Ok(tokens),
            Err(failed) if failed.part(0) => Err(internal()),
            Err(_) => Err(Error::CredentialsInvalid(SignInFailure::PasskeyUsed).into()),
        }
    }

    /// Opens the session, alone or in a transaction with `parts`. The token is signed first, so that a failure to sign
    /// changes nothing.
    async fn open<P: Authenticates>(
        &self,
        context: &Context,
        new: &New<'_, P>,
        parts: Vec<TransactionPart>,
    ) -> Result<std::result::Result<Tokens, FailedConditions>> {
        let &New { proof, account, origin, now, .. } = new;
        let access = self.issuer.issue(&new.subject(), now, &**context.entropy()).await?;
        let session = new.refresh.session_id();
        let notice = (!origin.is_known).then_some(Notice::SignedIn { session });
        let remember = || self.addresses.remember(proof, &origin.device.address, origin.address, now);
        // A transaction may be refused, and then the address must not be known.
        let is_certain = parts.is_empty();
        let tell = self.notices.tell_if(account, notice, now);
        let write = recorded(self.write(new, parts), |outcome| {
            tracing::info!(event = "sign_in_succeeded", user = %proof.account(), %session, outcome);
        });
        let beside = async {
            tokio::join!(tell, async {
                if is_certain {
                    remember().await;
                }
            });
            Ok(())
        };
        match tokio::try_join!(write, beside) {
            Ok((Outcome(done), ())) => {
                if done.is_ok() && !is_certain {
                    remember().await;
                }
                Ok(done.map(|()| access.with(&new.refresh)))
            }
            Err(error) => {
                self.discard(&new.refresh, &error, now).await;
                Err(error)
            }
        }
    }

    async fn write<P: Authenticates>(&self, new: &New<'_, P>, parts: Vec<TransactionPart>) -> dynamo::Result<Outcome> {
        let New { proof, account, origin, refresh, salt, now } = new;
        let (epoch, device) = (account.epoch.number, &origin.device);
        if parts.is_empty() {
            return self.sessions.open(*proof, refresh, epoch, salt, device, *now).await.map(Ok).map(Outcome);
        }
        self.sessions.open_and(*proof, (refresh, salt), epoch, device, *now, parts).await.map(Outcome)
    }

    /// Ends the session that may have been made without a response, because nobody will have its tokens.
    async fn discard(&self, refresh: &RefreshToken, error: &api::Error, now: Timestamp) {
        if !error.is_unconfirmed() {
            return;
        }
        let session = refresh.session_id();
        let discarded = recorded(self.sessions.discard(refresh, now), |outcome| {
            if outcome.is_some() {
                tracing::error!(event = "session_not_discarded", %session, outcome);
            }
        });
        if let Err(cause) = discarded.await
            && !cause.is_unconfirmed()
        {
            tracing::error!(event = "session_not_discarded", %session, %cause);
        }
    }
}

fn internal() -> api::Error {
    api::Error::Internal("the session's id is taken".to_owned())
}

impl Part for NewSessions {
    const DATABASE: bool = true;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        Ok(Self {
            sessions: context.part(permit)?,
            addresses: context.part(permit)?,
            issuer: context.part(permit)?,
            notices: context.part(permit)?,
        })
    }

    async fn prewarm(&self, context: &Context) -> Result<()> {
        self.issuer.prewarm(context).await
    }

    fn list(into: &mut Vec<PartInfo>) {
        <Sessions as Part>::list(into);
        <KnownAddresses as Part>::list(into);
        <Issuer as Part>::list(into);
        <Notices as Part>::list(into);
    }
}
