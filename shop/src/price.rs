use std::fmt;

use api::{Invalid, inline_schema};
use rust_decimal::Decimal;
use schemars::json_schema;
use serde::{Serialize, Serializer};

/// A price: a non-negative decimal with two places, at most 9,999,999.99. Stored in hundredths, never in binary
/// floating point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(u64);

const HIGHEST: u64 = 999_999_999;
const RULE: Invalid = "must be a decimal from 0 to 9999999.99 with at most 2 places";

impl Price {
    /// Parses plain decimal notation: digits, optionally followed by a point and one or two digits. Nothing is rounded.
    /// Exponents, separators, white space and signs (except of a negative zero) are refused.
    ///
    /// # Errors
    /// When `text` has another form or is out of range.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(RULE),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let is_plain = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty()
            || whole.len() > 7
            || leading_zero
            || fraction.len() > 2
            || !is_plain(whole)
            || !is_plain(fraction)
        {
            return Err(RULE);
        }
        let hundredths: u64 = format!("{whole}{fraction:0<2}").parse().map_err(|_| RULE)?;
        let negative = text.len() != digits.len();
        if negative && hundredths != 0 { Err(RULE) } else { Ok(Self(hundredths)) }
    }

    /// Parses a number from DynamoDB, which may use any notation.
    pub(crate) fn stored(digits: &str) -> Option<Self> {
        let decimal = Decimal::from_str_exact(digits).or_else(|_| Decimal::from_scientific(digits)).ok()?;
        let hundredths = decimal.checked_mul(Decimal::ONE_HUNDRED)?;
        let whole = hundredths.is_integer().then_some(hundredths)?;
        let hundredths = u64::try_from(whole).ok()?;
        (hundredths <= HIGHEST).then_some(Self(hundredths))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

// Clients may send text or a number. Responses have text.
inline_schema!(Price, |generator| {
    if generator.contract().is_serialize() {
        return json_schema!({ "type": "string", "pattern": r"^(0|[1-9]\d{0,6})\.\d\d$", "examples": ["19.90"] });
    }
    json_schema!({
        "description": "Digits are taken as they are written: at most 2 places, no exponent.",
        "anyOf": [
            { "type": "string", "pattern": r"^(-0(\.00?)?|(0|[1-9][0-9]{0,6})(\.[0-9]{1,2})?)$" },
            { "type": "number", "minimum": 0, "maximum": 9_999_999.99 },
        ],
        "examples": ["19.90"],
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_decimals_are_prices() {
        for (text, shown) in [
            ("0", "0.00"),
            ("-0", "0.00"),
            ("-0.00", "0.00"),
            ("19.90", "19.90"),
            ("0.10", "0.10"),
            ("0.1", "0.10"),
            ("100", "100.00"),
            ("9999999.99", "9999999.99"),
        ] {
            assert_eq!(Price::parse(text).unwrap().to_string(), shown);
        }
        let digits39 = "1".repeat(39);
        for bad in [
            "",
            "-",
            ".",
            "1e400",
            "-1",
            "-0.01",
            "9.999",
            "1E2",
            "1e2",
            "1_000",
            ".5",
            "5.",
            "+5",
            " 5",
            "5 ",
            "1,000.00",
            "NaN",
            "inf",
            "\u{ff11}\u{ff12}",
            "123456789012345678901234567890abc",
            "79228162514264337593543950336",
            "10000000",
            "9999999.999",
            "00",
            "01.5",
            "1.2.3",
            "0x10",
            "--0",
            digits39.as_str(),
        ] {
            assert!(Price::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn stored_numbers_are_read_in_every_notation() {
        for (stored, shown) in
            [("1E+2", "100.00"), ("0.1000", "0.10"), ("19.9", "19.90"), ("0", "0.00"), ("1E-2", "0.01")]
        {
            assert_eq!(Price::stored(stored).unwrap().to_string(), shown);
        }
        for bad in ["0.001", "-1", "1E+40", "x", "10000000"] {
            assert!(Price::stored(bad).is_none(), "{bad}");
        }
    }
}
