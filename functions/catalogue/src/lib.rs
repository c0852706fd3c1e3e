//! The catalogue: one line per endpoint. Each file in `functions/src/bin` is a separate Lambda. Each is also a module
//! here, so that tests and the local server can call all endpoints in process.
//!
//! The catalogue is a separate package. If the executables shared a package with it, a change in one endpoint would
//! rebuild all of them.
#![deny(missing_docs)]

use api::openapi::{self, Info};
use api::{Code, Entry, Metric, TaskEntry, WorkerEntry};
use serde_json::Value;

macro_rules! catalogue {
    ($($file:ident: $endpoint:ident,)*) => {
        // `main` belongs to the binary.
        #[expect(dead_code)]
        #[path = "../../src/bin"]
        mod bin {
            $(pub mod $file;)*
        }

        /// All endpoints.
        pub const CATALOGUE: &[Entry] = &[$(Entry::of::<bin::$file::$endpoint>(
            stringify!($file),
            include_str!(concat!("../../src/bin/", stringify!($file), ".rs")),
        ),)*];
    };
}

catalogue! {
    products_list: ProductsList,
    products_get: ProductsGet,
    products_create: ProductsCreate,
    products_update: ProductsUpdate,
    products_delete: ProductsDelete,
    favorites_list: FavoritesList,
    favorites_add: FavoritesAdd,
    favorites_remove: FavoritesRemove,
    sessions_list: SessionsList,
    sessions_revoke: SessionsRevoke,
    sessions_revoke_all: SessionsRevokeAll,
    tokens_issue: TokensIssue,
    tokens_refresh: TokensRefresh,
    tokens_revoke: TokensRevoke,
    email_verify: EmailVerify,
    password_reset: PasswordReset,
    password_reset_confirm: PasswordResetConfirm,
    password_change: PasswordChange,
    users_create: UsersCreate,
    users_me: UsersMe,
    users_me_update: UsersMeUpdate,
    users_me_erase: UsersMeErase,
    users_list: UsersList,
    users_get: UsersGet,
    users_update: UsersUpdate,
    health: Health,
    jwks: Jwks,
    openapi: OpenApi,
    docs: Docs,
    docs_asset: DocsAsset,
}

/// The OpenAPI 3.1 document of the API. `docs/openapi.json` is its reviewed copy.
pub fn openapi() -> Value {
    let info =
        Info { title: "Secure Endpoints", version: env!("CARGO_PKG_VERSION"), description: include_str!("info.md") };
    openapi::document(&info, CATALOGUE)
}

// `main` belongs to the binary.
#[expect(dead_code)]
#[path = "../../src/workers"]
mod workers {
    pub mod key_rotate;
    pub mod mail_send;
    pub mod user_erase;
}

pub use workers::key_rotate::KeyRotate;
pub use workers::user_erase::Owned;

/// All workers.
pub const WORKERS: &[WorkerEntry] = &[
    WorkerEntry::of::<workers::mail_send::MailSend>("mail_send"),
    WorkerEntry::of::<workers::user_erase::UserErase>("user_erase"),
];

/// All tasks.
pub const TASKS: &[TaskEntry] = &[TaskEntry::of::<KeyRotate>("key_rotate")];

/// The error codes of the framework and of each domain.
pub const CODES: &[&[Code]] = &[api::codes::ALL, identity::codes::CODES];

/// The events of the framework and of each domain.
pub const EVENTS: &[&[&str]] = &[api::FRAMEWORK_EVENTS, identity::EVENTS, shop::EVENTS];

/// The metrics of the framework and of each domain.
pub const METRICS: &[&[Metric]] = &[api::FRAMEWORK_METRICS, identity::METRICS];
