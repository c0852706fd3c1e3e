use api::FromPath;
use dynamo::Table;

use crate::favorites::{Favorites, FavoritesOfAccount, FavoritesTable};
use crate::products::{ProductId, Products, ProductsTable};

api::table_part! {
    Products: ProductsTable::NAME;
    Favorites: FavoritesTable::NAME, ProductsTable::NAME;
    FavoritesOfAccount: FavoritesTable::NAME;
}

impl FromPath for ProductId {
    const NAME: &'static str = "product_id";

    fn from_path(text: &str) -> Option<Self> {
        ProductId::parse(text)
    }
}

api::owned_by_user! {
    /// All data that the shop stores about a user.
    pub struct Owned {
        favorites: FavoritesOfAccount,
    }
}
