//! The root certificates that are built into the functions.

use jiff::{SignedDuration, Timestamp};
use tests::repository::read;
use x509_parser::pem::Pem;

/// The test fails this long before a certificate ends, in time to replace it.
const AHEAD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// The subject and the end of every certificate in the text.
fn ends(text: &str) -> Vec<(String, Timestamp)> {
    let end = |pem: Result<Pem, _>| {
        let pem = pem.unwrap();
        let certificate = pem.parse_x509().unwrap();
        let seconds = certificate.validity().not_after.timestamp();
        (certificate.subject().to_string(), Timestamp::from_second(seconds).unwrap())
    };
    Pem::iter_from_buffer(text.as_bytes()).map(end).collect()
}

#[test]
fn no_root_ends_within_a_year() {
    let roots = ends(&read("shared/dynamo/src/amazon-roots.pem"));
    assert_eq!(roots.len(), 5, "{roots:?}");
    for (name, end) in &roots {
        assert!(name.contains("Amazon") || name.contains("Starfield"), "{name}");
        let message = format!("{name} ends on {end}: see https://www.amazontrust.com/repository/ for its successor");
        assert!(*end > Timestamp::now() + AHEAD, "{message}");
    }
}
