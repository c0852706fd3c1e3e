dynamo::decimal_type!(
    /// A price: a non-negative decimal with two places, at most 9,999,999.99. Stored in hundredths, never in binary
    /// floating point.
    Price,
    places = 2,
    highest = "9999999.99",
    example = "19.90"
);
