use api::Entry;
use auth::{OsEntropy, Roles, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::{Client, PASSWORD};

use super::stack::{Each, HASHES};
use crate::fixture::{Event, Fixture};

/// An account that signs in.
pub struct SigningIn {
    pub user: UserId,
    pub username: String,
    /// The client at the address of the sign-in.
    pub client: Client,
}

impl SigningIn {
    /// A new account, at an address from which its owner signed in moments ago. Its counters are new, as most are.
    pub async fn from_known_address(fixture: &Fixture) -> Result<Self, String> {
        let new = Self::from_new_address(fixture).await?;
        let until = Timestamp::now().saturating_add(SignedDuration::from_hours(30 * 24)).unwrap_or(Timestamp::MAX);
        let put = fixture.app.database.put_item().table_name(format!("{}sign_in_addresses", fixture.app.prefix));
        let put = put
            .item("user_id", AttributeValue::S(new.user.to_string()))
            .item("address", AttributeValue::S(new.client.address.to_string()))
            .item("expires_at", AttributeValue::N(until.as_second().to_string()));
        put.send().await.map_err(|error| format!("sign_in_addresses: {error:?}"))?;
        Ok(new)
    }

    /// A new account at a new address.
    pub async fn from_new_address(fixture: &Fixture) -> Result<Self, String> {
        fixture.set_clock();
        let random = auth::random::<12>(&OsEntropy).map_err(|error| error.to_string())?;
        let username = format!("p{}", auth::hex(&random));
        let email = format!("{username}@example.com");
        let user = fixture.app.create_user(&username, &email, Roles::default()).await;
        Ok(Self { user, username, client: fixture.app.anon() })
    }

    /// Its sign-in with this password.
    pub async fn event(&self, fixture: &Fixture, entry: &Entry, password: &str, success: u16) -> Result<Event, String> {
        sign_in(fixture, entry, &self.client, json!({ "username": self.username, "password": password }), success).await
    }
}

/// A sign-in by this client.
pub async fn sign_in(
    fixture: &Fixture,
    entry: &Entry,
    client: &Client,
    body: Value,
    success: u16,
) -> Result<Event, String> {
    fixture.event_of(entry, client, (entry.route.path.to_owned(), Some(body), success)).await
}

/// A good call of an endpoint for each stack. A sign-in has an account of its own, the other calls only read.
pub async fn good_calls(fixture: &Fixture, entry: &Entry) -> Result<Each<Event>, String> {
    if entry.name != HASHES {
        let event = fixture.event(entry).await?;
        return Ok(Each { ours: event.clone(), python: event.clone(), node: event });
    }
    let signing_in = async || {
        let account = SigningIn::from_known_address(fixture).await?;
        account.event(fixture, entry, PASSWORD, 200).await
    };
    Ok(Each { ours: signing_in().await?, python: signing_in().await?, node: signing_in().await? })
}
