/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The SHA-256 digest of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    let computed = ring::digest::digest(&ring::digest::SHA256, bytes);
    for (to, from) in digest.iter_mut().zip(computed.as_ref()) {
        *to = *from;
    }
    digest
}

/// The HMAC with SHA-256 (RFC 2104) of `bytes` under a key.
pub fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    let computed = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), bytes);
    for (to, from) in digest.iter_mut().zip(computed.as_ref()) {
        *to = *from;
    }
    digest
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
