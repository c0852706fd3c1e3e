use jiff::SignedDuration;

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: &'static str,
    /// The body.
    pub text: String,
}

impl Letter {
    /// Asks the owner of a mailbox to confirm that it is theirs.
    ///
    /// Says nothing that whoever signed up could choose: the mailbox may be a stranger's.
    pub fn verify_email(to: &str, link_base: &str, token: &str, life: SignedDuration) -> Self {
        let link = link(link_base, "verify-email", token);
        let hours = life.as_hours();
        let text = format!(
            "Hello,\n\nplease confirm that this address is yours:\n\n{link}\n\n\
             The link works once, for {hours} hours. If you did not ask for it, ignore this mail.\n"
        );
        Self { to: to.to_owned(), subject: "Please confirm your email address", text }
    }

    /// Lets the owner of an account set a new password.
    pub fn reset_password(to: &str, username: &str, link_base: &str, token: &str, life: SignedDuration) -> Self {
        let link = link(link_base, "reset-password", token);
        let minutes = life.as_mins();
        let text = format!(
            "Hello {username},\n\nset a new password here:\n\n{link}\n\n\
             The link works once, for {minutes} minutes. If you did not ask for it, ignore this mail: your password \
             stays as it is.\n"
        );
        Self { to: to.to_owned(), subject: "Set a new password", text }
    }
}

/// The token stands in the fragment, which browsers send to nobody.
fn link(base: &str, page: &str, token: &str) -> String {
    format!("{base}/{page}#token={token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_start_with_the_base_and_end_with_the_token() {
        let life = SignedDuration::from_mins(30);
        let letter = Letter::reset_password("a@b", "ada", "https://app.example.com", "T.1", life);
        assert!(letter.text.contains("\nhttps://app.example.com/reset-password#token=T.1\n"), "{}", letter.text);
        assert!(letter.text.contains("for 30 minutes"), "{}", letter.text);
        let letter = Letter::verify_email("a@b", "https://x", "T", SignedDuration::from_hours(24));
        assert!(letter.text.contains("\nhttps://x/verify-email#token=T\n") && letter.text.contains("24 hours"));
    }
}
