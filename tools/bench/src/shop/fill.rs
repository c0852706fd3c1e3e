use std::path::Path;
use std::time::{Duration, Instant};

use auth::{OsEntropy, UserId};
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, ImportOptions, Item};
use identity::{Email, LoginName, Username};
use jiff::{SignedDuration, Timestamp};
use local::Environment;
use shop::ProductId;

/// Items per transaction.
const BATCH: usize = 10_000;
/// Time between the creation of two items, so that a million items span most of a year.
const APART: SignedDuration = SignedDuration::from_secs(20);
/// A full page of favourites.
const FAVORITES: usize = 50;
/// The demo account whose item, including the password, is copied for all users.
const MODEL: &str = "user";

/// Amounts of data to add to the demo data.
pub struct Amounts {
    pub products: usize,
    pub users: usize,
    /// Users that the traffic signs in, spread over all users.
    pub signing_in: usize,
    /// How many of these have favourites, counted from the first.
    pub with_favorites: usize,
}

/// The data that the traffic asks for.
pub struct Contents {
    /// The oldest first.
    pub products: Vec<ProductId>,
    /// Usernames.
    pub users: Vec<String>,
}

/// Fills the tables in `file`, while no `local` uses that file. Returns the contents, and the seconds that filling
/// took. Items go straight to the embedded engine, which accepts some 60,000 products a second. They are copies of demo
/// data, so they have all attributes that the API writes. Favourites are not in the demo data, so this code lists their
/// attributes.
pub fn fill(file: &Path, amounts: &Amounts, name: &str) -> Result<(Contents, f64), String> {
    let started = Instant::now();
    let database = Database::new(&file.to_string_lossy()).map_err(|error| error.to_string())?;
    let mut filler = Filler { database, name: name.to_owned() };
    filler.database.enable_bulk_loading().map_err(|error| error.to_string())?;
    let products = filler.products(amounts.products)?;
    let users = filler.users(amounts.users)?;
    let apart = (users.len() / amounts.signing_in.max(1)).max(1);
    let users: Vec<_> = users.into_iter().step_by(apart).take(amounts.signing_in).collect();
    filler.favorites(users.iter().take(amounts.with_favorites).map(|(id, _)| *id), &products)?;
    let users = users.into_iter().map(|(_, username)| username).collect();
    drop(filler);
    // Pending writes of the system would slow down the measured writes.
    std::fs::File::open(file).and_then(|file| file.sync_all()).map_err(|error| error.to_string())?;
    Ok((Contents { products, users }, started.elapsed().as_secs_f64()))
}

struct Filler {
    database: Database,
    name: String,
}

impl Filler {
    fn products(&mut self, count: usize) -> Result<Vec<ProductId>, String> {
        let model = self.items("products")?.into_iter().next().ok_or("no product to copy")?;
        let mut ids = Vec::with_capacity(count);
        let items = times(count).map(|(number, at)| {
            let id = ProductId::new(at, &OsEntropy).unwrap_or(ProductId::nobody());
            ids.push(id);
            let price = format!("{}.{:02}", number / 100 % 1000, number % 100);
            let name = text(format!("Product {number}"));
            changed(&model, [("id", text(id)), ("name", name), ("price", AttributeValue::N(price)), created(at)])
        });
        self.import("products", count, items)?;
        Ok(ids)
    }

    /// Adds users. Returns their ids and usernames.
    fn users(&mut self, count: usize) -> Result<Vec<(UserId, String)>, String> {
        let is_model = |item: &Item| item.get("username") == Some(&text(MODEL));
        let model = self.items("users")?.into_iter().find(is_model).ok_or("no user to copy")?;
        let mut users = Vec::with_capacity(count);
        let items = times(count).map(|(number, at)| {
            let id = UserId::new(at, &OsEntropy).unwrap_or(UserId::nobody());
            let username = format!("user-{number}");
            users.push((id, username.clone()));
            let email = text(email(&username));
            changed(&model, [("id", text(id)), ("username", text(username)), ("email", email), created(at)])
        });
        self.import("users", count, items)?;
        let mut identities = Vec::with_capacity(2 * count);
        for (id, username) in &users {
            let name = Username::parse(username).map_err(str::to_owned)?;
            let email = Email::parse(&email(username)).map_err(str::to_owned)?;
            for identity in [LoginName::from(&name), LoginName::from(&email)] {
                identities.push(item([("identity", text(identity.as_str())), ("user_id", text(id))]));
            }
        }
        self.import("identities", identities.len(), identities.into_iter())?;
        Ok(users)
    }

    /// Adds a full page of favourites for each of these users, spread over all products.
    fn favorites(&mut self, users: impl Iterator<Item = UserId>, products: &[ProductId]) -> Result<(), String> {
        let apart = (products.len() / FAVORITES).max(1);
        let now = Timestamp::now().as_millisecond();
        let of_user = |(number, user): (usize, UserId)| {
            // Users like different products, as long as there are enough products.
            let favorites = products.iter().skip(number % apart).step_by(apart).take(FAVORITES);
            let times = (now..).map(|at| ("added_at", AttributeValue::N(at.to_string())));
            let pair = favorites.zip(times);
            pair.map(move |(id, at)| item([("user_id", text(user)), ("product_id", text(id)), at])).collect::<Vec<_>>()
        };
        let items: Vec<Item> = users.enumerate().flat_map(of_user).collect();
        self.import("favorites", items.len(), items.into_iter())
    }

    fn items(&self, table: &str) -> Result<Vec<Item>, String> {
        let request = ScanRequest { table_name: full_name(table), ..ScanRequest::default() };
        let response = self.database.scan(request).map_err(|error| error.to_string())?;
        Ok(response.items.unwrap_or_default())
    }

    /// Adds items to a table, and prints the progress every few seconds.
    fn import(&mut self, table: &str, count: usize, mut items: impl Iterator<Item = Item>) -> Result<(), String> {
        let (started, mut said, mut done) = (Instant::now(), Instant::now(), 0);
        while done < count {
            let batch: Vec<Item> = items.by_ref().take(BATCH).collect();
            done += batch.len().max(1);
            let imported = self.database.import_items(&full_name(table), batch, ImportOptions::default());
            imported.map_err(|error| error.to_string())?;
            if done >= count || said.elapsed() > Duration::from_secs(3) {
                said = Instant::now();
                let rate = done as f64 / started.elapsed().as_secs_f64();
                eprintln!("{}: {done} of {count} {} at {rate:.0}/s", self.name, table);
            }
        }
        Ok(())
    }
}

fn full_name(table: &str) -> String {
    format!("{}{}", Environment::TABLE_PREFIX, table)
}

/// Numbers of items with times of creation, which end now.
fn times(count: usize) -> impl Iterator<Item = (usize, Timestamp)> {
    let now = Timestamp::now();
    (0..count).map(move |number| {
        let ago = APART.saturating_mul(i32::try_from(count - number).unwrap_or(i32::MAX));
        (number, now.saturating_sub(ago).unwrap_or(now))
    })
}

fn email(username: &str) -> String {
    format!("{username}@example.com")
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn created(at: Timestamp) -> (&'static str, AttributeValue) {
    ("created_at", AttributeValue::N(at.as_millisecond().to_string()))
}

fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn changed<const N: usize>(model: &Item, attributes: [(&str, AttributeValue); N]) -> Item {
    let mut changed = model.clone();
    changed.extend(item(attributes));
    changed
}
