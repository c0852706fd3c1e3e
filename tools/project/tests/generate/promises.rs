//! What the code of a resource promises without being asked: versions, idempotency keys, and an audit.

use project::generate::Owner;

use crate::copy::Copy;

#[test]
fn changes_of_shared_rows_are_audited_and_those_of_ones_own_are_not() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &["name:text"]).unwrap();
    copy.resource("picture_frames", Owner::Nobody, &["name:text", "note:text:0..50:optional"]).unwrap();
    for (verb, own_uses, shared_uses, input) in [
        ("create", "(Postcards, Idempotency)", "(PictureFrames, Audit, Idempotency)", "IdempotencyKey);"),
        ("update", "(Postcards,)", "(PictureFrames, Audit)", "Json<Change>, IfMatch);"),
        ("delete", "(Postcards,)", "(PictureFrames, Audit)", "Id>>, IfMatch);"),
    ] {
        for (many, uses) in [("postcards", own_uses), ("picture_frames", shared_uses)] {
            let endpoint = copy.read(&format!("functions/src/bin/{many}_{verb}.rs"));
            assert!(endpoint.contains(&format!("type Uses = {uses};\n")), "{uses}\n{endpoint}");
            assert!(endpoint.contains(input), "{input}\n{endpoint}");
        }
    }
    let (own, shared) = (copy.read("depot/src/postcards.rs"), copy.read("depot/src/picture_frames.rs"));
    assert!(own.contains("once.insert(&self.0, postcard.item(user.id())).await") && !own.contains("Audit"), "{own}");
    for line in [
        "const AUDITED: [&str; 2] = [\"name\", \"note\"];",
        "format!(\"picture-frames/{id}\")",
        "act: &Act<'_, impl DeletesPictureFrames>,",
    ] {
        assert!(shared.contains(line), "{line}\n{shared}");
    }
    let (own, shared) = (copy.read("tests/depot/postcards.rs"), copy.read("tests/depot/picture_frames.rs"));
    for test in ["fn a_change_of_a_stale_postcard_is_refused()", "fn an_idempotency_key_creates_one_postcard()"] {
        let same = test.replace("postcard", "picture_frame");
        assert!(own.contains(test) && shared.contains(&same), "{test}");
    }
    assert!(shared.contains("fn acts_are_audited_and_refusals_are_not()") && !own.contains("audit"), "{own}");
}

#[test]
fn an_answer_that_is_too_long_is_not_replayed() {
    let copy = Copy::new();
    copy.resource("postcards", Owner::User, &["name:text:1..5000"]).unwrap();
    copy.resource("letters", Owner::User, &["name:text:4000..5000"]).unwrap();
    for (tests, replays) in [("postcards", true), ("letters", false)] {
        let tests = copy.read(&format!("tests/depot/{tests}.rs"));
        assert_eq!((tests.contains("\"true\"), "), tests.contains("already_done")), (replays, !replays), "{tests}");
    }
}
