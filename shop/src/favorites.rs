use auth::User;
use dynamo::{
    ConditionalUpdate, Cursor, Db, Erasure, Error, Item, List, OwnedByUser, Page, PageRequest, Positions, Purged,
    Result, Row, Table, TableClient, TableKey,
};
use dynamo::{item, number, text};
use jiff::Timestamp;

use crate::products::{Product, ProductId, ProductsTable};

#[derive(Debug)]
pub(crate) struct FavoritesTable;

impl Table for FavoritesTable {
    const NAME: &'static str = "favorites";
    const KEY: &'static [&'static str] = &["user_id", "product_id"];
}

/// Table `favorites`. Access requires the caller's proof, so that an endpoint can't reach the favourites of another
/// user.
#[derive(Clone, Debug)]
pub struct Favorites {
    favorites: TableClient<FavoritesTable>,
    products: TableClient<ProductsTable>,
}

impl Favorites {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self { favorites: db.table(), products: db.table() }
    }

    /// Adds a favourite. An existing favourite keeps its place.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn add(&self, user: &User, product: ProductId, now: Timestamp) -> Result<()> {
        let change = ConditionalUpdate {
            key: favorite_key(user, product),
            update: "SET #added_at = if_not_exists(#added_at, :now)",
            condition: "",
            values: vec![("now", number(now.as_millisecond()))],
        };
        self.favorites.update(change).await.map(drop)
    }

    /// Removes a product from the favourites, if present.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn remove(&self, user: &User, product: ProductId) -> Result<()> {
        self.favorites.delete(favorite_key(user, product)).await.map(drop)
    }

    /// The caller's favourites, newest first. Deleted products are left out, and pages are still filled up to the
    /// limit, as far as the bound on reading allows.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn list(&self, user: &User, page: &PageRequest) -> Result<Page<Product>> {
        let list = FavoritesOf { tables: self, user, owner: user.id().to_string() };
        let start = page.cursor.as_deref().map(|text| list.after(text)).transpose()?;
        list.page(self.favorites.db(), page.limit, start).await
    }
}

/// The favourites of an account, to be erased with it.
#[derive(Clone, Debug)]
pub(crate) struct FavoritesOfAccount(TableClient<FavoritesTable>);

impl FavoritesOfAccount {
    pub(crate) fn new(db: &Db) -> Self {
        Self(db.table())
    }
}

impl OwnedByUser for FavoritesOfAccount {
    fn tables() -> Vec<&'static str> {
        vec![FavoritesTable::NAME]
    }

    async fn purge(&self, erasure: &Erasure) -> Result<Purged> {
        self.0.purge(erasure, None).await
    }
}

/// The favourites of one user.
struct FavoritesOf<'a> {
    tables: &'a Favorites,
    user: &'a User,
    owner: String,
}

impl FavoritesOf<'_> {
    fn list(&self) -> Cursor<'_> {
        Cursor { list: "favorites", partition: &self.owner }
    }

    fn after(&self, text: &str) -> Result<Item> {
        let [added_at, id] = self.list().decode::<2>(text)?;
        let added_at: i64 = added_at.parse().map_err(|_| Error::Cursor)?;
        let mut key = favorite_key(self.user, ProductId::parse(&id).ok_or(Error::Cursor)?);
        key.insert("added_at".to_owned(), number(added_at));
        Ok(key)
    }
}

impl List for FavoritesOf<'_> {
    type Item = Product;
    const KEYS_ONLY: bool = true;

    async fn entries(&self, limit: i32, start: Option<Item>) -> Result<Positions> {
        let query = self
            .tables
            .favorites
            .query(limit)
            .index_name("by_added_at")
            .key_condition_expression("#user_id = :user_id")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_values(":user_id", text(self.user.id()))
            .consistent_read(true)
            .scan_index_forward(false)
            .set_exclusive_start_key(start);
        let output = query.send().await?;
        Ok((output.items.unwrap_or_default(), output.last_evaluated_key))
    }

    fn table_key(&self, entry: &Item) -> TableKey {
        let id = entry.get("product_id").cloned().unwrap_or_else(|| text(""));
        self.tables.products.key(item([("id", id)]))
    }

    fn read(&self, item: &Item) -> Result<Option<Product>> {
        Product::read(item).map(Some)
    }

    fn cursor(&self, entry: &Item) -> Result<String> {
        let row = Row::new::<FavoritesTable>(entry);
        let id = ProductId::parse(row.text("product_id")?).ok_or(row.corrupt("product_id"))?;
        let added_at: i64 = row.number("added_at")?;
        Ok(self.list().encode(&[&added_at.to_string(), &id.to_string()]))
    }
}

fn favorite_key(user: &User, product: ProductId) -> Item {
    item([("user_id", text(user.id())), ("product_id", text(product))])
}
