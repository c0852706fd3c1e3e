use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyFailed, random};

/// The secret that an authenticator app shares with the server, for time-based one-time passwords (RFC 6238): HMAC with
/// SHA-1, six digits, steps of 30 seconds. All authenticator apps support these parameters.
pub struct TotpSecret(Zeroizing<[u8; 20]>);

impl TotpSecret {
    /// The length of a step, in seconds.
    pub const STEP: u64 = 30;
    /// The number of digits of a code.
    pub const DIGITS: u8 = 6;
    /// How many steps a clock may be ahead or behind.
    const SKEW: u16 = 1;

    /// A new secret.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyFailed> {
        Ok(Self(Zeroizing::new(random(entropy)?)))
    }

    /// The secret of these bytes. `None` unless there are 20.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// The secret of its base32 form, as an app takes it.
    pub fn from_base32(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        Self::from_bytes(&bytes)
    }

    /// The bytes, to seal them.
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The base32 form (RFC 4648, section 6), to type it into an app.
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// The address that authenticator apps read, as a link or as a QR code. The app shows both names.
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (issuer, account, secret) = (encoded(issuer), encoded(account), self.to_base32());
        let (digits, step) = (Self::DIGITS, Self::STEP);
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={digits}&period={step}",
            *secret
        ))
    }

    /// The step that a code belongs to, if the code is right now, or one step ago or ahead. A step must be accepted once
    /// only, so the caller must keep the step.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.totp().check(code, u64::try_from(now.as_second()).ok()?)
    }

    /// The code of a step.
    pub fn code_at(&self, step: u64) -> String {
        self.totp().generate(step.saturating_mul(Self::STEP)).to_string()
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_digits(Self::DIGITS)
            .with_skew(Self::SKEW)
            .with_step_duration(Self::STEP)
            .with_secret(Secret::new_stack(*self.0))
            .build_noncompliant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(second).unwrap() / TotpSecret::STEP;
            assert_eq!(secret().code_at(step), code);
            assert_eq!(secret().step_of(code, at(second)), Some(step), "{second}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_before_and_after() {
        let code = secret().code_at(100);
        for (second, step) in [(2969, None), (2970, Some(100)), (3000, Some(100)), (3059, Some(100)), (3060, None)] {
            assert_eq!(secret().step_of(&code, at(second)), step, "{second}");
        }
        assert_eq!(secret().step_of(&code, at(-1)), None);
    }

    #[test]
    fn only_six_digits_are_a_code() {
        for bad in ["", "28708", "2870820", "+87082", " 87082", "28708a", "\u{ff12}87082"] {
            assert_eq!(secret().step_of(bad, at(59)), None, "{bad:?}");
        }
    }

    #[test]
    fn apps_read_the_secret_from_text_and_from_an_address() {
        let (text, uri) = (secret().to_base32(), secret().otpauth_uri("app.example.com", "a:d&a?@example.com"));
        assert_eq!(*text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(TotpSecret::from_base32(&text).unwrap().as_bytes(), secret().as_bytes());
        assert!(TotpSecret::from_base32("GEZDGNBV").is_none() && TotpSecret::from_base32("1").is_none());
        assert_eq!(
            *uri,
            "otpauth://totp/app%2Eexample%2Ecom:a%3Ad%26a%3F%40example%2Ecom?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=app%2Eexample%2Ecom&algorithm=SHA1&digits=6&period=30"
        );
    }
}
