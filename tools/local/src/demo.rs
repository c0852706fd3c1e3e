use api::App;
use auth::{Password, Roles, UserId};
use operator::Operator;
use store::{
    Email, Error as StoreError, NewUser, PageRequest, PersonName, Price, Product, ProductId, ProductName, Username,
};

use crate::error::{Error, Result};

/// The one password of all demo accounts.
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// A demo account, with the email `<username>@example.com`.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    /// The username.
    pub username: &'static str,
    /// The roles.
    pub roles: Roles,
}

/// The demo accounts.
pub const ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount { username: "superuser", roles: Roles { is_staff: true, is_superuser: true } },
    DemoAccount { username: "staff", roles: Roles { is_staff: true, is_superuser: false } },
    DemoAccount { username: "user", roles: Roles { is_staff: false, is_superuser: false } },
];

const PRODUCTS: [(&str, &str); 3] = [("Espresso machine", "249.00"), ("Coffee grinder", "89.90"), ("Cup", "7.50")];

/// Creates what is missing of the demo data.
///
/// # Errors
/// When it can't be stored.
pub async fn seed(app: &App) -> Result<()> {
    let operator = Operator::acting();
    for account in ACCOUNTS {
        let new = new_user(app, account).await?;
        match app.users.create_with_roles(&operator, &new, account.roles).await {
            Ok(_) | Err(StoreError::UsernameTaken | StoreError::EmailTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if app.products.newest(&PageRequest { limit: 1, cursor: None }).await?.items.is_empty() {
        for (name, price) in PRODUCTS {
            let now = app.clock.now();
            let id = ProductId::new(now, &*app.entropy).map_err(auth::Error::from)?;
            let price = Price::parse(price).map_err(wrong)?;
            let product = Product { id, name: ProductName::parse(name).map_err(wrong)?, price, created_at: now };
            app.products.insert(&operator, &product).await?;
        }
    }
    Ok(())
}

async fn new_user(app: &App, account: DemoAccount) -> Result<NewUser> {
    let now = app.clock.now();
    Ok(NewUser {
        id: UserId::new(now, &*app.entropy).map_err(auth::Error::from)?,
        username: Username::parse(account.username).map_err(wrong)?,
        email: Email::parse(&format!("{}@example.com", account.username)).map_err(wrong)?,
        first_name: PersonName::default(),
        last_name: PersonName::default(),
        password_hash: app.hash_password(Password::parse(PASSWORD)?).await?,
        created_at: now,
    })
}

fn wrong(message: &str) -> Error {
    Error::Api(api::Error::Internal(format!("demo data: {message}")))
}
