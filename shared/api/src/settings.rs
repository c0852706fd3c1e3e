use std::fmt;
use std::sync::Arc;

use auth::{FactorPolicy, TokenPolicy};
use dynamo::{CaBundle, Connection, TrustStore};
use http::StatusCode;
use jiff::SignedDuration;

use crate::error::{Error, Result};
use crate::request::TrustedProxy;

/// The settings of a process, from environment variables. Settings that need a decision have no default.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Access to AWS, or to an emulator.
    pub connection: Connection,
    /// `TABLE_PREFIX`: the start of all table names.
    pub table_prefix: String,
    /// `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `ACCESS_TOKEN_SECONDS` (900), `TOKEN_LEEWAY_SECONDS` (5),
    /// `REFRESH_GRACE_SECONDS` (60), `STAFF_NEEDS_SECOND_FACTOR` (false), `SUPERUSER_NEEDS_SECOND_FACTOR` (false).
    pub tokens: TokenPolicy,
    /// `MISSING_TOKEN_STATUS`: 403, or 401 as in RFC 9110.
    pub missing_token: StatusCode,
    /// `PREWARM`: which processes prepare before the first request.
    pub prewarm: Prewarm,
    /// `EDGE_SECRET`: the secret that a CDN in front sends with every request, at least 32 characters.
    pub proxy: Option<TrustedProxy>,
    /// All other variables. Each part reads its own variables.
    pub environment: Environment,
}

/// Which processes prepare before the first request: `PREWARM`, and how Lambda started the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prewarm {
    /// `off`: none.
    Never,
    /// `auto`, when a request may wait for the start: those with a part that does slow work ([`crate::Part::PREWARMS`]).
    WhereItPays,
    /// `on`, or `auto` when Lambda starts the process ahead of requests: all.
    Always,
}

impl Prewarm {
    /// `started_as` is `AWS_LAMBDA_INITIALIZATION_TYPE`.
    fn auto(started_as: Option<&str>) -> Self {
        match started_as {
            Some("provisioned-concurrency" | "snap-start" | "lambda-managed-instances") => Prewarm::Always,
            _ => Prewarm::WhereItPays,
        }
    }
}

impl Settings {
    /// Reads the settings with `variable`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first setting that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Result<Self> {
        let env = Environment(Arc::new(variable));
        let mut tokens = TokenPolicy::new(env.required("TOKEN_ISSUER")?, env.required("TOKEN_AUDIENCE")?);
        tokens.access_life = env.seconds("ACCESS_TOKEN_SECONDS", 900, 1..=86_400)?;
        tokens.leeway = env.seconds("TOKEN_LEEWAY_SECONDS", 5, 0..=300)?;
        tokens.refresh_grace = env.seconds("REFRESH_GRACE_SECONDS", 60, 10..=120)?;
        tokens.factors = FactorPolicy {
            staff: env.flag("STAFF_NEEDS_SECOND_FACTOR")?,
            superuser: env.flag("SUPERUSER_NEEDS_SECOND_FACTOR")?,
        };
        Ok(Self {
            connection: env.connection()?,
            table_prefix: env.required("TABLE_PREFIX")?,
            tokens,
            missing_token: match env.optional("MISSING_TOKEN_STATUS").as_deref() {
                None | Some("403") => StatusCode::FORBIDDEN,
                Some("401") => StatusCode::UNAUTHORIZED,
                Some(_) => return Err(wrong("MISSING_TOKEN_STATUS", "must be 403 or 401")),
            },
            prewarm: env.prewarm()?,
            proxy: env.proxy()?,
            environment: env,
        })
    }
}

/// The environment variables of a process.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

/// Returns the value of an environment variable.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// The variables with custom endpoints of AWS services.
const ENDPOINTS: [&str; 5] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SESV2",
    "AWS_ENDPOINT_URL_SQS",
];

impl Environment {
    /// A variable, if it is set and not blank.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// A variable that must be set.
    ///
    /// # Errors
    /// [`Error::Setting`] when the variable is not set.
    pub fn required(&self, name: &'static str) -> Result<String> {
        self.optional(name).ok_or_else(|| wrong(name, "is not set"))
    }

    fn flag(&self, name: &'static str) -> Result<bool> {
        match self.optional(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(wrong(name, "must be true or false")),
        }
    }

    fn seconds(
        &self,
        name: &'static str,
        default: i64,
        range: std::ops::RangeInclusive<i64>,
    ) -> Result<SignedDuration> {
        let Some(text) = self.optional(name) else { return Ok(SignedDuration::from_secs(default)) };
        let seconds = text.parse().ok().filter(|seconds| range.contains(seconds));
        let problem = || wrong(name, &format!("must be a number of seconds from {} to {}", range.start(), range.end()));
        seconds.map(SignedDuration::from_secs).ok_or_else(problem)
    }

    /// In Lambda, region and credentials are always in the environment, so no provider chain is searched.
    fn connection(&self) -> Result<Connection> {
        let region = self
            .optional("AWS_REGION")
            .map_or_else(|| self.required("AWS_DEFAULT_REGION"), Ok)
            .map_err(|_| wrong("AWS_REGION", "is not set"))?;
        let endpoint = self.endpoint("DYNAMODB");
        if let Some(text) = endpoint.as_deref().filter(|text| text.parse::<http::Uri>().is_err()) {
            return Err(wrong("AWS_ENDPOINT_URL_DYNAMODB", &format!("is no URL: {text}")));
        }
        let trust = self.trust(&region)?;
        Ok(Connection {
            http: dynamo::http_client(&trust, dynamo::CONNECT)
                .map_err(|error| wrong("AWS_CA_BUNDLE", &format!("can't be used: {error}")))?,
            region,
            access_key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: self.required("AWS_SECRET_ACCESS_KEY")?,
            session_token: self.optional("AWS_SESSION_TOKEN"),
            endpoint,
        })
    }

    fn trust(&self, region: &str) -> Result<TrustStore> {
        let endpoints: Vec<String> = ENDPOINTS.iter().filter_map(|name| self.optional(name)).collect();
        let Some(file) = self.optional("AWS_CA_BUNDLE") else {
            return Ok(TrustStore::of(region, endpoints.iter().map(String::as_str)));
        };
        let unusable = |cause: String| wrong("AWS_CA_BUNDLE", &format!("can't be used: {file}: {cause}"));
        let pem = std::fs::read(&file).map_err(|error| unusable(error.to_string()))?;
        CaBundle::parse(pem).map(TrustStore::Bundle).map_err(unusable)
    }

    fn prewarm(&self) -> Result<Prewarm> {
        match self.optional("PREWARM").as_deref() {
            None | Some("auto") => Ok(Prewarm::auto(self.optional("AWS_LAMBDA_INITIALIZATION_TYPE").as_deref())),
            Some("on") => Ok(Prewarm::Always),
            Some("off") => Ok(Prewarm::Never),
            Some(_) => Err(wrong("PREWARM", "must be auto, on or off")),
        }
    }

    fn proxy(&self) -> Result<Option<TrustedProxy>> {
        let Some(secret) = self.optional("EDGE_SECRET") else { return Ok(None) };
        if secret.len() < TrustedProxy::SHORTEST || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("EDGE_SECRET", "must be at least 32 visible ASCII characters"));
        }
        Ok(Some(TrustedProxy::new(&secret)))
    }

    /// The custom endpoint of an AWS service such as `SQS`, if one is set.
    pub fn endpoint(&self, service: &str) -> Option<String> {
        self.optional(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| self.optional("AWS_ENDPOINT_URL"))
    }
}

fn wrong(name: &'static str, problem: &str) -> Error {
    Error::setting(name, problem)
}
