//! Connects the handler to Lambda, and the guard to the tables of a deployed stack.

use auth::{Guard, TokenPolicy};
use dynamo::{Connection, Db, TrustStore};
use identity::{SigningKeys, StoredAccountStates};
use lambda_http::{Error, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let guard = &guard()?;
    lambda_http::run(service_fn(async |request| Ok::<_, Error>(own_lambda::handle(guard, request).await))).await
}

/// A single guard for all requests, because it remembers the keys.
fn guard() -> Result<Guard, Error> {
    let (region, endpoint) = (variable("AWS_REGION")?, variable("AWS_ENDPOINT_URL_DYNAMODB").ok());
    let connection = Connection {
        http: dynamo::http_client(&TrustStore::of(&region, endpoint.as_deref()), dynamo::CONNECT)?,
        region,
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
        session_token: variable("AWS_SESSION_TOKEN").ok(),
        endpoint,
    };
    let db = Db::new(connection.dynamodb(), &variable("TABLE_PREFIX")?);
    let tokens = TokenPolicy::new(variable("TOKEN_ISSUER")?, variable("TOKEN_AUDIENCE")?);
    Ok(Guard::new(SigningKeys::new(&db), StoredAccountStates::new(&db), tokens))
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}
