use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::authority::{DeletesProducts, EditsProducts};
use crate::cursor::Cursor;
use crate::db::{Db, Item, Table};
use crate::error::{Error, Result, conditional};
use crate::names::{Invalid, PRINTABLE, check_printable, text_type};
use crate::page::{Page, PageRequest};
use crate::price::Price;
use crate::row::{Row, key, millis, number, text};
use crate::schema;

auth::id!(
    /// A product's id: ids sort by the time of creation.
    ProductId
);

text_type!(
    /// A product's name: 1 to 200 characters, none of them a control character.
    ProductName,
    check_name,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": PRINTABLE,
        "examples": ["Kettle"]
    }
);

fn check_name(text: &str) -> Result<(), Invalid> {
    check_printable(text, 1, 200).map_err(|()| "must have 1 to 200 characters and no control characters")
}

/// A product.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Product {
    /// Its id.
    #[schemars(with = "schema::Id")]
    pub id: ProductId,
    /// Its name.
    pub name: ProductName,
    /// Its price.
    pub price: Price,
    /// When it was added.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub created_at: Timestamp,
}

/// Serializes an instant as RFC 3339 text with milliseconds.
///
/// # Errors
/// When the serializer fails.
pub fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

impl Product {
    pub(crate) fn read(item: &Item) -> Result<Self> {
        let row = Row::new(Table::Products, item);
        Ok(Self {
            id: ProductId::parse(row.text("id")?).ok_or(row.corrupt("id"))?,
            name: ProductName::parse(row.text("name")?).map_err(|_| row.corrupt("name"))?,
            price: Price::stored(row.digits("price")?).ok_or(row.corrupt("price"))?,
            created_at: row.millis("created_at")?,
        })
    }

    fn item(&self) -> Item {
        [
            ("id", text(self.id)),
            ("listing", text(LISTING)),
            ("name", text(&self.name)),
            ("price", number(self.price)),
            ("created_at", millis(self.created_at)),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }
}

/// What to change of a product; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    /// The new name.
    pub name: Option<ProductName>,
    /// The new price.
    pub price: Option<Price>,
}

/// Table `products`.
#[derive(Clone, Debug)]
pub struct Products(Db);

/// The one partition of the index by age.
const LISTING: &str = "all";
const NEWEST: Cursor<'static> = Cursor { list: "products", partition: LISTING };

impl Products {
    /// The table of a stack.
    pub fn new(db: Db) -> Self {
        Self(db)
    }

    /// The newest products first. May lag behind writes by moments.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor is not one of this list, or when DynamoDB can't answer.
    pub async fn newest(&self, page: &PageRequest) -> Result<Page<Product>> {
        let mut start = page.cursor.as_deref().map(after).transpose()?;
        let mut products = Vec::new();
        loop {
            let wanted = i32::from(page.limit) + 1 - i32::try_from(products.len()).unwrap_or(i32::MAX);
            let query = self.0.client.query().table_name(self.0.name(Table::Products)).index_name("newest");
            let query = query
                .key_condition_expression("#listing = :listing")
                .expression_attribute_names("#listing", "listing")
                .expression_attribute_values(":listing", text(LISTING))
                .scan_index_forward(false)
                .limit(wanted)
                .set_exclusive_start_key(start.take());
            let answer = query.send().await?;
            for item in answer.items.unwrap_or_default() {
                products.push(Product::read(&item)?);
            }
            start = answer.last_evaluated_key;
            if start.is_none() || products.len() > usize::from(page.limit) {
                return Ok(Page::cut(products, page.limit, |last| NEWEST.encode(&[&last.id.to_string()])));
            }
        }
    }

    /// One product.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn get(&self, id: ProductId) -> Result<Option<Product>> {
        let get = self.0.client.get_item().table_name(self.0.name(Table::Products)).set_key(Some(key("id", id)));
        let answer = get.consistent_read(true).send().await?;
        answer.item.as_ref().map(Product::read).transpose()
    }

    /// Adds a product.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn insert(&self, _: &impl EditsProducts, product: &Product) -> Result<()> {
        let put = self.0.client.put_item().table_name(self.0.name(Table::Products));
        put.set_item(Some(product.item())).send().await?;
        Ok(())
    }

    /// Changes a product, and returns it as it is then; `None` if there is none.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn update(
        &self,
        _: &impl EditsProducts,
        id: ProductId,
        change: &ProductChange,
    ) -> Result<Option<Product>> {
        let changes = [("name", change.name.as_ref().map(text)), ("price", change.price.map(number))];
        let mut update = self.0.client.update_item().table_name(self.0.name(Table::Products));
        let mut sets = Vec::new();
        for (name, value) in changes {
            let Some(value) = value else { continue };
            sets.push(format!("#{name} = :{name}"));
            update = update.expression_attribute_names(format!("#{name}"), name);
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        if sets.is_empty() {
            return self.get(id).await;
        }
        let update = update
            .set_key(Some(key("id", id)))
            .update_expression(format!("SET {}", sets.join(", ")))
            .condition_expression("attribute_exists(#id)")
            .expression_attribute_names("#id", "id")
            .return_values(ReturnValue::AllNew);
        let done = conditional(update.send().await)?;
        done.ok().and_then(|done| done.attributes).as_ref().map(Product::read).transpose()
    }

    /// Deletes a product; whether there was one.
    ///
    /// # Errors
    /// When DynamoDB can't answer.
    pub async fn delete(&self, _: &impl DeletesProducts, id: ProductId) -> Result<bool> {
        let delete = self.0.client.delete_item().table_name(self.0.name(Table::Products));
        let delete = delete.set_key(Some(key("id", id))).return_values(ReturnValue::AllOld);
        Ok(delete.send().await?.attributes.is_some())
    }
}

fn after(cursor: &str) -> Result<Item> {
    let [id] = NEWEST.decode::<1>(cursor)?;
    let id = ProductId::parse(&id).ok_or(Error::Cursor)?;
    Ok(Item::from([("id".to_owned(), text(id)), ("listing".to_owned(), text(LISTING))]))
}
