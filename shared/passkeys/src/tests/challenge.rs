use auth::{Entropy, EntropyFailed, OsEntropy};
use jiff::{SignedDuration, Timestamp};

use super::*;

const KEY: [u8; 32] = [1; 32];

fn now() -> Timestamp {
    "2026-11-30T12:00:00.5Z".parse().unwrap()
}

fn issue(purpose: Purpose) -> ClaimedChallenge {
    ClaimedChallenge(Challenge::issue(&KEY, purpose, now(), &OsEntropy).unwrap().bytes().to_vec())
}

#[test]
fn an_issued_challenge_is_accepted_for_five_minutes() {
    let claimed = issue(Purpose::SignIn);
    let issued_at = "2026-11-30T12:00:00Z".parse::<Timestamp>().unwrap();
    let check =
        |seconds| Challenge::check(&KEY, Purpose::SignIn, &claimed, issued_at + SignedDuration::from_secs(seconds));
    for seconds in [0, 1, 299] {
        assert_eq!(check(seconds).unwrap().expires_at(), issued_at + LIFETIME);
    }
    assert_eq!(check(300), Err(Error::ChallengeExpired));
}

#[test]
fn a_challenge_is_only_for_its_purpose_and_its_user() {
    let (ours, other) = (Purpose::Registration(USER), Purpose::Registration([0; 16]));
    for (issued, checked) in [(ours, other), (ours, Purpose::SignIn), (Purpose::SignIn, ours)] {
        assert!(Challenge::check(&KEY, issued, &issue(issued), now()).is_ok());
        assert_eq!(Challenge::check(&KEY, checked, &issue(issued), now()), Err(Error::Challenge));
    }
}

#[test]
fn a_challenge_of_another_key_is_refused() {
    let claimed = issue(Purpose::SignIn);
    assert_eq!(Challenge::check(&[2; 32], Purpose::SignIn, &claimed, now()), Err(Error::Challenge));
}

#[test]
fn every_changed_bit_and_every_cut_is_refused() {
    let claimed = issue(Purpose::SignIn);
    for bit in 0..claimed.0.len() * 8 {
        let mut changed = claimed.clone();
        changed.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Challenge::check(&KEY, Purpose::SignIn, &changed, now()), Err(Error::Challenge), "{bit}");
    }
    for length in 0..claimed.0.len() {
        let cut = ClaimedChallenge(claimed.0[..length].to_vec());
        assert_eq!(Challenge::check(&KEY, Purpose::SignIn, &cut, now()), Err(Error::Challenge), "{length}");
    }
}

#[test]
fn challenges_of_one_instant_differ_and_so_do_their_ids() {
    let issue = || Challenge::issue(&KEY, Purpose::SignIn, now(), &OsEntropy).unwrap();
    let (one, other) = (issue(), issue());
    assert!(one.bytes() != other.bytes() && one.id() != other.id());
    let claimed = ClaimedChallenge(one.bytes().to_vec());
    assert_eq!(Challenge::check(&KEY, Purpose::SignIn, &claimed, now()).unwrap().id(), one.id());
}

#[test]
fn there_is_no_challenge_without_randomness() {
    struct Broken;
    impl Entropy for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyFailed> {
            Err(EntropyFailed)
        }
    }
    assert_eq!(Challenge::issue(&KEY, Purpose::SignIn, now(), &Broken), Err(EntropyFailed));
}
