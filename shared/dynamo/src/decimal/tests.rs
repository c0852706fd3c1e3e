decimal_type!(
    /// A price.
    Price,
    places = 2,
    highest = "9999999.99",
    example = "19.90"
);

decimal_type!(
    /// A share.
    Share,
    places = 4,
    highest = "9.9999",
    example = "0.25"
);

#[test]
fn only_plain_decimals_are_read() {
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
        let rule = "must be a decimal from 0 to 9999999.99 with at most 2 places";
        assert_eq!(Price::parse(bad), Err(rule), "{bad:?}");
    }
}

#[test]
fn stored_numbers_are_read_in_every_notation() {
    for (stored, shown) in [("1E+2", "100.00"), ("0.1000", "0.10"), ("19.9", "19.90"), ("0", "0.00"), ("1E-2", "0.01")]
    {
        assert_eq!(Price::stored(stored).unwrap().to_string(), shown);
    }
    for bad in ["0.001", "-1", "1E+40", "x", "10000000000000", "0.01999999999999999999999999999999999999"] {
        assert!(Price::stored(bad).is_none(), "{bad}");
    }
}

#[test]
fn decimals_that_were_stored_under_older_rules_are_read() {
    for (stored, shown) in [("10000000", "10000000.00"), ("1E+12", "1000000000000.00")] {
        assert_eq!(Price::stored(stored).map(|price| price.to_string()).as_deref(), Some(shown));
    }
    assert_eq!(Price::stored("9999999999999.99").unwrap().to_string(), "9999999999999.99");
    assert!(Price::stored("10000000000000").is_none());
}

#[test]
fn places_are_those_of_the_type() {
    for (text, shown) in [("0.25", "0.2500"), ("9.9999", "9.9999"), ("-0.0000", "0.0000"), ("0.0001", "0.0001")] {
        assert_eq!(Share::parse(text).unwrap().to_string(), shown);
        assert_eq!(Share::stored(shown).unwrap().to_string(), shown);
    }
    for bad in ["10", "0.00001", "-0.00000", "10.0000"] {
        assert_eq!(Share::parse(bad), Err("must be a decimal from 0 to 9.9999 with at most 4 places"), "{bad}");
    }
    assert!(Share::stored("10").is_some() && Share::stored("1E-5").is_none());
}
