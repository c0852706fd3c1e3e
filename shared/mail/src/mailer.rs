use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use dynamo::Connection;
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::letter::Letter;

const CONNECT: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(10);

/// The error codes of SES that concern the mail or its address. Others concern the sender, or pass by themselves.
const REFUSALS: [&str; 4] = ["BadRequestException", "InvalidParameterValue", "MessageRejected", "ValidationException"];
/// Parts of the messages of refusals that concern the sender: its address is not verified, or its account may not send.
/// Every mail is refused until an operator has mended that.
const OF_THE_SENDER: [&str; 4] = ["not verified", "suspended", "paused", "disabled"];
/// The error codes of SES for too many calls. It takes no mail then.
const THROTTLING: [&str; 4] =
    ["LimitExceededException", "Throttling", "ThrottlingException", "TooManyRequestsException"];

/// Sends letters.
#[derive(Clone, Debug)]
pub struct Mailer {
    from: String,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Ses(Client),
    Outbox(PathBuf),
}

impl Mailer {
    /// Sends through AWS SES, as `from`. `endpoint` replaces AWS's own endpoint.
    pub fn ses(from: impl Into<String>, to: &Connection, endpoint: Option<String>) -> Self {
        // SES may send a retried mail twice. So there is one try with a long timeout, and then the job is tried
        // again. The timeout of an attempt must be named, because otherwise the short one of other services applies.
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(PATIENCE);
        let timeouts = timeouts.operation_attempt_timeout(PATIENCE);
        let config = Builder::from(&to.sdk_config(endpoint)).retry_config(RetryConfig::disabled());
        let config = config.timeout_config(timeouts.build()).build();
        Self { from: from.into(), way: Way::Ses(Client::from_conf(config)) }
    }

    /// Writes letters as `.eml` files (RFC 5322) into a directory, instead of sending them.
    pub fn outbox(from: impl Into<String>, directory: impl Into<PathBuf>) -> Self {
        Self { from: from.into(), way: Way::Outbox(directory.into()) }
    }

    /// Sends a letter. `id` is unique to the letter.
    ///
    /// # Errors
    /// When SES does not take it, or the outbox can't be written. After [`Error::Unclear`] it may have been sent.
    pub async fn send(&self, letter: &Letter, id: Uuid, now: Timestamp) -> Result<()> {
        match &self.way {
            Way::Ses(client) => {
                let content = content(letter).map_err(|error| Error::Ses(error.to_string()))?;
                let to = Destination::builder().to_addresses(&letter.to).build();
                let send = client.send_email().from_email_address(&self.from).destination(to).content(content);
                send.send().await.map(|_| ()).map_err(|error| failure(&error))
            }
            Way::Outbox(directory) => self.write(directory, letter, id, now),
        }
    }

    fn write(&self, directory: &Path, letter: &Letter, id: Uuid, now: Timestamp) -> Result<()> {
        let failed = |file: &Path, source| Error::Outbox { file: file.display().to_string(), source };
        let text = MimePart::new("text/plain", letter.text.as_str()).transfer_encoding("8bit");
        let message = MessageBuilder::new()
            .header("From", Raw::new(self.from.as_str()))
            .to(letter.to.as_str())
            .subject(letter.subject)
            .message_id(format!("{id}@localhost"))
            .date(now.as_second())
            .body(text);
        // Mails contain tokens.
        let create = DirBuilder::new().recursive(true).mode(0o700).create(directory);
        create.map_err(|source| failed(directory, source))?;
        let (file, new) = (directory.join(format!("{id}.eml")), directory.join(format!("{id}.new")));
        let bytes = message.write_to_vec().map_err(|source| failed(&file, source))?;
        let write = || {
            let mut private = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            private.write_all(&bytes)?;
            std::fs::rename(&new, &file)
        };
        let written = match write() {
            // A process that just starts takes an unfinished file for that of a killed process, once, and deletes it.
            Err(error) if error.kind() == ErrorKind::NotFound => write(),
            done => done,
        };
        written.map_err(|source| failed(&file, source))
    }
}

/// The failure by the error code of SES, without its message, which contains addresses.
fn failure<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Error {
    match error {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown error").to_owned();
            by_code(code, service.err().message().unwrap_or_default(), service.raw().status().as_u16())
        }
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) if error.is_io() && !dynamo::was_not_sent(error) => unclear("the connection broke"),
            _ => Error::Ses("not reached".to_owned()),
        },
        SdkError::TimeoutError(_) => unclear("it is late"),
        SdkError::ResponseError(_) => unclear("it can't be read"),
        _ => Error::Ses("not reached".to_owned()),
    }
}

fn by_code(code: String, message: &str, status: u16) -> Error {
    let message = message.to_ascii_lowercase();
    let is_of_the_sender = OF_THE_SENDER.iter().any(|part| message.contains(part));
    match status {
        400 if REFUSALS.contains(&code.as_str()) && is_of_the_sender => {
            Error::Ses(format!("{code}, because of the sender"))
        }
        400 if REFUSALS.contains(&code.as_str()) => Error::Refused(code),
        // SES may have failed after it took the mail.
        500.. if !THROTTLING.contains(&code.as_str()) => Error::Unclear(code),
        _ => Error::Ses(code),
    }
}

fn unclear(cause: &str) -> Error {
    Error::Unclear(cause.to_owned())
}

fn content(letter: &Letter) -> Result<EmailContent, BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder().text(utf8(&letter.text)?).build();
    let message = Message::builder().subject(utf8(letter.subject)?).body(body).build();
    Ok(EmailContent::builder().simple(message).build())
}
