use api::{Context, FromPath, Part, PartInfo, Permit};
use dynamo::{Erasure, OwnedByUser, Purged, Table};

use crate::favorites::{Favorites, FavoritesTable};
use crate::products::{ProductId, Products, ProductsTable};

api::table_part! {
    Products: ProductsTable::NAME;
    Favorites: FavoritesTable::NAME, ProductsTable::NAME;
}

impl FromPath for ProductId {
    const NAME: &'static str = "product_id";

    fn from_path(text: &str) -> Option<Self> {
        ProductId::parse(text)
    }
}

const OWNED: &[&str] = &[FavoritesTable::NAME];

/// All data that the shop stores about a user.
#[derive(Clone, Debug)]
pub struct Owned(Favorites);

impl OwnedByUser for Owned {
    fn tables() -> Vec<&'static str> {
        OWNED.to_vec()
    }

    async fn purge(&self, erasure: &Erasure) -> dynamo::Result<Purged> {
        self.0.table().purge(erasure, None).await
    }
}

impl Part for Owned {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        context.part(permit).map(Self)
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "shop::Owned", tables: OWNED, variables: &[] });
    }
}
