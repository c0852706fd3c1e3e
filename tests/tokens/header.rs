//! Bad headers and encodings of tokens, and bad `Authorization` headers.

use auth::{OsEntropy, sha256};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use ring::{hmac, rand};
use serde_json::{Value, json};
use tests::{Forge, Response, TestApp};

use crate::{Bench, SIGNED_IN, assert_invalid};

/// A token with this header and these claims, signed with `sign`.
fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn hs256(key: &[u8]) -> impl FnOnce(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

fn es256() -> impl FnOnce(&[u8]) -> Vec<u8> {
    let random = rand::SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    move |message| pair.sign(&random, message).unwrap().as_ref().to_vec()
}

#[tokio::test]
async fn only_eddsa_with_our_curve_counts() {
    let bench = Bench::init().await;
    let header = |alg: &str| json!({ "typ": "at+jwt", "alg": alg, "kid": bench.forge.kid() });
    for alg in ["none", "None", "nOnE", "NONE", ""] {
        bench.invalid(alg, &token(&header(alg), &bench.claims, |_| Vec::new())).await;
    }

    // The public key is not secret, so it must not be accepted as a shared secret.
    let raw = bench.forge.public_key();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], raw].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let x = URL_SAFE_NO_PAD.encode(raw);
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    for key in [raw, &der, pem.as_bytes(), pem.trim_end().as_bytes(), x.as_bytes(), jwk.as_bytes(), b""] {
        for alg in ["HS256", "EdDSA"] {
            let what = format!("{alg} by HMAC with {:?}", String::from_utf8_lossy(key));
            bench.invalid(&what, &token(&header(alg), &bench.claims, hs256(key))).await;
        }
    }

    bench.invalid("P-256 as EdDSA", &token(&header("EdDSA"), &bench.claims, es256())).await;
    bench.invalid("P-256", &token(&header("ES256"), &bench.claims, es256())).await;
    bench.invalid("Ed25519, not ours", &Forge::new(&"07".repeat(32)).sign(&bench.forge.header(), &bench.claims)).await;

    // Properly signed, with another `alg` in the header.
    for alg in [json!("eddsa"), json!("Ed25519"), json!("HS256"), json!("none"), json!(["EdDSA"]), json!(null)] {
        bench.invalid(&alg.to_string(), &bench.with_header("alg", alg.clone())).await;
    }
    let bare = json!({ "typ": "at+jwt", "kid": bench.forge.kid() });
    bench.invalid("no alg", &bench.forge.sign(&bare, &bench.claims)).await;
}

#[tokio::test]
async fn no_critical_extension_is_understood() {
    let bench = Bench::init().await;
    for crit in [json!(["x"]), json!([]), json!(["b64"]), json!(["alg"]), json!("x"), json!(null), json!({})] {
        bench.invalid(&crit.to_string(), &bench.with_header("crit", crit.clone())).await;
    }
    // Fields that are not critical are allowed.
    bench.accepted("x", &bench.with_header("x", json!(1))).await;
}

#[tokio::test]
async fn an_impossible_kid_reads_no_table() {
    let bench = Bench::init().await;
    let kid = bench.forge.kid();
    let (standard, trailing) = (format!("{}+", &kid[..42]), format!("{}B", "A".repeat(42)));
    let impossible = [
        json!("../../../../etc/passwd"),
        json!("' OR 1=1 --"),
        json!("'; DROP TABLE signing_keys; --"),
        json!("http://127.0.0.1/key"),
        // The id that the health check reads.
        json!("health"),
        json!(""),
        json!("\r\nevent: forged\u{1b}[31m\u{0}"),
        json!(format!("{kid}=")),
        json!(format!("{kid}A")),
        json!(kid[..42]),
        json!(standard),
        json!(trailing),
        json!("A".repeat(10_000)),
        json!(5),
        json!(null),
        json!(true),
        json!([kid]),
        json!({ "S": kid }),
    ];
    bench.app.dynamo.take_calls();
    for kid in impossible {
        let what = kid.to_string();
        bench.invalid(&what, &bench.with_header("kid", kid)).await;
        assert_eq!(bench.app.dynamo.take_calls().len(), 0, "{what}");
    }
    let bare = json!({ "typ": "at+jwt", "alg": "EdDSA" });
    bench.invalid("no kid", &bench.forge.sign(&bare, &bench.claims)).await;
    assert_eq!(bench.app.dynamo.take_calls().len(), 0, "no kid");
}

#[tokio::test]
async fn a_token_brings_no_key_of_its_own() {
    let bench = Bench::init().await;
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", elsewhere.local_addr().unwrap());
    let mallory = Forge::new(&"07".repeat(32));
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(mallory.public_key()) });
    let offers = [
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("jwk", jwk),
        ("x5c", json!([STANDARD.encode(mallory.public_key())])),
    ];
    for (name, value) in offers {
        for kid in [mallory.kid(), bench.forge.kid()] {
            let header = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid, name: value });
            bench.invalid(&format!("{name}, kid {kid}"), &mallory.sign(&header, &bench.claims)).await;
        }
        bench.invalid(&format!("{name}, signed by us"), &bench.with_header(name, value)).await;
    }
    let asked = std::future::poll_fn(|context| std::task::Poll::Ready(elsewhere.poll_accept(context).is_ready())).await;
    assert!(!asked, "the key was fetched from the token's URL");
}

#[tokio::test]
async fn there_is_one_spelling_of_a_token() {
    let bench = Bench::init().await;
    let good = bench.caller.token.clone().unwrap();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };

    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (all_but_last, last) = good.split_at(good.len() - 1);
    for other in alphabet.chars().filter(|c| !last.starts_with(*c)) {
        bench.invalid("last character", &format!("{all_but_last}{other}")).await;
    }

    // The standard alphabet of base64, for a token with characters that differ in the two alphabets.
    let url_safe = (0..).map(|n| bench.with_claim("jti", json!(format!("{n}"))));
    let url_safe = url_safe.into_iter().find(|token| token[token.rfind('.').unwrap()..].contains(['-', '_'])).unwrap();
    bench.accepted("as it is", &url_safe).await;
    bench.invalid("+ and /", &url_safe.replace('-', "+").replace('_', "/")).await;

    let padded = |part: &str| URL_SAFE.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
    // A token whose claims have a length that needs padding.
    let longer = (0..3).map(|n| bench.with_claim("x", json!("x".repeat(n))));
    let longer = longer.into_iter().find(|token| padded(token.split('.').nth(1).unwrap()).ends_with('=')).unwrap();
    bench.accepted("with another claim", &longer).await;
    let [_, long_claims, long_signature] = longer.split('.').collect::<Vec<_>>()[..] else { panic!("{longer}") };
    let bad = [
        format!("{good}="),
        format!("{good}=="),
        format!("{header}.{}.{long_signature}", padded(long_claims)),
        format!("{}.{claims}.{signature}", padded(header)),
        format!("{header}.{claims}. {signature}"),
        format!("{header} .{claims}.{signature}"),
        format!("{header}.{claims}.{signature}\t"),
        format!("{header}.{claims}.{}%2D", &signature[..85]),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!(".{good}"),
        header.to_owned(),
        "..".to_owned(),
        format!("\"{good}\""),
        format!("'{good}'"),
        format!("<{good}>"),
        format!("{good},"),
        format!("{good},{good}"),
        format!("{good};"),
    ];
    for token in bad {
        bench.invalid(&token, &token).await;
    }
    bench.accepted("untouched", &good).await;

    // HTTP headers have no line breaks, so only an invented event can have one.
    let event = |token: &str| {
        json!({ "version": "2.0", "rawPath": SIGNED_IN, "headers": { "authorization": format!("Bearer {token}") },
            "requestContext": { "http": { "method": "GET", "path": SIGNED_IN, "sourceIp": "10.0.0.1" } } })
    };
    assert_eq!(bench.app.event("users_me", event(&good)).await.status, 200);
    for bad in [format!("{header}.\n{claims}.{signature}"), format!("{good}\r\n"), format!("{good}\0")] {
        let response = bench.app.event("users_me", event(&bad)).await;
        assert_eq!(response.status, 401, "{bad:?}: {response:?}");
        assert!(response.body.unwrap().contains(r#""code":"token_invalid""#), "{bad:?}");
        assert!(response.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "), "{bad:?}");
    }
}

async fn with_headers(bench: &Bench, values: &[&str]) -> Response {
    let request = values.iter().fold(Request::get(SIGNED_IN), |request, value| request.header("Authorization", *value));
    bench.app.anon().request(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_header_of_scheme_bearer() {
    let bench = Bench::init().await;
    let good = bench.caller.token.clone().unwrap();
    for start in ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer  ", "Bearer     "] {
        let response = with_headers(&bench, &[&format!("{start}{good}")]).await;
        assert_eq!(response.status, 200, "{start:?}: {}", response.body);
    }
    let basic = format!("Basic {}", STANDARD.encode("user:password"));
    let other = format!("BearerT {good}");
    for missing in [&[][..], &[""], &["Bearer"], &["Bearer "], &["bearer   "], &[&other], &[&basic], &[&good]] {
        let response = with_headers(&bench, missing).await;
        assert!(response.is(403, "token_missing"), "{missing:?}: {} {}", response.status, response.body);
        assert_eq!(response.json()["detail"], "A bearer token is required.", "{missing:?}");
    }
    let one = format!("Bearer {good}");
    let (tab, twice) = (format!("Bearer\t{good}"), format!("{one}; {one}"));
    let (comma, list) = (format!("{one},{one}"), format!("{one}, {one}"));
    for bad in [&[&*one, &*one][..], &[&one, &basic], &[&tab], &[&twice], &[&comma], &[&list], &["Bearer ,"]] {
        assert_invalid(&format!("{bad:?}"), &with_headers(&bench, bad).await);
    }
}

#[tokio::test]
async fn a_missing_token_can_be_a_401() {
    let app = TestApp::init_with(&[("MISSING_TOKEN_STATUS", "401")]).await;
    let response = app.anon().get(SIGNED_IN).await;
    assert!(response.is(401, "token_missing"), "{}", response.body);
    assert_eq!((&response.json()["status"], &response.json()["title"]), (&json!(401), &json!("Unauthorized")));
    // RFC 6750, 3.1: no error code for a request without any token.
    assert_eq!(response.header("www-authenticate"), "Bearer");

    let bad = app.anon().with_token("a.b.c").get(SIGNED_IN).await;
    assert_invalid("a bad one is still bad", &bad);
    let user = app.user().await;
    let response = user.get(&format!("/v1/users/{}", user.id)).await;
    assert!(response.is(403, "staff_required"), "{}", response.body);
}

#[tokio::test]
async fn the_kid_is_the_rfc_7638_thumbprint() {
    // RFC 8037, A.1 to A.3.
    let (x, thumbprint) =
        ("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let forge = Forge::new("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    assert_eq!((URL_SAFE_NO_PAD.encode(forge.public_key()).as_str(), forge.kid()), (x, thumbprint));
    let id = auth::KeyId::parse(thumbprint).unwrap();
    let published = auth::PublicKey::published(&id, x).unwrap();
    assert_eq!((published.id().as_str(), published.x()), (thumbprint, x));
    // Another key under this id is refused, and so is this key under another id.
    let other = URL_SAFE_NO_PAD.encode(auth::random::<32>(&OsEntropy).unwrap());
    assert!(auth::PublicKey::published(&id, &other).is_none());
    assert!(auth::PublicKey::published(&auth::KeyId::parse(&other).unwrap(), x).is_none());

    let bench = Bench::init().await;
    let x = URL_SAFE_NO_PAD.encode(bench.forge.public_key());
    let thumbprint = URL_SAFE_NO_PAD.encode(sha256(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes()));
    let header = bench.caller.token.as_ref().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    assert_eq!(header, json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": thumbprint }));
    let jwks = bench.app.anon().get("/.well-known/jwks.json").await;
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": thumbprint, "x": x });
    assert_eq!((jwks.status, jwks.json()), (200, json!({ "keys": [key] })));
    assert_eq!(jwks.header("cache-control"), "no-cache");
}
