use super::*;

#[test]
fn settings_that_browsers_accept_are_accepted() {
    for (rp_id, origin) in [
        ("example.org", "https://example.org"),
        ("example.org", "https://app.example.org"),
        ("example.org", "https://example.org:8443"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("localhost", "http://localhost:3000"),
        ("localhost", "https://localhost"),
    ] {
        assert!(RelyingParty::new(rp_id, origin).is_ok(), "{rp_id} {origin}");
    }
}

#[test]
fn settings_that_no_browser_accepts_are_refused() {
    for (rp_id, origin) in [
        ("", "https://example.org"),
        ("org", "https://example.org"),
        ("Example.org", "https://example.org"),
        ("example.org.", "https://example.org."),
        ("example..org", "https://example..org"),
        ("-example.org", "https://-example.org"),
        ("bücher.example", "https://bücher.example"),
        ("127.0.0.1", "https://127.0.0.1"),
        ("[::1]", "https://[::1]"),
        ("https://example.org", "https://example.org"),
        ("example.org:8443", "https://example.org:8443"),
        ("app.example.org", "https://example.org"),
        ("example.org", "https://badexample.org"),
        ("example.org", "https://example.org.evil.com"),
        ("example.org", "http://example.org"),
        ("example.org", "ftp://example.org"),
        ("example.org", "example.org"),
        ("example.org", "https://example.org/"),
        ("example.org", "https://example.org/path"),
        ("example.org", "https://EXAMPLE.org"),
        ("example.org", "https://user@example.org"),
        ("example.org", "https://.example.org"),
        ("example.org", "https://example.org:443"),
        ("example.org", "https://example.org:08443"),
        ("example.org", "https://example.org:+8443"),
        ("example.org", "https://example.org:"),
        ("example.org", "https://example.org:65536"),
        ("localhost", "http://localhost:80"),
    ] {
        assert!(matches!(RelyingParty::new(rp_id, origin), Err(Error::Settings(_))), "{rp_id} {origin}");
    }
}
