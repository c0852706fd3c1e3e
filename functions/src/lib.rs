//! The catalogue: one line per endpoint. Each file in `bin` is a Lambda of its own, and mounted here as a module too,
//! so that tests and the local server call all of them in process.
#![deny(missing_docs)]

use api::Entry;

macro_rules! catalogue {
    ($($file:ident: $endpoint:ident,)*) => {
        // `main` belongs to the binary.
        #[expect(dead_code)]
        #[path = "bin"]
        mod bin {
            $(pub mod $file;)*
        }

        /// All endpoints.
        pub const CATALOGUE: &[Entry] = &[$(Entry::of::<bin::$file::$endpoint>(stringify!($file)),)*];
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
    tokens_issue: TokensIssue,
    tokens_refresh: TokensRefresh,
    tokens_revoke: TokensRevoke,
    users_create: UsersCreate,
    users_me: UsersMe,
    users_get: UsersGet,
    health: Health,
    jwks: Jwks,
}
