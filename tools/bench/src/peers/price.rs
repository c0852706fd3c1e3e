//! Dollars per million calls, at the list prices of us-east-1 for arm64 (docs/costs.md).

/// Per million read units.
const READ: f64 = 0.125;
/// Per million write units.
const WRITE: f64 = 0.625;
/// Of API Gateway, per million requests.
const GATEWAY: f64 = 1.00;
/// Of Lambda, per million requests.
const REQUEST: f64 = 0.20;
/// Of Lambda, per million gigabyte-seconds.
const GIGABYTE_SECONDS: f64 = 13.33;

/// DynamoDB's charge for a million calls with as many units each.
pub fn dynamodb(reads: f64, writes: f64) -> f64 {
    reads * READ + writes * WRITE
}

/// The charge for a million requests, without their time.
pub fn requests() -> f64 {
    GATEWAY + REQUEST
}

/// The charge for the time of a million calls, with as many billed milliseconds and megabytes of memory each.
pub fn time(millis: f64, megabytes: u64) -> f64 {
    millis / 1000.0 * megabytes as f64 / 1024.0 * GIGABYTE_SECONDS
}

/// The time that Lambda bills for a call: whole milliseconds, rounded up.
pub fn billed(millis: f64) -> f64 {
    millis.ceil()
}

/// How many times as large the other number is. 1 if both are the same, even if both are 0.
pub fn times(other: f64, ours: f64) -> f64 {
    if other == ours { 1.0 } else { other / ours }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_has_the_price_of_its_units() {
        assert_eq!(dynamodb(3.0, 6.0), 4.125);
        assert!((dynamodb(1.0, 0.0) + requests() - 1.325).abs() < 1e-9);
    }

    #[test]
    fn time_is_billed_by_memory_in_whole_milliseconds() {
        // A million seconds with a gigabyte are a million gigabyte-seconds.
        assert!((time(1000.0, 1024) - 13.33).abs() < 1e-9);
        assert!((time(40.0, 1024) - 0.5332).abs() < 1e-9);
        assert!((time(40.0, 512) - 0.2666).abs() < 1e-9);
        assert_eq!([billed(0.2), billed(1.0), billed(1.01)], [1.0, 1.0, 2.0]);
    }

    #[test]
    fn equal_numbers_are_one_time_as_large() {
        assert_eq!([times(0.0, 0.0), times(3.0, 1.5), times(1.0, 2.0)], [1.0, 2.0, 0.5]);
        assert!(times(f64::NAN, 1.0).is_nan() && times(1.0, f64::NAN).is_nan());
        assert_eq!(times(1.0, 0.0), f64::INFINITY);
    }
}
