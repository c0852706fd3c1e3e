use std::time::{Duration, Instant};

use auth::{KeyId, UnverifiedToken};
use identity::Issuer;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::{Context, ask};

/// Pause between two requests.
const PAUSE: Duration = Duration::from_millis(100);
/// Time between two refreshes: a limit allows 30 a minute per session.
const REFRESH: Duration = Duration::from_secs(3);
/// Longest wait for a token of the new key. Signers read the seed once a minute.
const PATIENCE: Duration = Duration::from_secs(150);
/// Time for which requests go on after the first token of a new key.
const AFTERWARDS: Duration = Duration::from_secs(10);

/// State and results of the drill.
struct Drill {
    api: Api,
    tokens: Vec<String>,
    refresh_token: Zeroizing<String>,
    refreshed: Instant,
    kids: Vec<KeyId>,
    requests: usize,
    refused: usize,
    unavailable: usize,
}

pub async fn run(context: &Context, url: Option<String>, username: Option<String>, password_stdin: bool) -> Result<()> {
    let url = url.or_else(|| context.target.url.clone());
    let url = url.ok_or_else(|| Error::Refused("the drill needs the API's --url".to_owned()))?;
    let password = ask::secret(password_stdin)?;
    let started = Instant::now();
    let mut drill = Drill::sign_in(Api::new(url), &username.unwrap_or_default(), &password)?;
    for round in 1..=2 {
        let kid = context.target.part::<Issuer>()?.rotate_by(&context.act(), &**context.target.api.entropy()).await?;
        eprintln!("rotation {round} of 2: {kid}");
        tokio::task::block_in_place(|| drill.until_used(&kid))?;
    }
    let Drill { requests, refused, unavailable, kids, .. } = &drill;
    let (seconds, keys) = (started.elapsed().as_secs(), kids.len());
    let result = json!({
        "requests": requests, "refused": refused, "unavailable": unavailable, "keys": keys, "seconds": seconds
    });
    let sentence = format!(
        "{requests} requests in {seconds} s over {keys} keys: {refused} refused, {unavailable} told to try again"
    );
    context.output.one(&result, &sentence)?;
    if *refused == 0 { Ok(()) } else { Err(Error::Drill(format!("{refused} valid tokens were refused"))) }
}

impl Drill {
    fn sign_in(api: Api, username: &str, password: &str) -> Result<Self> {
        let body = json!({ "username": username, "password": password });
        let (status, response) = api.post("/v1/auth/token", &body)?;
        if status != 200 {
            return Err(Error::Drill(format!("signing in returned {status}")));
        }
        let refresh_token = Zeroizing::new(text(&response, "refresh_token"));
        let refreshed = Instant::now();
        let (tokens, kids) = (Vec::new(), Vec::new());
        let mut drill = Self { api, tokens, refresh_token, refreshed, kids, requests: 1, refused: 0, unavailable: 0 };
        drill.keep(text(&response, "access_token"))?;
        Ok(drill)
    }

    /// Sends requests until the API signs tokens with this key, and a while longer.
    fn until_used(&mut self, kid: &KeyId) -> Result<()> {
        let started = Instant::now();
        let mut seen: Option<Instant> = None;
        while seen.is_none_or(|at| at.elapsed() < AFTERWARDS) {
            if seen.is_none() && started.elapsed() > PATIENCE {
                return Err(Error::Drill(format!("no token was signed with {kid}")));
            }
            self.step()?;
            if seen.is_none() && self.kids.contains(kid) {
                seen = Some(Instant::now());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Sends one request with each kept token. None of the tokens has expired yet.
    fn step(&mut self) -> Result<()> {
        for token in &self.tokens {
            let status = self.api.get("/v1/users/me", token)?;
            self.requests += 1;
            match status {
                200 => {}
                401 => self.refused += 1,
                503 => self.unavailable += 1,
                _ => return Err(Error::Drill(format!("GET /v1/users/me returned {status}"))),
            }
        }
        if self.refreshed.elapsed() < REFRESH {
            return Ok(());
        }
        let body = json!({ "refresh_token": *self.refresh_token });
        let (status, response) = self.api.post("/v1/auth/token/refresh", &body)?;
        self.requests += 1;
        self.refreshed = Instant::now();
        match status {
            200 => {
                self.refresh_token = Zeroizing::new(text(&response, "refresh_token"));
                self.keep(text(&response, "access_token"))
            }
            503 => {
                self.unavailable += 1;
                Ok(())
            }
            _ => Err(Error::Drill(format!("refreshing returned {status}"))),
        }
    }

    /// Keeps the first and the last token of each key.
    fn keep(&mut self, token: String) -> Result<()> {
        let kid = UnverifiedToken::parse(&token)?.key_id().clone();
        if self.kids.last() == Some(&kid) && self.tokens.len() >= 2 * self.kids.len() {
            self.tokens.pop();
        }
        if !self.kids.contains(&kid) {
            self.kids.push(kid);
        }
        self.tokens.push(token);
        Ok(())
    }
}

/// An HTTP client of the API.
struct Api {
    url: String,
    agent: ureq::Agent,
}

impl Api {
    fn new(url: String) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(Duration::from_secs(10))).build().new_agent();
        Self { url: url.trim_end_matches('/').to_owned(), agent }
    }

    fn get(&self, path: &str, token: &str) -> Result<u16> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("authorization", format!("Bearer {token}"));
        Ok(request.call().map_err(failed)?.status().as_u16())
    }

    fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut response = self.agent.post(format!("{}{path}", self.url)).send_json(body).map_err(failed)?;
        Ok((response.status().as_u16(), response.body_mut().read_json().unwrap_or_default()))
    }
}

fn failed(error: ureq::Error) -> Error {
    Error::Drill(error.to_string())
}

fn text(response: &Value, name: &str) -> String {
    response.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
