//! Bad claims in properly signed tokens, and access and refresh tokens in each other's place.

use serde_json::{Value, json};
use tests::Response;

use crate::{Bench, assert_invalid};

#[tokio::test]
async fn exp_is_a_number_within_a_tokens_life() {
    let bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    bench.accepted("now+600.5", &bench.with_raw_claim("exp", &format!("{}.5", now + 600))).await;

    let past = [("0", 0), ("1", 0), ("-1", 0), ("-0.0", 0)];
    for (exp, _) in past {
        bench.expired(exp, &bench.with_raw_claim("exp", exp)).await;
    }
    let past = format!("{}.6", now - 62);
    let old =
        [("iat", json!(now - 900)), ("auth_time", json!(now - 900)), ("exp", serde_json::from_str(&past).unwrap())];
    bench.expired("now-61.4", &bench.with_claims(&old)).await;

    let (millis, quoted) = (format!("{}", (now + 600) * 1000), format!("\"{}\"", now + 600));
    let far = ["18446744073709551615", "18446744073709551616", "1e400", "-1e400", "1e18", "9e999999999", &millis];
    let wrong =
        [&*quoted, "\"now+600\"", "\"2026-01-01T00:10:00Z\"", "null", "true", "[]", "{}", "[1767226200]", "NaN"];
    for exp in far.iter().chain(&wrong) {
        bench.invalid(exp, &bench.with_raw_claim("exp", exp)).await;
    }
    bench.invalid("none", &bench.without_claim("exp")).await;

    // A token may live no longer than the tokens that the API issues.
    bench.accepted("900 s", &bench.with_claim("exp", json!(now + 900))).await;
    bench.invalid("900.5 s", &bench.with_raw_claim("exp", &format!("{}.5", now + 900))).await;
    bench.invalid("900 s, from earlier", &bench.with_claims(&[("iat", json!(now - 1)), ("auth_time", json!(0))])).await;
}

#[tokio::test]
async fn leeway_is_five_seconds_for_exp_nbf_and_iat() {
    let bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    bench.accepted("nbf in the leeway", &bench.with_claim("nbf", json!(now + 5))).await;
    bench.accepted("nbf in the past", &bench.with_claim("nbf", json!(0))).await;
    for nbf in [json!(now + 6), json!(now + 3600), json!(1e18), json!("0"), json!(null), json!([0]), json!(true)] {
        bench.invalid(&format!("nbf {nbf}"), &bench.with_claim("nbf", nbf)).await;
    }
    let issued =
        |iat: i64| bench.with_claims(&[("iat", json!(iat)), ("auth_time", json!(iat)), ("exp", json!(iat + 900))]);
    bench.accepted("iat in the leeway", &issued(now + 5)).await;
    bench.invalid("iat after the leeway", &issued(now + 6)).await;
    bench.invalid("iat in an hour", &issued(now + 3600)).await;
    for iat in [json!(format!("{now}")), json!(null), json!([now]), json!(false), json!({})] {
        bench.invalid(&format!("iat {iat}"), &bench.with_claim("iat", iat)).await;
    }
    bench.invalid("no iat", &bench.without_claim("iat")).await;

    // Only a token that is otherwise good is reported as expired.
    bench.expired("exp = now-30", &issued(now - 930)).await;
    let changed =
        [("iat", json!(now - 930)), ("auth_time", json!(0)), ("exp", json!(now - 30)), ("nbf", json!(now + 3600))];
    bench.invalid("expired and not yet valid", &bench.with_claims(&changed)).await;
    let changed =
        [("iat", json!(now - 930)), ("auth_time", json!(0)), ("exp", json!(now - 30)), ("aud", json!("other"))];
    bench.invalid("expired, with another audience", &bench.with_claims(&changed)).await;

    let token = bench.caller.token.clone().unwrap();
    bench.app.clock.advance_millis(904_999);
    bench.accepted("a millisecond before the leeway ends", &token).await;
    bench.app.clock.advance_millis(1);
    bench.expired("at the end of the leeway", &token).await;
}

#[tokio::test]
async fn issuer_and_audience_must_be_ours() {
    let bench = Bench::init().await;
    for aud in [json!("test-api"), json!(["x", "test-api"]), json!(["test-api"])] {
        bench.accepted(&aud.to_string(), &bench.with_claim("aud", aud.clone())).await;
    }
    let others = [
        json!(["x"]),
        json!([]),
        json!("TEST-API"),
        json!("Test-Api"),
        json!("test-api "),
        json!("test-api/"),
        json!("x,test-api"),
        json!("other"),
        json!(""),
        json!(null),
        json!(true),
        json!(1),
        json!({ "test-api": "test-api" }),
        json!(["test-api", 1]),
        json!([["test-api"]]),
    ];
    for aud in others {
        bench.invalid(&format!("aud {aud}"), &bench.with_claim("aud", aud)).await;
    }
    for iss in [json!("other"), json!("TEST"), json!("test/"), json!(""), json!(null), json!(["test"]), json!(1)] {
        bench.invalid(&format!("iss {iss}"), &bench.with_claim("iss", iss)).await;
    }
    for name in ["aud", "iss"] {
        bench.invalid(&format!("no {name}"), &bench.without_claim(name)).await;
    }
}

#[tokio::test]
async fn claims_are_one_strict_json_object() {
    let bench = Bench::init().await;
    let header = bench.forge.header().to_string();
    let claims = bench.claims.to_string();
    let inside = &claims[1..claims.len() - 1];
    let exp = &bench.claims["exp"];
    let mut texts = vec![
        format!("{{{inside},\"exp\":{exp}}}"),
        format!("{{\"exp\":1,{inside}}}"),
        format!("{{{inside},\"x\":1,\"x\":1}}"),
        // The same name, with an escape.
        format!("{{{inside},\"e\\u0078p\":{exp}}}"),
        format!("\u{feff}{claims}"),
        format!("{claims}x"),
        format!("{claims}{claims}"),
        format!("{claims}\0"),
        format!("[{claims}]"),
        format!("{{{inside},}}"),
        format!("{{{inside},\"x\":\"\\ud800\"}}"),
        format!("{{{inside},\"x\":{}}}", "[".repeat(2000)),
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
    ];
    texts.extend(["iss", "aud", "sub", "sid", "jti", "iat", "is_staff"].map(|name| {
        let value = &bench.claims[name];
        format!("{{{inside},\"{name}\":{value}}}")
    }));
    for text in texts {
        bench.invalid(&text, &bench.forge.sign_text(&header, &text)).await;
    }
    bench.accepted("white space", &bench.forge.sign_text(&header, &format!(" {claims}\r\n"))).await;
    bench.accepted("an unknown claim", &bench.with_claim("x", json!({ "a": 1 }))).await;

    let not_utf8 = [b"{\"x\":\"\xff\",", inside.as_bytes(), b"}"].concat();
    bench.invalid("byte 0xff", &bench.forge.sign_bytes(header.as_bytes(), &not_utf8)).await;
    let text = format!("{},\"kid\":\"{}\"}}", &header[..header.len() - 1], bench.forge.kid());
    bench.invalid("kid twice", &bench.forge.sign_text(&text, &claims)).await;
    bench.invalid("a BOM before the header", &bench.forge.sign_text(&format!("\u{feff}{header}"), &claims)).await;
    bench.invalid("text after the header", &bench.forge.sign_text(&format!("{header}x"), &claims)).await;

    let id = bench.claims["sub"].as_str().unwrap().to_owned();
    for name in ["sub", "sid"] {
        for value in
            ["1", "\"\"", "\"\\ud800\"", "null", "[]", "\"x\"", &format!("\"{{{id}}}\""), &format!("\"{id} \"")]
        {
            bench.invalid(&format!("{name} {value}"), &bench.with_raw_claim(name, value)).await;
        }
    }
    let simple = json!(id.replace('-', ""));
    bench.invalid("sub without hyphens", &bench.with_claim("sub", simple)).await;
    for name in ["is_staff", "is_superuser"] {
        for value in [json!(1), json!("true"), json!(null), json!([true])] {
            bench.invalid(&format!("{name} {value}"), &bench.with_claim(name, value)).await;
        }
    }
    for value in [json!(""), json!(1), json!(null)] {
        bench.invalid(&format!("jti {value}"), &bench.with_claim("jti", value)).await;
    }
    for name in ["sub", "sid", "jti", "is_staff", "is_superuser"] {
        bench.invalid(&format!("no {name}"), &bench.without_claim(name)).await;
    }
}

async fn refresh(bench: &Bench, token: Value) -> Response {
    bench.app.anon().post("/v1/auth/token/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn access_and_refresh_tokens_are_two_things() {
    let bench = Bench::init().await;
    let (first, access) = (bench.caller.refresh_token.clone(), bench.caller.token.clone().unwrap());
    bench.invalid("a refresh token as bearer", &first).await;
    assert_invalid("an access token at refresh", &refresh(&bench, json!(access)).await);

    let rotated = refresh(&bench, json!(first)).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let second = rotated.json()["refresh_token"].as_str().unwrap().to_owned();
    bench.invalid("the rotated one as bearer", &first).await;
    bench.invalid("its successor as bearer", &second).await;
    bench.accepted("the access token that came with it", rotated.json()["access_token"].as_str().unwrap()).await;

    for (what, token) in [
        ("parts of both", format!("{}.{}", first.split('.').next().unwrap(), access.split_once('.').unwrap().1)),
        ("a fourth part", format!("{second}.x")),
        ("two parts", second.rsplit_once('.').unwrap().0.to_owned()),
        ("padded", format!("{second}=")),
        ("nothing", String::new()),
    ] {
        assert_invalid(what, &refresh(&bench, json!(token)).await);
    }
    assert_eq!(refresh(&bench, json!(second)).await.status, 200, "the session still works after all of these");

    let bare = json!({ "alg": "EdDSA", "kid": bench.forge.kid() });
    bench.invalid("no typ", &bench.forge.sign(&bare, &bench.claims)).await;
    for typ in [json!("JWT"), json!(""), json!("rt+jwt"), json!("at+jwt "), json!(null), json!(["at+jwt"]), json!(1)] {
        bench.invalid(&format!("typ {typ}"), &bench.with_header("typ", typ)).await;
    }
    bench.accepted("typ in another case", &bench.with_header("typ", json!("AT+JWT"))).await;
}
