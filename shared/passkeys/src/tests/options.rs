use serde_json::json;

use super::*;

#[test]
fn creation_options_ask_for_a_discoverable_passkey_of_a_verified_user() {
    let account = Account { user: USER, name: "ada@example.org", display_name: "Ada" };
    let exclude = [b"one".to_vec(), b"two".to_vec()];
    let options = site().creation_options(&account, &exclude, &Challenge::of(b"the challenge")).unwrap();
    let expected = json!({
        "rp": { "id": "example.org", "name": "example.org" },
        "user": { "id": "YSB1c2VyJ3MgMTYgYnl0ZQ", "name": "ada@example.org", "displayName": "Ada" },
        "challenge": "dGhlIGNoYWxsZW5nZQ",
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -8 },
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 300_000,
        "attestation": "none",
        "authenticatorSelection":
            { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        "excludeCredentials": [{ "type": "public-key", "id": "b25l" }, { "type": "public-key", "id": "dHdv" }],
    });
    assert_eq!(options, expected);
}

#[test]
fn request_options_name_no_credential() {
    let expected = json!({
        "rpId": "example.org",
        "challenge": "dGhlIGNoYWxsZW5nZQ",
        "timeout": 300_000,
        "userVerification": "required",
        "allowCredentials": [],
    });
    assert_eq!(site().request_options(&Challenge::of(b"the challenge")).unwrap(), expected);
}
