use api::{Context, IdempotencyOfAccount, Part, PartInfo, Permit};
use dynamo::{Erasure, OwnedByUser, Purged, Table, TableClient};

use crate::factors::{FactorsTable, WaitingFactors};
use crate::invitations::{Invitations, InvitationsTable, Invitees};
use crate::known_addresses::{KnownAddresses, SignInAddresses};
use crate::login_names::{LoginNames, LoginNamesTable};
use crate::mail_tokens::{MailTokens, MailTokensTable};
use crate::sessions::{Sessions, SessionsTable};
use crate::signing_keys::{SigningKeys, SigningKeysTable};
use crate::users::{Recipients, UnverifiedAccounts, Users, UsersTable};

api::table_part! {
    Users: UsersTable::NAME, LoginNamesTable::NAME;
    #[WORKERS_ONLY]
    Recipients: UsersTable::NAME;
    #[WORKERS_ONLY]
    UnverifiedAccounts: UsersTable::NAME;
    LoginNames: LoginNamesTable::NAME;
    SigningKeys: SigningKeysTable::NAME;
    MailTokens: MailTokensTable::NAME;
    Invitations: InvitationsTable::NAME;
    #[WORKERS_ONLY]
    Invitees: InvitationsTable::NAME, UsersTable::NAME, LoginNamesTable::NAME;
    KnownAddresses: SignInAddresses::NAME, UsersTable::NAME;
    #[WORKERS_ONLY]
    WaitingFactors: FactorsTable::NAME;
}

impl Part for Sessions {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        Ok(Self::new(context.db(permit), context.settings(permit).tokens.refresh_grace))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Sessions", tables: &[SessionsTable::NAME], variables: &[] });
    }
}

/// The tables that the guard reads, for every endpoint above the public level.
pub const GUARD_TABLES: &[&str] = &[UsersTable::NAME, SessionsTable::NAME, SigningKeysTable::NAME];

const OWNED: &[&str] = &[
    SessionsTable::NAME,
    MailTokensTable::NAME,
    SignInAddresses::NAME,
    FactorsTable::NAME,
    IdempotencyOfAccount::TABLE,
];

/// All data that identity and the framework store about a user, except the account itself. The audit stays: it has no
/// personal data.
#[derive(Clone, Debug)]
pub struct Owned {
    sessions: Sessions,
    mail_tokens: MailTokens,
    addresses: KnownAddresses,
    factors: TableClient<FactorsTable>,
    idempotency: IdempotencyOfAccount,
}

impl OwnedByUser for Owned {
    fn tables() -> Vec<&'static str> {
        OWNED.to_vec()
    }

    async fn purge(&self, erasure: &Erasure) -> dynamo::Result<Purged> {
        if self.sessions.table().purge(erasure, Some("by_user")).await? == Purged::Part
            || self.mail_tokens.table().purge(erasure, None).await? == Purged::Part
            || self.factors.purge(erasure, None).await? == Purged::Part
            || self.idempotency.purge(erasure).await? == Purged::Part
        {
            return Ok(Purged::Part);
        }
        self.addresses.addresses.purge(erasure, None).await
    }
}

impl Part for Owned {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        Ok(Self {
            sessions: context.part(permit)?,
            mail_tokens: context.part(permit)?,
            addresses: context.part(permit)?,
            factors: context.db(permit).table(),
            idempotency: context.part(permit)?,
        })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "identity::Owned", tables: OWNED, variables: &[] });
    }
}
