use super::authenticator::{Answer, Key, PRESENT, VERIFIED};
use super::*;

/// A passkey whose counter is 7.
struct Passkey {
    key: Key,
    stored: StoredCredential,
}

impl Passkey {
    fn new(key: Key) -> Self {
        let response = Registration::parse(&Answer::registration().register(&key)).unwrap();
        let new = site().verify_registration(&response, &Challenge::of(b"the challenge")).unwrap();
        let stored = StoredCredential { id: new.id, user: USER, public_key: new.public_key, counter: 7 };
        Self { key, stored }
    }

    fn verify(&self, answer: &Answer) -> Result<Asserted> {
        self.verify_json(&answer.sign(&self.key))
    }

    fn verify_json(&self, json: &[u8]) -> Result<Asserted> {
        site().verify_authentication(&Assertion::parse(json)?, &self.stored, &Challenge::of(b"the challenge"))
    }
}

#[test]
fn an_assertion_gives_the_user_and_the_counter() {
    for key in [Key::es256(), Key::ed25519()] {
        let passkey = Passkey::new(key);
        assert_eq!(passkey.verify(&Answer::assertion()), Ok(Asserted { user: USER, counter: 8 }));
    }
}

#[test]
fn an_assertion_tells_what_to_look_up_before_it_is_verified() {
    let assertion = Assertion::parse(&Answer::assertion().sign(&Key::es256())).unwrap();
    assert_eq!((assertion.credential_id(), assertion.user()), (b"the credential's id".as_slice(), USER));
    assert_eq!(*assertion.challenge(), ClaimedChallenge(b"the challenge".to_vec()));
}

#[test]
fn every_wrong_part_of_an_assertion_is_refused() {
    let (passkey, right) = (Passkey::new(Key::es256()), Answer::assertion());
    for (wrong, error) in [
        (Answer { ceremony: "webauthn.create", ..right.clone() }, Error::Ceremony),
        (Answer { ceremony: "payment.get", ..right.clone() }, Error::Ceremony),
        (Answer { challenge: b"another challenge".to_vec(), ..right.clone() }, Error::Challenge),
        (Answer { challenge: Vec::new(), ..right.clone() }, Error::Challenge),
        (Answer { origin: "https://app.example.org", ..right.clone() }, Error::Origin),
        (Answer { origin: "http://example.org", ..right.clone() }, Error::Origin),
        (Answer { frame: r#","crossOrigin":true"#, ..right.clone() }, Error::CrossOrigin),
        (Answer { frame: r#","crossOrigin":1"#, ..right.clone() }, Error::CrossOrigin),
        (Answer { frame: r#","topOrigin":"https://example.org""#, ..right.clone() }, Error::CrossOrigin),
        (Answer { rp_id: "app.example.org", ..right.clone() }, Error::RpId),
        (Answer { flags: VERIFIED, ..right.clone() }, Error::NotPresent),
        (Answer { flags: PRESENT, ..right.clone() }, Error::NotVerified),
        (Answer { id: b"another id".to_vec(), ..right.clone() }, Error::Credential),
        (Answer { user: b"another's 16 byt".to_vec(), ..right.clone() }, Error::User),
    ] {
        assert_eq!(passkey.verify(&wrong).err(), Some(error), "{}", wrong.client_data());
    }
}

#[test]
fn a_user_handle_of_another_length_is_refused() {
    let passkey = Passkey::new(Key::es256());
    for user in [&[][..], &USER[..15], b"17 bytes of a user"] {
        let answer = Answer { user: user.to_vec(), ..Answer::assertion() };
        assert!(matches!(passkey.verify(&answer), Err(Error::Malformed(_))));
    }
    let json = String::from_utf8(Answer::assertion().sign(&passkey.key)).unwrap();
    let without = json.replace(r#""userHandle":"#, r#""other":"#);
    assert!(matches!(passkey.verify_json(without.as_bytes()), Err(Error::Malformed(_))));
}

#[test]
fn the_signature_of_another_key_is_refused() {
    let (passkey, other) = (Passkey::new(Key::es256()), Key::es256());
    assert_eq!(passkey.verify_json(&Answer::assertion().sign(&other)), Err(Error::Signature));
    assert_eq!(passkey.verify_json(&Answer::assertion().sign(&Key::ed25519())), Err(Error::Signature));
}

#[test]
fn every_changed_bit_of_what_is_signed_is_refused() {
    for passkey in [Passkey::new(Key::es256()), Passkey::new(Key::ed25519())] {
        let json: serde_json::Value = serde_json::from_slice(&Answer::assertion().sign(&passkey.key)).unwrap();
        for member in ["authenticatorData", "signature", "clientDataJSON"] {
            let whole = passki::Passki::base64_decode(json["response"][member].as_str().unwrap()).unwrap();
            for bit in 0..whole.len() * 8 {
                let (mut bytes, mut changed) = (whole.clone(), json.clone());
                bytes[bit / 8] ^= 1 << (bit % 8);
                changed["response"][member] = passki::Passki::base64_encode(&bytes).into();
                assert!(passkey.verify_json(&serde_json::to_vec(&changed).unwrap()).is_err(), "{member} {bit}");
            }
        }
    }
}

#[test]
fn counters_are_both_0_or_rise() {
    let mut passkey = Passkey::new(Key::es256());
    for (stored, sent, accepted) in [
        (0, 0, true),
        (0, 1, true),
        (7, 8, true),
        (7, 7, false),
        (7, 6, false),
        (7, 0, false),
        (u32::MAX, u32::MAX, false),
        (u32::MAX, 0, false),
        (u32::MAX - 1, u32::MAX, true),
    ] {
        passkey.stored.counter = stored;
        let expected =
            if accepted { Ok(Asserted { user: USER, counter: sent }) } else { Err(Error::Cloned { stored, sent }) };
        assert_eq!(passkey.verify(&Answer { counter: sent, ..Answer::assertion() }), expected);
    }
}

/// Otherwise anybody could report a clone.
#[test]
fn only_the_right_key_can_report_a_clone() {
    let passkey = Passkey::new(Key::es256());
    let low = Answer { counter: 1, ..Answer::assertion() };
    assert_eq!(passkey.verify(&low), Err(Error::Cloned { stored: 7, sent: 1 }));
    assert_eq!(passkey.verify_json(&low.sign(&Key::es256())), Err(Error::Signature));
}

#[test]
fn garbage_is_refused() {
    let passkey = Passkey::new(Key::es256());
    let right = Answer::assertion().sign(&passkey.key);
    let right = std::str::from_utf8(&right).unwrap();
    for text in ["", "null", "{}", "[]", &right[1..], &right[..right.len() - 1]] {
        assert!(matches!(passkey.verify_json(text.as_bytes()), Err(Error::Malformed(_))), "{text}");
    }
    let long = [right.as_bytes(), &vec![b' '; MOST_BYTES]].concat();
    assert_eq!(passkey.verify_json(&long), Err(Error::TooLong));
}

#[test]
fn a_stored_key_is_read_only_in_the_form_in_which_it_was_written() {
    for bytes in [&[][..], &[0, 0, 1], &[0, 0, 0, 7, 0xa0], &[0xff, 0xff, 0xff, 0xdd, 0xa0]] {
        assert!(PublicKey::from_bytes(bytes).is_err(), "{bytes:?}");
    }
    let mut passkey = Passkey::new(Key::es256());
    passkey.stored.public_key = PublicKey::from_bytes(&[0xff, 0xff, 0xff, 0xf9, 0xa0]).unwrap();
    assert!(matches!(passkey.verify(&Answer::assertion()), Err(Error::Malformed(_))));
}

/// A client chooses its key freely.
#[test]
fn a_strange_key_verifies_nothing_and_panics_nowhere() {
    let mut passkey = Passkey::new(Key::es256());
    let right = passkey.stored.public_key.cose.clone();
    let rsa = |n: &[u8], e: &[u8]| {
        let length = u16::try_from(n.len()).unwrap().to_be_bytes();
        let exponent = [0x21, 0x40 | u8::try_from(e.len()).unwrap()];
        [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20, 0x59], length.as_slice(), n, &exponent, e].concat()
    };
    let numbers = [vec![], vec![0; 256], vec![0xff; 256], vec![0xfe; 256], vec![0xff; 1024], vec![1], vec![0xff; 257]];
    let exponents = [&[][..], &[0], &[1], &[2], &[3], &[1, 0, 1], &[0xff; 9]];
    let keys = numbers.iter().flat_map(|n| exponents.iter().map(|e| (-257, rsa(n, e))));
    // The algorithm is taken from beside the key, so its bytes 3 and 4 are not read.
    let flipped = (0..right.len()).filter(|at| ![3, 4].contains(at)).map(|at| {
        let mut key = right.clone();
        key[at] ^= 1;
        (-7, key)
    });
    let ed25519 = [0, 1, 0xff]
        .map(|byte| (-8, [[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32].as_slice(), &[byte; 32]].concat()));
    for (algorithm, cose) in keys.chain(flipped).chain(ed25519) {
        passkey.stored.public_key = PublicKey::new(algorithm, cose.clone()).unwrap();
        assert!(passkey.verify(&Answer::assertion()).is_err(), "{algorithm} {cose:x?}");
    }
}
