use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::exact::{is_digits, is_whole, units};
use crate::text::Invalid;

/// Defines a type for a decimal from 0 to `highest`, with `places` digits after the point. It is stored and compared in
/// whole units, such as hundredths, never in binary floating point. Clients may send text or a number, and get text.
///
/// `highest` has nines only, so that the pattern in the schema says the same as the rule.
#[macro_export]
macro_rules! decimal_type {
    (
        $(#[$doc:meta])* $name:ident,
        places = $places:literal, highest = $highest:literal, example = $example:literal $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            const FORM: $crate::DecimalForm = $crate::DecimalForm::new(
                $highest,
                $places,
                concat!("must be a decimal from 0 to ", $highest, " with at most ", $places, " places"),
            );

            /// Parses plain decimal notation: digits, optionally followed by a point and further digits. Nothing is
            /// rounded. Exponents, separators, white space and signs (except of a negative zero) are refused.
            ///
            /// # Errors
            /// When `text` has another form or is out of range.
            pub fn parse(text: &str) -> Result<Self, $crate::Invalid> {
                Self::FORM.parse(text).map(Self)
            }

            /// Parses a number from DynamoDB, which may use any notation. It may have been stored under older rules, so any
            /// decimal with these places that JavaScript keeps is read.
            #[allow(dead_code)]
            pub(crate) fn stored(digits: &str) -> Option<Self> {
                Self::FORM.stored(digits).map(Self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                Self::FORM.write(self.0, f)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::inline_schema!($name, |generator| Self::FORM.schema(generator, $example));
    };
}

/// What all values of a decimal type have in common.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct DecimalForm {
    highest: &'static str,
    /// How many digits a value may have before the point.
    digits: usize,
    places: usize,
    rule: Invalid,
}

impl DecimalForm {
    /// How many digits JavaScript keeps, and the largest number of units with as many.
    const MOST_DIGITS: usize = 15;
    const MOST: u64 = 999_999_999_999_999;

    /// Only called in constants, so a wrong form does not compile.
    pub const fn new(highest: &'static str, places: usize, rule: Invalid) -> Self {
        let (mut rest, mut nines, mut after_point) = (highest.as_bytes(), 0_usize, None);
        while let Some((first, others)) = rest.split_first() {
            match *first {
                b'9' => nines += 1,
                _ => {
                    assert!(*first == b'.' && after_point.is_none(), "the highest value must have nines and one point");
                    after_point = Some(nines);
                }
            }
            rest = others;
        }
        let digits = match after_point {
            Some(digits) => digits,
            None => nines,
        };
        assert!(places > 0, "a decimal without places is an integer_type");
        assert!(digits > 0 && nines == digits + places, "the highest value must have as many places as all values");
        assert!(nines <= Self::MOST_DIGITS, "JavaScript keeps no more than 15 digits");
        Self { highest, digits, places, rule }
    }

    /// The value of text in plain notation, in units.
    pub fn parse(&self, text: &str) -> Result<u64, Invalid> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(self.rule),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let fits = whole.len() <= self.digits && fraction.len() <= self.places;
        if !fits || !is_whole(whole) || !is_digits(fraction) {
            return Err(self.rule);
        }
        let units: u64 = format!("{whole}{fraction:0<places$}", places = self.places).parse().map_err(|_| self.rule)?;
        let negative = text.len() != digits.len();
        if negative && units != 0 { Err(self.rule) } else { Ok(units) }
    }

    /// The value of a number of DynamoDB, in units.
    pub fn stored(&self, digits: &str) -> Option<u64> {
        let units = units(digits, u32::try_from(self.places).ok()?)?;
        u64::try_from(units).ok().filter(|units| *units <= Self::MOST)
    }

    /// Writes a value with all its places.
    pub fn write(&self, units: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{units:0>width$}", width = self.places.saturating_add(1));
        let (whole, fraction) = text.split_at(text.len().saturating_sub(self.places));
        write!(f, "{whole}.{fraction}")
    }

    /// Clients may send text or a number. Responses have text.
    pub fn schema(&self, generator: &SchemaGenerator, example: &str) -> Schema {
        let (places, more) = (self.places, self.digits.saturating_sub(1));
        if generator.contract().is_serialize() {
            // Values that were stored under older rules may be higher.
            let more = Self::MOST_DIGITS.saturating_sub(places).saturating_sub(1);
            let pattern = format!(r"^(0|[1-9]\d{{0,{more}}})\.{}$", r"\d".repeat(places));
            return json_schema!({ "type": "string", "pattern": pattern, "examples": [example] });
        }
        let zeros = format!("0{}", "0?".repeat(places.saturating_sub(1)));
        let highest: f64 = self.highest.parse().unwrap_or(f64::MAX);
        json_schema!({
            "description": format!("Digits are taken as they are written: at most {places} places, no exponent."),
            "anyOf": [
                {
                    "type": "string",
                    "pattern": format!(r"^(-0(\.{zeros})?|(0|[1-9][0-9]{{0,{more}}})(\.[0-9]{{1,{places}}})?)$"),
                },
                { "type": "number", "minimum": 0, "maximum": highest },
            ],
            "examples": [example],
        })
    }
}

#[cfg(test)]
mod tests;
