use auth::UserId;
use dynamo::{Invalid, PRINTABLE, PRINTABLE_OR_EMPTY, check_printable, text_type};

text_type!(
    /// A username: 1 to 150 ASCII letters, digits and `.+-_`. Without `@`, so that a username can't be mistaken for an
    /// email. No id of a user, so that it can't be mistaken for another account.
    Username,
    check_username,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": 150,
        "pattern": "^[A-Za-z0-9.+_-]+$",
        "not": { "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" },
        "examples": ["ada"]
    }
);
text_type!(
    /// An email address: ASCII, at most 254 characters, `local@domain`. Without `=?`, which begins an encoded word: some
    /// mail servers decode it, and then see another address.
    Email,
    check_email,
    {
        "type": "string",
        "maxLength": 254,
        "pattern": EMAIL,
        // A separate rule, because some regular expression engines have no look-ahead.
        "allOf": [{ "pattern": r"^[^@]{1,64}@" }],
        "not": { "pattern": r"=\?" },
        "examples": ["ada@example.com"]
    }
);
text_type!(
    /// A person's first or last name: 0 to 150 characters, all printable, and not only blanks.
    PersonName,
    check_person_name,
    {
        "type": "string",
        "maxLength": 150,
        "pattern": PRINTABLE_OR_EMPTY,
        "examples": ["Ada"]
    }
);

text_type!(
    /// The name of a passkey, by which its owner tells it from others: 1 to 50 characters, all printable, and not only blanks.
    PasskeyName,
    check_passkey_name,
    {
        "type": "string",
        "minLength": 1,
        "maxLength": 50,
        "pattern": PRINTABLE,
        "examples": ["Laptop"]
    }
);

/// The pattern of [`check_email`], without its lengths.
const EMAIL: &str = concat!(
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@",
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
);
/// The empty name.
impl Default for PersonName {
    fn default() -> Self {
        Self(String::new())
    }
}

fn check_username(text: &str) -> Result<(), Invalid> {
    if !(1..=150).contains(&text.len()) {
        return Err("must have 1 to 150 characters");
    }
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b".+-_".contains(&c);
    if UserId::parse(text).is_some() {
        return Err("must not be a UUID");
    }
    text.bytes().all(allowed).then_some(()).ok_or("may only have ASCII letters, digits and . + - _")
}

fn check_email(text: &str) -> Result<(), Invalid> {
    if text.len() > 254 {
        return Err("must have at most 254 characters");
    }
    let good = text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    good.then_some(()).ok_or("must be an ASCII email address")
}

/// RFC 5321's dot-string. Quoted local parts and encoded words are not accepted.
fn is_local_part(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
    text.len() <= 64
        && !text.contains("=?")
        && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

fn is_domain(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(is_label)
}

fn check_person_name(text: &str) -> Result<(), Invalid> {
    check_printable(text, 0, 150, "must have at most 150 characters, all printable, and not only blanks")
}

fn check_passkey_name(text: &str) -> Result<(), Invalid> {
    check_printable(text, 1, 50, "must have 1 to 50 characters, all printable, and not only blanks")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_ascii_and_no_email_can_be_one() {
        for good in ["a", "A.b+c-d_9", &"x".repeat(150)] {
            assert!(Username::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a@b",
            "a b",
            "é",
            "\u{212a}",
            "a\0",
            "01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10",
            "01976B2C-8D3E-1A41-9C5F-2E8B7D6A4F10",
            &"x".repeat(151),
            &"x".repeat(2049),
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn emails_are_ascii_addresses() {
        for good in ["a@b", "Alice@Example.COM", "o'neil+tag@mail.example.org"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "=?utf-8?q?a?=@b",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@-b",
            "a@b..c",
            ".a@b",
            "a@\u{212a}.com",
            "a\u{e9}@b",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse(&format!("a@{}.com", "b.".repeat(124))).is_err());
    }
}
