use dynamo::{
    Db, Error, Invalid, Item, PRINTABLE, Page, PageRequest, Partition, Result, Row, Table, TableClient, Written,
    check_printable, item, key, millis, number, rfc3339, schema, text, text_type,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::authority::{DeletesProducts, EditsProducts};
use crate::price::Price;

auth::id!(
    /// A product's id. Ids sort by creation time.
    ProductId
);

text_type!(
    /// A product's name: 1 to 200 characters, all printable, and not only blanks.
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
    check_printable(text, 1, 200, "must have 1 to 200 characters, all printable, and not only blanks")
}

/// A product.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Product {
    /// The product's id.
    #[schemars(with = "schema::Id")]
    pub id: ProductId,
    /// The product's name. It may have been stored under older rules.
    #[schemars(with = "String", example = &"Kettle")]
    pub name: ProductName,
    /// The product's price.
    pub price: Price,
    /// The time when the product was added.
    #[serde(serialize_with = "rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub created_at: Timestamp,
}

#[derive(Debug)]
pub(crate) struct ProductsTable;

impl Table for ProductsTable {
    const NAME: &'static str = "products";
    const KEY: &'static [&'static str] = &["id"];
}

impl Product {
    pub(crate) fn read(item: &Item) -> Result<Self> {
        let row = Row::new::<ProductsTable>(item);
        Ok(Self {
            id: ProductId::parse(row.text("id")?).ok_or(row.corrupt("id"))?,
            name: ProductName::stored(row.text("name")?),
            price: row.parsed("price", Price::stored)?,
            created_at: row.millis("created_at")?,
        })
    }

    fn item(&self) -> Item {
        item([
            ("id", text(self.id)),
            ("listing", text(LISTING)),
            ("name", text(&self.name)),
            ("price", number(self.price)),
            ("created_at", millis(self.created_at)),
        ])
    }
}

/// A change to a product. `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    /// The new name.
    pub name: Option<ProductName>,
    /// The new price.
    pub price: Option<Price>,
}

/// Table `products`.
#[derive(Clone, Debug)]
pub struct Products(TableClient<ProductsTable>);

/// The single partition of the index by age.
const LISTING: &str = "all";
const LISTED: Partition<'static> = Partition {
    index: Some("newest"),
    name: "listing",
    value: LISTING,
    is_id: |text| ProductId::parse(text).is_some(),
};

impl Products {
    /// The table of a stack.
    pub fn new(db: &Db) -> Self {
        Self(db.table())
    }

    /// Lists the products, newest first. May lag behind recent writes.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
    pub async fn newest(&self, page: &PageRequest) -> Result<Page<Product>> {
        self.0.newest(LISTED, page, Product::read).await
    }

    /// One product.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn get(&self, id: ProductId) -> Result<Option<Product>> {
        self.0.get(key("id", id)).await?.as_ref().map(Product::read).transpose()
    }

    /// Adds a product.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn insert(&self, _: &impl EditsProducts, product: &Product) -> Result<()> {
        match self.0.insert(product.item()).await? {
            Ok(()) => Ok(()),
            // An earlier attempt of this call added the product without receiving the response. Ids are random.
            Err(Some(there)) if there.get("created_at") == Some(&millis(product.created_at)) => Ok(()),
            Err(_) => Err(Error::Refused("the product's id is taken".to_owned())),
        }
    }

    /// Changes a product and returns its new state. `None` if the product does not exist.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn update(
        &self,
        _: &impl EditsProducts,
        id: ProductId,
        change: &ProductChange,
    ) -> Result<Option<Product>> {
        let changes = [("name", change.name.as_ref().map(text)), ("price", change.price.map(number))];
        self.0.patch(key("id", id), changes, Product::read).await
    }

    /// Deletes a product, if it exists.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn delete(&self, _: &impl DeletesProducts, id: ProductId) -> Result<Written> {
        self.0.delete(key("id", id)).await
    }
}
