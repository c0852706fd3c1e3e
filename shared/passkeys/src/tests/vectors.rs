//! The test vectors of Web Authentication level 3, section 16, in `vectors.json`. Copyright W3C, under the W3C Software
//! and Document License (<https://www.w3.org/copyright/software-license-2023/>). Most of them are made without
//! verification of the user, so a site that does not require it checks them first, and then ours refuses them.
//! `ours-rs256-2048` is not of W3C. Its private key was thrown away.

use passki::UserVerificationRequirement;
use serde_json::Value;

use super::authenticator::{assertion, registration};
use super::*;

struct Vector(Value);

impl Vector {
    fn named(name: &str) -> Self {
        let all: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
        Self(all[name].clone())
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let hex = match self.0.pointer(path).unwrap() {
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<String>(),
            text => text.as_str().unwrap().to_owned(),
        };
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn register(&self, site: &RelyingParty) -> Result<NewCredential> {
        let client_data = self.bytes("/registration/clientDataJSON");
        let attestation = self.bytes("/registration/attestationObject");
        let response = Registration::parse(&registration(&self.bytes("/credentialId"), &client_data, &attestation))?;
        site.verify_registration(&response, &Challenge::of(&self.bytes("/registration/challenge")))
    }

    fn sign_in(&self, site: &RelyingParty, stored: &StoredCredential) -> Result<Asserted> {
        let data = self.bytes("/authentication/authenticatorData");
        let signature = self.bytes("/authentication/signature");
        let client_data = self.bytes("/authentication/clientDataJSON");
        let json = assertion(&stored.id, &client_data, &data, &signature, &stored.user);
        let challenge = Challenge::of(&self.bytes("/authentication/challenge"));
        site.verify_authentication(&Assertion::parse(&json)?, stored, &challenge)
    }
}

fn lenient() -> RelyingParty {
    let mut site = site();
    site.user_verification = UserVerificationRequirement::Preferred;
    site
}

fn stored(new: NewCredential) -> StoredCredential {
    let public_key = PublicKey::from_bytes(&new.public_key.to_bytes()).unwrap();
    StoredCredential { id: new.id, user: USER, public_key, counter: new.counter }
}

#[test]
fn the_vectors_of_the_offered_algorithms_verify() {
    let es256 = ["none-es256", "packed-self-es256", "none-es256-long-credential-id", "packed-es256", "tpm-es256"];
    for name in es256.into_iter().chain(["ours-rs256-2048", "packed-eddsa"]) {
        let vector = Vector::named(name);
        let new = vector.register(&lenient()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(new.id, vector.bytes("/credentialId"), "{name}");
        let signed_in = vector.sign_in(&lenient(), &stored(new));
        assert_eq!(signed_in, Ok(Asserted { user: USER, counter: 0 }), "{name}");
    }
}

#[test]
fn the_vectors_with_a_verified_user_verify_and_no_others() {
    for (name, registered, signed_in) in [
        ("packed-es256", true, true),
        ("tpm-es256", true, true),
        ("packed-self-es256", true, false),
        ("ours-rs256-2048", true, true),
        ("none-es256-long-credential-id", false, true),
        ("none-es256", false, false),
        ("packed-eddsa", false, false),
    ] {
        let vector = Vector::named(name);
        assert_eq!(vector.register(&site()).err(), (!registered).then_some(Error::NotVerified), "{name}");
        let known = stored(vector.register(&lenient()).unwrap());
        let result = vector.sign_in(&site(), &known);
        assert_eq!(result.err(), (!signed_in).then_some(Error::NotVerified), "{name}");
    }
}

/// Those of TPMs have 2048 bits. A key of another length verifies nothing, because of the library.
#[test]
fn an_rsa_key_signs_in_if_its_length_is_a_multiple_of_64_bits() {
    let vector = Vector::named("packed-rs256");
    let known = stored(vector.register(&site()).unwrap());
    assert_eq!(vector.sign_in(&lenient(), &known), Err(Error::Signature));
}

#[test]
fn vectors_of_other_algorithms_are_refused() {
    for (name, algorithm) in [("packed-es384", -35), ("packed-ed448", -53)] {
        assert_eq!(Vector::named(name).register(&lenient()).err(), Some(Error::Algorithm(algorithm)), "{name}");
    }
}

#[test]
fn vectors_from_frames_are_refused() {
    for name in ["none-es256-crossOrigin", "none-es256-topOrigin"] {
        let vector = Vector::named(name);
        assert_eq!(vector.register(&lenient()).err(), Some(Error::CrossOrigin), "{name}");
        let known = stored(Vector::named("packed-es256").register(&site()).unwrap());
        assert_eq!(vector.sign_in(&lenient(), &known).err(), Some(Error::CrossOrigin), "{name}");
    }
}

/// A client may send an attestation that nobody asked for.
#[test]
fn a_changed_attestation_panics_nowhere() {
    for name in ["packed-es256", "tpm-es256"] {
        let vector = Vector::named(name);
        let (id, client_data) = (vector.bytes("/credentialId"), vector.bytes("/registration/clientDataJSON"));
        let challenge = Challenge::of(&vector.bytes("/registration/challenge"));
        let whole = vector.bytes("/registration/attestationObject");
        for at in 0..whole.len() {
            let mut attestation = whole.clone();
            attestation[at] ^= 1;
            let response = Registration::parse(&registration(&id, &client_data, &attestation)).unwrap();
            let _ = lenient().verify_registration(&response, &challenge);
        }
    }
}
