use api::{Act, AuditEntry, Committed, HasRevision, IfMatch, Once, Revision};
use dynamo::{
    AttributeValue, Db, Edited, Invalid, Item, LostRaces, PRINTABLE, Page, PageRequest, Partition, Result, Row, Table,
    TableClient, Written, check_printable, item, key, millis, number, rfc3339, schema, text, text_type,
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
    /// The number of changes since.
    #[serde(skip)]
    pub version: u64,
}

impl HasRevision for Product {
    fn revision(&self) -> Revision {
        Revision::new(self.id, self.version)
    }
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
            version: row.version()?,
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

    /// The product after a change.
    fn with(&self, change: &ProductChange) -> Self {
        let name = change.name.clone().unwrap_or_else(|| self.name.clone());
        Self {
            name,
            price: change.price.unwrap_or(self.price),
            version: self.version.saturating_add(1),
            ..self.clone()
        }
    }

    /// The attributes in which another state of the product differs.
    fn changes(&self, new: &Self) -> Vec<(&'static str, AttributeValue)> {
        let name = (new.name != self.name).then(|| ("name", text(&new.name)));
        let price = (new.price != self.price).then(|| ("price", number(new.price)));
        name.into_iter().chain(price).collect()
    }
}

/// The attributes that the audit has.
const AUDITED: [&str; 2] = ["name", "price"];

/// The subject of acts on a product.
fn subject(id: ProductId) -> String {
    format!("products/{id}")
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
    /// [`dynamo::Error::Cursor`] when the cursor belongs to another list, or when DynamoDB does not answer.
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

    /// Adds a product, at most once for each idempotency key.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn insert(
        &self,
        act: &Act<'_, impl EditsProducts>,
        product: &Product,
        once: Option<&Once>,
    ) -> Result<Committed> {
        let item = product.item();
        let entry = AuditEntry::of("products_created", subject(product.id)).created(&item, &AUDITED);
        act.write(self.0.db(), vec![self.0.insert_part(item)?], entry, once).await
    }

    /// Changes a product, if it is in a state that the client wants. Returns its new state.
    ///
    /// # Errors
    /// [`api::Error::NotFound`] or [`api::Error::PreconditionFailed`], or when DynamoDB does not answer.
    pub async fn update(
        &self,
        act: &Act<'_, impl EditsProducts>,
        id: ProductId,
        change: &ProductChange,
        if_match: &IfMatch,
    ) -> api::Result<Edited<Product>> {
        let mut races = LostRaces::default();
        loop {
            let item = self.0.get(key("id", id)).await?.ok_or(api::Error::NotFound)?;
            let product = Product::read(&item)?;
            if_match.check(&product.revision())?;
            let new = product.with(change);
            let changes = product.changes(&new);
            if changes.is_empty() {
                return Ok(Edited::unchanged(product));
            }
            let entry = AuditEntry::of("products_changed", subject(id)).edited(&item, &changes);
            match act.write(self.0.db(), vec![self.0.edit_part(&item, &changes)?], entry, None).await? {
                Committed::Done => return Ok(Edited::done(new)),
                _ => races.wait().await?,
            }
        }
    }

    /// Deletes a product, if it exists, and is in a state that the client wants.
    ///
    /// # Errors
    /// [`api::Error::PreconditionFailed`], or when DynamoDB does not answer.
    pub async fn delete(
        &self,
        act: &Act<'_, impl DeletesProducts>,
        id: ProductId,
        if_match: &IfMatch,
    ) -> api::Result<Written> {
        let mut races = LostRaces::default();
        loop {
            let Some(item) = self.0.get(key("id", id)).await? else { return Ok(Written::Unchanged) };
            if_match.check(&Revision::new(id, Row::new::<ProductsTable>(&item).version()?))?;
            let entry = AuditEntry::of("products_deleted", subject(id)).removed(&item, &AUDITED);
            match act.write(self.0.db(), vec![self.0.remove_part(&item, &AUDITED)?], entry, None).await? {
                Committed::Done => return Ok(Written::Done),
                _ => races.wait().await?,
            }
        }
    }
}
