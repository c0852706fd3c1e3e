use auth::{Epoch, FactorId, UserId};
use dynamo::{ConditionalUpdate, RAISE_VERSION, Result, TransactionPart, flag, key, number, text};

use super::account::Account;
use super::table::Users;

/// The parts of transactions that write down that an account has a second factor. With the flag on the account's row,
/// sign-ins without a factor read nothing more.
impl Users {
    /// The account gets an authenticator app, its first factor, and all its sessions end: every session of the account began
    /// with the factor. An email that was asked for before is dropped, because a thief of the password may have asked for it.
    /// Its condition: the account, and its email, are as they were read.
    pub(crate) fn add_totp_part(&self, account: &Account, id: FactorId) -> Result<TransactionPart> {
        self.accounts.update_part(ConditionalUpdate {
            key: key("id", account.profile.id),
            update: &format!("SET #totp = :totp, #epoch = :next, {RAISE_VERSION} REMOVE #pending_email"),
            condition: "#epoch = :epoch AND #email_epoch = :email_epoch AND #is_active = :true \
                        AND attribute_not_exists(#totp)",
            values: vec![
                ("totp", text(id)),
                ("next", number(account.epoch.next())),
                ("epoch", number(account.epoch.number)),
                ("email_epoch", number(account.email_epoch)),
                ("true", flag(true)),
                ("zero", number(0)),
                ("one", number(1)),
            ],
        })
    }

    /// The account loses its authenticator app and as many passkeys as it was read with, and all its sessions end: none of
    /// them must go on with a factor that is gone.
    pub(crate) fn remove_totp_part(&self, account: &Account, id: FactorId) -> Result<TransactionPart> {
        self.accounts.update_part(ConditionalUpdate {
            key: key("id", account.profile.id),
            update: "SET #epoch = :next REMOVE #totp, #passkeys",
            condition: "#epoch = :epoch AND #totp = :totp \
                        AND (attribute_not_exists(#passkeys) OR #passkeys = :passkeys)",
            values: vec![
                ("totp", text(id)),
                ("passkeys", number(account.passkeys)),
                ("next", number(account.epoch.next())),
                ("epoch", number(account.epoch.number)),
            ],
        })
    }

    /// The account gets a passkey. Its condition: the account still has this app and fewer than `most` passkeys, and did not
    /// end its sessions since it was read.
    pub(crate) fn add_passkey_part(&self, account: &Account, totp: FactorId, most: u32) -> Result<TransactionPart> {
        self.accounts.update_part(ConditionalUpdate {
            key: key("id", account.profile.id),
            update: "SET #passkeys = if_not_exists(#passkeys, :zero) + :one",
            condition: "#epoch = :epoch AND #totp = :totp \
                        AND (attribute_not_exists(#passkeys) OR #passkeys < :most)",
            values: vec![
                ("epoch", number(account.epoch.number)),
                ("totp", text(totp)),
                ("most", number(most)),
                ("zero", number(0)),
                ("one", number(1)),
            ],
        })
    }

    /// The account loses a passkey, and all its sessions end.
    pub(crate) fn remove_passkey_part(&self, account: &Account) -> Result<TransactionPart> {
        self.accounts.update_part(ConditionalUpdate {
            key: key("id", account.profile.id),
            update: "SET #passkeys = #passkeys - :one, #epoch = :next",
            condition: "#epoch = :epoch AND #passkeys >= :one",
            values: vec![
                ("epoch", number(account.epoch.number)),
                ("next", number(account.epoch.next())),
                ("one", number(1)),
            ],
        })
    }

    /// The account still has this app, and has not ended its sessions.
    pub(crate) fn has_totp_part(&self, (user, epoch): (UserId, Epoch), id: FactorId) -> Result<TransactionPart> {
        self.accounts.check_part(ConditionalUpdate {
            key: key("id", user),
            update: "",
            condition: "#epoch = :epoch AND #totp = :totp",
            values: vec![("epoch", number(epoch.number)), ("totp", text(id))],
        })
    }
}
