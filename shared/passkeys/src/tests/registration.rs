use super::authenticator::{Answer, Key, PRESENT, VERIFIED};
use super::*;

fn verify(answer: &Answer) -> Result<NewCredential> {
    verify_json(&answer.register(&Key::es256()))
}

fn verify_json(json: &[u8]) -> Result<NewCredential> {
    site().verify_registration(&Registration::parse(json)?, &Challenge::of(b"the challenge"))
}

#[test]
fn a_registration_gives_what_is_to_be_stored() {
    for key in [Key::es256(), Key::ed25519()] {
        let new = verify_json(&Answer { counter: 3, ..Answer::registration() }.register(&key)).unwrap();
        assert_eq!((new.id.as_slice(), new.counter, new.backed_up), (b"the credential's id".as_slice(), 3, true));
        assert_eq!(PublicKey::from_bytes(&new.public_key.to_bytes()), Ok(new.public_key));
    }
}

#[test]
fn every_wrong_part_of_a_registration_is_refused() {
    let right = Answer::registration();
    for (wrong, error) in [
        (Answer { ceremony: "webauthn.get", ..right.clone() }, Error::Ceremony),
        (Answer { ceremony: "payment.get", ..right.clone() }, Error::Ceremony),
        (Answer { challenge: b"another challenge".to_vec(), ..right.clone() }, Error::Challenge),
        (Answer { origin: "https://app.example.org", ..right.clone() }, Error::Origin),
        (Answer { origin: "https://example.org:8443", ..right.clone() }, Error::Origin),
        (Answer { origin: "https://example.org/", ..right.clone() }, Error::Origin),
        (Answer { origin: "http://example.org", ..right.clone() }, Error::Origin),
        (Answer { frame: r#","crossOrigin":true"#, ..right.clone() }, Error::CrossOrigin),
        (Answer { frame: r#","crossOrigin":"true""#, ..right.clone() }, Error::CrossOrigin),
        (Answer { frame: r#","topOrigin":"https://example.org""#, ..right.clone() }, Error::CrossOrigin),
        (Answer { rp_id: "app.example.org", ..right.clone() }, Error::RpId),
        (Answer { flags: VERIFIED, ..right.clone() }, Error::NotPresent),
        (Answer { flags: PRESENT, ..right.clone() }, Error::NotVerified),
    ] {
        assert_eq!(verify(&wrong).err(), Some(error), "{}", wrong.client_data());
    }
}

#[test]
fn client_data_may_leave_out_the_frame_and_have_other_members() {
    for frame in ["", r#","crossOrigin":false,"other_keys_can_be_added_here":"do not compare""#] {
        assert!(verify(&Answer { frame, ..Answer::registration() }).is_ok(), "{frame}");
    }
}

#[test]
fn an_algorithm_that_was_not_offered_is_refused() {
    for (algorithm, number) in [(0x27, None), (0x28, Some(-9)), (0x2f, Some(-16))] {
        let cose = [0xa4, 1, 1, 3, algorithm, 0x20, 6, 0x21, 0x44, 1, 2, 3, 4];
        let result = verify_json(&Answer::registration().register_cose(&cose));
        assert_eq!(result.err(), number.map(Error::Algorithm), "{algorithm}");
    }
}

#[test]
fn the_id_has_between_1_and_1023_bytes() {
    for (length, accepted) in [(0, false), (1, true), (1023, true), (1024, false)] {
        let answer = Answer { id: vec![7; length], ..Answer::registration() };
        assert_eq!(verify(&answer).is_ok(), accepted, "{length}");
    }
}

#[test]
fn a_long_public_key_is_refused() {
    // A COSE_Key with a text of 3000 bytes under a number that nothing uses.
    let cose = [[0xa2, 3, 0x26, 0x18, 99, 0x79, 0x0b, 0xb8].as_slice(), &[b'x'; 3000]].concat();
    let error = verify_json(&Answer::registration().register_cose(&cose)).err();
    assert_eq!(error, Some(Error::Malformed("the public key is too long".to_owned())));
}

#[test]
fn another_id_than_the_attested_one_is_refused() {
    let mut json: serde_json::Value = serde_json::from_slice(&Answer::registration().register(&Key::es256())).unwrap();
    json["rawId"] = "AAAA".into();
    assert_eq!(verify_json(&serde_json::to_vec(&json).unwrap()).err(), Some(Error::Credential));
}

#[test]
fn garbage_is_refused() {
    let right = Answer::registration().register(&Key::es256());
    let right = std::str::from_utf8(&right).unwrap();
    let doubled = right.replace(r#""rawId":"#, r#""rawId":"AAAA","rawId":"#);
    let padded = right.replace(r#"","clientDataJSON"#, r#"=","clientDataJSON"#);
    for text in ["", "null", "{}", "[]", "\"\u{0}", &right[1..], &right[..right.len() - 1], &doubled, &padded] {
        assert!(matches!(verify_json(text.as_bytes()), Err(Error::Malformed(_))), "{text}");
    }
}

#[test]
fn every_cut_of_the_attestation_is_refused() {
    let json: serde_json::Value = serde_json::from_slice(&Answer::registration().register(&Key::es256())).unwrap();
    let whole = json["response"]["attestationObject"].as_str().unwrap();
    for length in (0..whole.len()).filter(|length| length % 4 != 1) {
        let mut cut = json.clone();
        cut["response"]["attestationObject"] = whole[..length].into();
        let error = verify_json(&serde_json::to_vec(&cut).unwrap()).err();
        assert!(matches!(error, Some(Error::Malformed(_))), "{length}: {error:?}");
    }
}

#[test]
fn client_data_with_duplicate_members_are_refused() {
    let twice = Answer { frame: r#","origin":"https://example.org""#, ..Answer::registration() };
    assert!(matches!(verify(&twice), Err(Error::Malformed(_))));
}

#[test]
fn a_long_response_is_refused_before_it_is_read() {
    let mut json = Answer::registration().register(&Key::es256());
    json.resize(MOST_BYTES, b' ');
    assert!(verify_json(&json).is_ok());
    json.push(b' ');
    assert_eq!(verify_json(&json).err(), Some(Error::TooLong));
}
