/// The value of a number, in units of `10^-places`. `None` if it is no whole number of units, is too large for an `i64`, or
/// is not in the notation of JSON. DynamoDB's notations are among those of JSON. Nothing is rounded.
pub(crate) fn units(text: &str, places: u32) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (base, exponent) = match digits.split_once(['e', 'E']) {
        Some((base, exponent)) => (base, exponent.parse().ok()?),
        None => (digits, 0_i64),
    };
    let (whole, fraction) = match base.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (base, ""),
    };
    if !is_whole(whole) || !is_digits(fraction) {
        return None;
    }
    let all = [whole, fraction].concat();
    let significant = all.trim_end_matches('0');
    let count = |text: &str| i64::try_from(text.len()).ok();
    let power = exponent.checked_add(count(&all)? - count(significant)? - count(fraction)?)?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let power = u32::try_from(power.checked_add(i64::from(places))?).ok()?;
    let value = significant.parse::<i64>().ok()?.checked_mul(10_i64.checked_pow(power)?)?;
    Some(if digits.len() == text.len() { value } else { -value })
}

/// Digits without a needless zero in front.
pub(crate) fn is_whole(text: &str) -> bool {
    is_digits(text) && !text.is_empty() && (text.len() == 1 || !text.starts_with('0'))
}

pub(crate) fn is_digits(text: &str) -> bool {
    text.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, places, value) in [
            ("0", 0, 0),
            ("-0", 0, 0),
            ("-0.00", 0, 0),
            ("0e400", 0, 0),
            ("1.0", 0, 1),
            ("1E+2", 0, 100),
            ("100e-2", 0, 1),
            ("1000000000000000000000000000000e-30", 0, 1),
            ("-12.50", 1, -125),
            ("19.9", 2, 1990),
            ("0.1000", 2, 10),
            ("1E-2", 2, 1),
            ("9007199254740993", 0, 9_007_199_254_740_993),
        ] {
            assert_eq!(units(text, places), Some(value), "{text}");
        }
        let long = "1".repeat(60_000);
        for bad in [
            "",
            "-",
            "--1",
            "+1",
            "01",
            ".5",
            "5.",
            "1.2.3",
            "1e",
            "e1",
            "1e1.5",
            "1e400",
            "1e99999999999999999999",
            "1e-400",
            "0.1",
            "1.0000000000000000000000000000000000001",
            "1_000",
            " 1",
            "1 ",
            "NaN",
            "Infinity",
            "0x10",
            "\u{ff11}",
            "9223372036854775808",
            &long,
        ] {
            assert_eq!(units(bad, 0), None, "{bad:.40}");
        }
    }
}
