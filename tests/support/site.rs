//! The site to which the passkeys of tests belong.

/// The domain of the passkeys of every [`TestApp`].
pub const PASSKEY_DOMAIN: &str = "example.com";
/// The origin of the pages of every [`TestApp`].
pub const ORIGIN: &str = "https://app.example.com";
