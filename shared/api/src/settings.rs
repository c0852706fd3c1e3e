use std::path::PathBuf;

use auth::TokenPolicy;
use http::StatusCode;
use jiff::SignedDuration;
use store::{Bundle, Connection, Trust};

use crate::address::Edge;
use crate::error::{Error, Result};
use crate::job::QueueName;
use crate::queue::QueueLocation;
use crate::seed::SeedLocation;

/// What a process is told by its environment. One name per fact, no defaults for what must be decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How to reach AWS, or what stands in for it.
    pub connection: Connection,
    /// `TABLE_PREFIX`: what all table names start with.
    pub table_prefix: String,
    /// `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `ACCESS_TOKEN_SECONDS` (900), `TOKEN_LEEWAY_SECONDS` (5).
    pub tokens: TokenPolicy,
    /// `MISSING_TOKEN_STATUS`: 403, or 401 for those who prefer RFC 9110.
    pub missing_token: StatusCode,
    /// `PREWARM`: `on`, or `off` to send nothing before the first request.
    pub prewarm: bool,
    /// `EDGE_SECRET`: what a CDN in front sends with every request, at least 32 characters.
    pub edge: Option<Edge>,
    /// `SIGNING_SECRET_ID` or `SIGNING_SEED_FILE`; only functions that issue tokens have one.
    pub seed: Option<SeedLocation>,
    /// `MAIL_QUEUE_URL` and `ERASURE_QUEUE_URL`, or `JOB_SPOOL` for both; only functions that put jobs there have one.
    pub queues: Vec<(QueueName, QueueLocation)>,
    /// `MAIL_FROM`, `LINK_BASE` and perhaps `MAIL_OUTBOX`; only the function that writes mails has them.
    pub mail: Option<MailSettings>,
}

/// How mails are written.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The sender.
    pub from: String,
    /// What links start with. Never taken from a request: whoever sends one could choose it.
    pub link_base: String,
    /// A directory to write mails to, in place of sending them through SES.
    pub outbox: Option<PathBuf>,
    /// Another SES endpoint than AWS's own.
    pub endpoint: Option<String>,
}

impl Settings {
    /// Reads the settings with `variable`, which gives the value of an environment variable.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first one that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let env = Environment(&variable);
        let mut tokens = TokenPolicy::new(env.required("TOKEN_ISSUER")?, env.required("TOKEN_AUDIENCE")?);
        tokens.access_life = env.seconds("ACCESS_TOKEN_SECONDS", 900, 1..=86_400)?;
        tokens.leeway = env.seconds("TOKEN_LEEWAY_SECONDS", 5, 0..=300)?;
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
            edge: env.edge()?,
            seed: env.seed(),
            queues: env.queues(),
            mail: env.mail()?,
        })
    }
}

struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

/// Where services may be instead of at AWS's own endpoints.
const ENDPOINTS: [&str; 5] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "AWS_ENDPOINT_URL_SESV2",
    "AWS_ENDPOINT_URL_SQS",
];

impl Environment<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    fn required(&self, name: &'static str) -> Result<String> {
        self.optional(name).ok_or_else(|| wrong(name, "is not set"))
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
        let endpoint = self.optional("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| self.optional("AWS_ENDPOINT_URL"));
        if let Some(text) = endpoint.as_deref().filter(|text| text.parse::<http::Uri>().is_err()) {
            return Err(wrong("AWS_ENDPOINT_URL_DYNAMODB", &format!("is no URL: {text}")));
        }
        let trust = self.trust(&region)?;
        Ok(Connection {
            http: store::http_client(&trust, store::CONNECT)
                .map_err(|error| wrong("AWS_CA_BUNDLE", &format!("can't be used: {error}")))?,
            region,
            access_key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: self.required("AWS_SECRET_ACCESS_KEY")?,
            session_token: self.optional("AWS_SESSION_TOKEN"),
            endpoint,
        })
    }

    fn trust(&self, region: &str) -> Result<Trust> {
        let endpoints: Vec<String> = ENDPOINTS.iter().filter_map(|name| self.optional(name)).collect();
        let Some(file) = self.optional("AWS_CA_BUNDLE") else {
            return Ok(Trust::of(region, endpoints.iter().map(String::as_str)));
        };
        let unusable = |cause: String| wrong("AWS_CA_BUNDLE", &format!("can't be used: {file}: {cause}"));
        let pem = std::fs::read(&file).map_err(|error| unusable(error.to_string()))?;
        Bundle::parse(pem).map(Trust::Bundle).map_err(unusable)
    }

    fn prewarm(&self) -> Result<bool> {
        match self.optional("PREWARM").as_deref() {
            None | Some("on") => Ok(true),
            Some("off") => Ok(false),
            Some(_) => Err(wrong("PREWARM", "must be on or off")),
        }
    }

    fn edge(&self) -> Result<Option<Edge>> {
        let Some(secret) = self.optional("EDGE_SECRET") else { return Ok(None) };
        if secret.len() < Edge::SHORTEST || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("EDGE_SECRET", "must be at least 32 visible ASCII characters"));
        }
        Ok(Some(Edge::new(&secret)))
    }

    fn queues(&self) -> Vec<(QueueName, QueueLocation)> {
        let spool = self.optional("JOB_SPOOL").map(|directory| QueueLocation::Spool(directory.into()));
        let endpoint = self.optional("AWS_ENDPOINT_URL_SQS").or_else(|| self.optional("AWS_ENDPOINT_URL"));
        let location = |name: QueueName| {
            let sqs = self.optional(name.variable()).map(|url| QueueLocation::Sqs { url, endpoint: endpoint.clone() });
            Some((name, sqs.or_else(|| spool.clone())?))
        };
        QueueName::ALL.into_iter().filter_map(location).collect()
    }

    fn mail(&self) -> Result<Option<MailSettings>> {
        let Some(from) = self.optional("MAIL_FROM") else { return Ok(None) };
        Ok(Some(MailSettings {
            from,
            link_base: self.required("LINK_BASE")?.trim_end_matches('/').to_owned(),
            outbox: self.optional("MAIL_OUTBOX").map(PathBuf::from),
            endpoint: self.optional("AWS_ENDPOINT_URL_SESV2").or_else(|| self.optional("AWS_ENDPOINT_URL")),
        }))
    }

    fn seed(&self) -> Option<SeedLocation> {
        let secret = self.optional("SIGNING_SECRET_ID").map(|id| SeedLocation::Secret {
            id,
            endpoint: self.optional("AWS_ENDPOINT_URL_SECRETS_MANAGER").or_else(|| self.optional("AWS_ENDPOINT_URL")),
        });
        secret.or_else(|| self.optional("SIGNING_SEED_FILE").map(|path| SeedLocation::File(path.into())))
    }
}

fn wrong(name: &'static str, problem: &str) -> Error {
    Error::Setting { name, problem: problem.to_owned() }
}
