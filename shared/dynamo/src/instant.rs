use jiff::Timestamp;

use crate::text::Invalid;

const RULE: Invalid = "must be a time as in 2026-11-25T09:30:00Z, with Z or an offset, and a year from 1000 to 8999";

/// The pattern of [`parse_instant`], for JSON schemas. It can't tell how many days a month has.
pub(crate) const INSTANT: &str = concat!(
    r"^[1-8][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
    r"(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
);

/// Parses an instant in the form of RFC 3339, without leap seconds. What is finer than a millisecond is dropped, so that
/// the instant is the same before and after it is stored.
///
/// # Errors
/// When `text` has another form, or there is no such day.
pub fn parse_instant(text: &str) -> Result<Timestamp, Invalid> {
    if !has_form(text) {
        return Err(RULE);
    }
    let exact: Timestamp = text.parse().map_err(|_| RULE)?;
    Timestamp::from_millisecond(exact.as_millisecond()).map_err(|_| RULE)
}

/// Whether text has the form of RFC 3339. The parser of the crate `jiff` also takes other forms.
fn has_form(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked("2026-11-25T09:30:00".len()) else { return false };
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("0", rest),
    };
    let offset = zone.strip_prefix(['+', '-']);
    matches(date_time, b"8999-19-39T29:59:59")
        && (1..=9).contains(&fraction.len())
        && (zone == "Z" || offset.is_some_and(|offset| matches(offset, b"29:59") && offset < "24"))
        && date_time >= "1000"
}

/// Whether each character is a digit up to that of `form`, or is that of `form`.
fn matches(text: &str, form: &[u8]) -> bool {
    let fits = |(c, form): (u8, &u8)| if form.is_ascii_digit() { c.is_ascii_digit() && c <= *form } else { c == *form };
    text.len() == form.len() && text.bytes().zip(form).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_instants_of_rfc_3339_are_read() {
        for (text, shown) in [
            ("2026-11-25T09:30:00Z", "2026-11-25T09:30:00.000Z"),
            ("2026-11-25T09:30:00.1Z", "2026-11-25T09:30:00.100Z"),
            ("2026-11-25T09:30:00.123999999Z", "2026-11-25T09:30:00.123Z"),
            ("2026-11-25T09:30:00+23:59", "2026-11-24T09:31:00.000Z"),
            ("2026-11-25T09:30:00-01:00", "2026-11-25T10:30:00.000Z"),
            ("2026-11-25T09:30:00-00:00", "2026-11-25T09:30:00.000Z"),
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59.000Z"),
            ("1000-01-01T00:00:00+23:59", "0999-12-31T00:01:00.000Z"),
            ("8999-12-31T23:59:59-23:59", "9000-01-01T23:58:59.000Z"),
        ] {
            assert_eq!(format!("{:.3}", parse_instant(text).unwrap()), shown, "{text}");
        }
        for bad in [
            "",
            "now",
            "0",
            "1764063000000",
            "2026-11-25",
            "2026-11-25T09:30Z",
            "2026-11-25T09:30:00",
            "20261125T093000Z",
            "2026-11-25 09:30:00Z",
            "2026-11-25t09:30:00z",
            "2026-11-25T09:30:00,5Z",
            "2026-11-25T09:30:00.Z",
            "2026-11-25T09:30:00.1234567890Z",
            "2026-11-25T09:30:00Z[UTC]",
            "2026-11-25T09:30:00+01:00[Europe/Berlin]",
            "2026-11-25T09:30:00+0100",
            "2026-11-25T09:30:00+01",
            "2026-11-25T09:30:00+24:00",
            "2026-11-25T09:30:00+01:60",
            "2026-11-25T09:30:60Z",
            "2026-11-25T24:00:00Z",
            "2026-11-31T09:30:00Z",
            "2025-02-29T09:30:00Z",
            "2026-00-25T09:30:00Z",
            "2026-13-25T09:30:00Z",
            "2026-11-00T09:30:00Z",
            "0999-11-25T09:30:00Z",
            "9000-11-25T09:30:00Z",
            "-002026-11-25T09:30:00Z",
            "+002026-11-25T09:30:00Z",
            " 2026-11-25T09:30:00Z",
            "2026-11-25T09:30:00Z ",
            "2026-11-25T09:30:0\u{661}Z",
            "2026-11-25T09:30:00\u{661}",
        ] {
            assert_eq!(parse_instant(bad), Err(RULE), "{bad}");
        }
    }

    #[test]
    fn instants_before_1970_are_the_same_before_and_after_they_are_stored() {
        let at = parse_instant("1969-12-31T23:59:59.9995Z").unwrap();
        assert_eq!(Timestamp::from_millisecond(at.as_millisecond()).unwrap(), at);
    }
}
