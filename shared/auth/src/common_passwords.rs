//! Passwords that leaked, and that the estimate rates as strong.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::digest::sha256;

/// [`common_passwords.md`](../assets/common_passwords.md) says where the passwords come from, and how to make the file.
static LISTED: &[u8; CommonPasswords::BYTES] = include_bytes!("../assets/common_passwords.bloom");

/// A Bloom filter of passwords that are refused in any case of their letters. It has every listed password, and takes one
/// in about 200,000 others for listed.
pub struct CommonPasswords(Cow<'static, [u8]>);

impl CommonPasswords {
    /// The size of a filter.
    const BYTES: usize = 1 << 17;
    /// What is wrong with a listed password.
    pub const REFUSED: &str = "is in a list of leaked passwords";

    /// The passwords that this crate lists.
    pub fn listed() -> Self {
        Self(Cow::Borrowed(LISTED))
    }

    /// A filter of `passwords`, for the tool that makes the file.
    pub fn of<'a>(passwords: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bits = vec![0_u8; Self::BYTES];
        for (byte, bit) in passwords.into_iter().flat_map(places) {
            bits.get_mut(byte).into_iter().for_each(|bits| *bits |= bit);
        }
        Self(Cow::Owned(bits))
    }

    /// Whether a password is listed, in any case of its letters.
    pub fn contains(&self, password: &str) -> bool {
        places(password).into_iter().all(|(byte, bit)| self.0.get(byte).is_some_and(|bits| bits & bit != 0))
    }

    /// The content of the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The ten bits of a password, each as its byte and the bit in it: 20 of 24 bits of a digest that is the same on every
/// platform, and stays the same.
fn places(password: &str) -> Vec<(usize, u8)> {
    let folded = Zeroizing::new(password.nfc().collect::<String>().to_lowercase());
    let digest = sha256(folded.as_bytes());
    let (chunks, _) = digest.as_chunks::<3>();
    let numbers = chunks.iter().map(|&[a, b, c]| u32::from_be_bytes([0, a & 0x0f, b, c]));
    numbers.map(|number| ((number >> 3) as usize, 1 << (number & 7))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{OsEntropy, random};
    use crate::{Error, NewPassword, hex};

    fn checked(text: &str) -> Option<&'static str> {
        match NewPassword::parse(text).unwrap().check(&[]) {
            Ok(()) => None,
            Err(Error::Password(message)) => Some(message),
            Err(error) => panic!("{error}"),
        }
    }

    /// Each is hard to guess for the estimate. The first of them is the hundredth of the passwords that leak most often.
    #[test]
    fn a_leaked_password_is_refused_in_any_case_of_its_letters() {
        for listed in ["fqrg7cs493", "cjmasterinf", "diosesfiel", "megaparol12345", "99redballoons", "85thsanpedro"] {
            let mut letters = listed.chars();
            let first = letters.next().unwrap().to_uppercase().chain(letters).collect::<String>();
            for text in [listed.to_owned(), listed.to_uppercase(), first] {
                assert_eq!(checked(&text), Some(CommonPasswords::REFUSED), "{text}");
            }
        }
    }

    #[test]
    fn other_passwords_are_not_taken_for_leaked_ones() {
        for good in ["eleven-purple-lanterns", "correct-horse-battery-staple", "Lanternes \u{e9}teintes 9"] {
            assert_eq!(checked(good), None, "{good}");
        }
        let seed = random::<16>(&OsEntropy).unwrap();
        let wrong = (0..100_000_u32).filter(|n| {
            let text = hex(&sha256(&[&seed[..], &n.to_be_bytes()].concat())[..8]);
            CommonPasswords::listed().contains(&text)
        });
        // Half a one is expected, and ten are never seen.
        assert!(wrong.count() < 10);
    }

    /// A password that is not listed has ten bits that are set as often as any.
    #[test]
    fn few_other_passwords_are_refused() {
        let set: u32 = LISTED.iter().map(|byte| byte.count_ones()).sum();
        let share = f64::from(set) / (8.0 * CommonPasswords::BYTES as f64);
        assert!(share > 0.2 && share.powi(10) < 1.0 / 150_000.0, "{share}");
    }

    #[test]
    fn a_filter_has_what_it_was_made_of() {
        let made = CommonPasswords::of(["Cafe\u{301} Lanterns", "seven otters"]);
        assert!(made.contains("caf\u{e9} lanterns") && made.contains("SEVEN OTTERS") && !made.contains("six otters"));
        // The file was made with these places: the digest of "password" starts with 5e8848 98da28.
        assert_eq!(places("Password")[..2], [(0xe8848 / 8, 1), (0x8da28 / 8, 1)]);
    }

    #[test]
    fn a_look_takes_no_time() {
        let start = std::time::Instant::now();
        let found = (0..1000).filter(|n| CommonPasswords::listed().contains(&format!("lanterns {n}"))).count();
        assert!(found < 5 && start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
    }
}
