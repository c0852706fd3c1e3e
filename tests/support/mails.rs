//! The mails of an app, in its outbox.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::app::TestApp;
use crate::authenticator;
use crate::record;

/// The token in a mail's link.
fn token_in(mail: &str) -> Option<&str> {
    mail.split("#token=").nth(1)?.split_whitespace().next()
}

impl TestApp {
    /// Waits until held-back mails are due.
    pub fn wait_for_mails(&self) {
        self.clock.advance(SignedDuration::from_secs(10));
    }

    /// Waits for the jobs of mails, and handles them. Returns the mails in the outbox, the oldest first.
    pub async fn mails(&self) -> Vec<String> {
        self.wait_for_mails();
        self.handle_jobs().await;
        let outbox = self.settings.environment.optional("MAIL_OUTBOX").unwrap();
        let Ok(entries) = std::fs::read_dir(outbox) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mails: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        mails.iter().filter_map(|mail| token_in(mail)).for_each(record::secret);
        mails.iter().filter_map(|mail| authenticator::mailed_code(mail)).for_each(record::secret);
        mails
    }

    /// The token in the link of the last mail to `address`.
    pub async fn mailed_token(&self, address: &str) -> String {
        let mails = self.mails().await;
        let to = format!("To: <{address}>");
        let mail = mails.iter().rev().find(|mail| mail.contains(&to)).unwrap_or_else(|| panic!("{to}: {mails:?}"));
        token_in(mail).unwrap().to_owned()
    }

    /// The code in the last mail to `address` that has one.
    pub async fn mailed_code(&self, address: &str) -> String {
        let mails = self.mails().await;
        let to = format!("To: <{address}>");
        let mut to_address = mails.iter().rev().filter(|mail| mail.contains(&to));
        let code = to_address.find_map(|mail| authenticator::mailed_code(mail));
        code.unwrap_or_else(|| panic!("{to}: {mails:?}")).to_owned()
    }
}
