use schemars::{Schema, SchemaGenerator, json_schema};

use crate::exact::units;
use crate::text::Invalid;

/// Defines a type for a whole number within a range, at most ±(2^53 - 1), because JavaScript keeps no larger numbers.
/// Clients send and get a number.
///
/// `parse` takes the text of a JSON number. As in JSON schemas, `1.0` and `1e0` are the number 1.
#[macro_export]
macro_rules! integer_type {
    ($(#[$doc:meta])* $name:ident, $lowest:literal..=$highest:literal, example = $example:literal $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(i64);

        impl $name {
            const FORM: $crate::IntegerForm = $crate::IntegerForm::new(
                $lowest,
                $highest,
                concat!("must be a whole number from ", $lowest, " to ", $highest),
            );

            /// Parses the text of a number.
            ///
            /// # Errors
            /// When `text` is no whole number or out of range.
            pub fn parse(text: &str) -> Result<Self, $crate::Invalid> {
                Self::FORM.parse(text).map(Self)
            }

            /// Parses a number from DynamoDB, which may use any notation. It may have been stored under older rules, so any
            /// whole number that JavaScript keeps is read.
            #[allow(dead_code)]
            pub(crate) fn stored(digits: &str) -> Option<Self> {
                $crate::IntegerForm::stored(digits).map(Self)
            }

            /// The number.
            #[allow(dead_code)]
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.0)
            }
        }

        $crate::inline_schema!($name, |generator| Self::FORM.schema(generator, $example));
    };
}

/// What all values of an integer type have in common.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct IntegerForm {
    lowest: i64,
    highest: i64,
    rule: Invalid,
}

impl IntegerForm {
    /// The largest number that JavaScript keeps exactly.
    const MOST: i64 = (1 << 53) - 1;

    /// Only called in constants, so a wrong form does not compile.
    pub const fn new(lowest: i64, highest: i64, rule: Invalid) -> Self {
        assert!(lowest <= highest, "the range is empty");
        assert!(-Self::MOST <= lowest && highest <= Self::MOST, "JavaScript keeps whole numbers up to 2^53 - 1");
        Self { lowest, highest, rule }
    }

    /// The number of a text.
    pub fn parse(&self, text: &str) -> Result<i64, Invalid> {
        let number = units(text, 0).filter(|number| (self.lowest..=self.highest).contains(number));
        number.ok_or(self.rule)
    }

    /// A number that was stored, possibly under older rules.
    pub fn stored(digits: &str) -> Option<i64> {
        units(digits, 0).filter(|number| (-Self::MOST..=Self::MOST).contains(number))
    }

    /// The range, and a number of the range. Responses may have numbers that were stored under older rules.
    pub fn schema(&self, generator: &SchemaGenerator, example: i64) -> Schema {
        let of_responses = generator.contract().is_serialize();
        let (lowest, highest) = if of_responses { (-Self::MOST, Self::MOST) } else { (self.lowest, self.highest) };
        json_schema!({ "type": "integer", "minimum": lowest, "maximum": highest, "examples": [example] })
    }
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;
    use serde_json::json;

    integer_type!(
        /// A count.
        Count,
        0..=1000,
        example = 3
    );

    integer_type!(
        /// Any number that JavaScript keeps.
        Widest,
        -9007199254740991..=9007199254740991,
        example = -1
    );

    #[test]
    fn only_whole_numbers_of_the_range_are_read() {
        for (text, value) in [("0", 0), ("-0", 0), ("1000", 1000), ("1.0", 1), ("1e3", 1000), ("1E+2", 100)] {
            let count = Count::parse(text).unwrap();
            assert_eq!((count.get(), count.to_string()), (value, value.to_string()), "{text}");
            assert_eq!(Count::stored(text), Some(count));
        }
        for bad in
            ["", "x", "-1", "1001", "0.5", "1e4", "1e400", "01", "+1", "1_0", "9007199254740993", "null", "\"1\""]
        {
            assert_eq!(Count::parse(bad), Err("must be a whole number from 0 to 1000"), "{bad}");
        }
    }

    #[test]
    fn numbers_that_were_stored_under_older_rules_are_read() {
        for (text, value) in [("-1", -1), ("1001", 1001), ("1E+4", 10_000), ("9007199254740991", (1 << 53) - 1)] {
            assert_eq!(Count::stored(text).map(Count::get), Some(value), "{text}");
        }
        for bad in ["", "x", "0.5", "1e400", "9007199254740992", "-9007199254740992", "null"] {
            assert_eq!(Count::stored(bad), None, "{bad}");
        }
    }

    #[test]
    fn schemas_have_the_range_of_bodies_and_the_widest_of_responses() {
        let settings = SchemaSettings::draft2020_12();
        let body = settings.clone().for_deserialize().into_generator().into_root_schema_for::<Count>();
        assert_eq!((&body.as_value()["minimum"], &body.as_value()["maximum"]), (&json!(0), &json!(1000)));
        let response = settings.for_serialize().into_generator().into_root_schema_for::<Count>();
        let range = (&response.as_value()["minimum"], &response.as_value()["maximum"]);
        assert_eq!(range, (&json!(-((1_i64 << 53) - 1)), &json!((1_i64 << 53) - 1)));
    }

    #[test]
    fn the_widest_range_ends_where_javascript_rounds() {
        for text in ["9007199254740991", "-9007199254740991"] {
            assert_eq!(Widest::parse(text).unwrap().to_string(), text);
        }
        for bad in ["9007199254740992", "9007199254740993", "-9007199254740992", "9007199254740991.4"] {
            let rule = "must be a whole number from -9007199254740991 to 9007199254740991";
            assert_eq!(Widest::parse(bad), Err(rule), "{bad}");
        }
    }
}
