use std::collections::HashMap;

use auth::User;
use jiff::Timestamp;

use crate::cursor::Cursor;
use crate::db::{Db, Item, Table};
use crate::error::{Error, Result};
use crate::page::{Listing, Page, PageRequest};
use crate::products::{Product, ProductId};
use crate::row::{Row, key, number, text};
use crate::users::Erasure;

/// Table `favorites`: keyed by the caller's proof, so that nobody can name another user's.
#[derive(Clone, Debug)]
pub struct Favorites(Db);

/// A position in the list: `added_at` in milliseconds, and the product.
type Position = (i64, ProductId);

impl Favorites {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// Adds a favourite. One that is there already keeps its place.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn add(&self, user: &User, product: ProductId, now: Timestamp) -> Result<()> {
        let update = self.0.client.update_item().table_name(self.0.name(Table::Favorites));
        update
            .set_key(Some(favorite_key(user, product)))
            .update_expression("SET #added_at = if_not_exists(#added_at, :now)")
            .expression_attribute_names("#added_at", "added_at")
            .expression_attribute_values(":now", number(now.as_millisecond()))
            .send()
            .await?;
        Ok(())
    }

    /// Removes a favourite, if it is one.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn remove(&self, user: &User, product: ProductId) -> Result<()> {
        let delete = self.0.client.delete_item().table_name(self.0.name(Table::Favorites));
        delete.set_key(Some(favorite_key(user, product))).send().await?;
        Ok(())
    }

    /// The caller's favourites that still exist, the newest favourite first. Pages are filled up to the limit.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor is not one of this list, or when DynamoDB can't answer.
    pub async fn list(&self, user: &User, page: &PageRequest) -> Result<Page<Product>> {
        let list = Liked { db: &self.0, user, owner: user.id().to_string() };
        let start = page.cursor.as_deref().map(|text| list.after(text)).transpose()?;
        list.page(page.limit, start).await
    }

    /// Removes all favourites of an account that is being erased.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn purge(&self, erasure: &Erasure) -> Result<()> {
        self.0.purge(erasure, Table::Favorites, None, &["user_id", "product_id"]).await
    }
}

/// The favourites of one user.
struct Liked<'a> {
    db: &'a Db,
    user: &'a User,
    owner: String,
}

impl Liked<'_> {
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

impl Listing for Liked<'_> {
    type Position = Position;
    type Item = Product;

    async fn positions(&self, limit: i32, start: Option<Item>) -> Result<(Vec<Position>, Option<Item>)> {
        let query = self.db.client.query().table_name(self.db.name(Table::Favorites)).index_name("by_added_at");
        let query = query
            .key_condition_expression("#user_id = :user_id")
            .expression_attribute_names("#user_id", "user_id")
            .expression_attribute_values(":user_id", text(self.user.id()))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start);
        let answer = query.send().await?;
        let positions = answer.items.unwrap_or_default().iter().map(position).collect::<Result<_>>()?;
        Ok((positions, answer.last_evaluated_key))
    }

    async fn living(&self, positions: Vec<Position>) -> Result<Vec<(Position, Product)>> {
        let keys = positions.iter().map(|(_, id)| (Table::Products, key("id", id))).collect();
        let mut products = HashMap::new();
        for (_, item) in self.db.batch_get(keys).await? {
            let product = Product::read(&item)?;
            products.insert(product.id, product);
        }
        let take = |at: Position| products.remove(&at.1).map(|product| (at, product));
        Ok(positions.into_iter().filter_map(take).collect())
    }

    fn cursor(&self, (added_at, id): &Position) -> String {
        self.list().encode(&[&added_at.to_string(), &id.to_string()])
    }
}

fn favorite_key(user: &User, product: ProductId) -> Item {
    Item::from([("user_id".to_owned(), text(user.id())), ("product_id".to_owned(), text(product))])
}

fn position(item: &Item) -> Result<Position> {
    let row = Row::new(Table::Favorites, item);
    let id = ProductId::parse(row.text("product_id")?).ok_or(row.corrupt("product_id"))?;
    Ok((row.number("added_at")?, id))
}
