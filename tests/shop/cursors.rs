use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tests::{Client, TestApp};

use crate::{fields, next};

const LISTS: [&str; 2] = ["/v1/products", "/v1/products/favorites"];

/// A user with five favourites.
async fn collector(app: &TestApp) -> Client {
    let user = app.user().await;
    for at in 0..5 {
        let id = app.product(&format!("product {at}")).await;
        assert_eq!(user.put(&format!("/v1/products/{id}/favorite")).await.status, 204);
    }
    user
}

async fn cursor(caller: &Client, list: &str) -> String {
    let next = next(&caller.get(&format!("{list}?limit=2")).await).unwrap();
    next.split_once("cursor=").unwrap().1.to_owned()
}

#[tokio::test]
async fn invalid_limits_are_refused() {
    let app = TestApp::init().await;
    let user = collector(&app).await;
    for list in LISTS {
        for bad in [
            "0",
            "-1",
            "-0",
            "1.5",
            "1.0",
            "abc",
            "101",
            "256",
            "257",
            "18446744073709551617",
            &"9".repeat(400),
            "",
            "+5",
            "%2B5",
            "1e1",
            "0x10",
            "5%20",
            "%00",
            "%EF%BC%91",
            "NaN",
            "null",
            "5,5",
        ] {
            assert_eq!(fields(&user.get(&format!("{list}?limit={bad}")).await), ["limit"], "{list} {bad}");
        }
        for twice in ["limit=5&limit=5", "limit=5&limit=6"] {
            assert_eq!(fields(&user.get(&format!("{list}?{twice}")).await), ["limit"], "{list} {twice}");
        }
        assert_eq!(fields(&user.get(&format!("{list}?limit=0&cursor=")).await), ["limit", "cursor"], "{list}");
        for good in ["limit=1", "limit=100", "", "limit%3D=0", "Limit=0"] {
            assert_eq!(user.get(&format!("{list}?{good}")).await.status, 200, "{list} {good}");
        }
    }
}

#[tokio::test]
async fn invalid_cursors_are_refused() {
    let app = TestApp::init().await;
    let user = collector(&app).await;
    let encoded = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let (id, me) = ("01900000-0000-7000-8000-000000000000", user.id);
    for list in LISTS {
        let name = list.rsplit('/').next().unwrap();
        let owner = if name == "favorites" { me.to_string() } else { "all".to_owned() };
        let good = cursor(&user, list).await;
        assert_eq!(user.get(&format!("{list}?limit=2&cursor={good}")).await.status, 200);
        let json = String::from_utf8(URL_SAFE_NO_PAD.decode(&good).unwrap()).unwrap();
        let mut bad = vec![
            "x".to_owned(),
            "garbage".to_owned(),
            "%00".to_owned(),
            "%ff".to_owned(),
            "..%2F..%2Fetc".to_owned(),
            id.to_owned(),
            String::new(),
            "A".repeat(1025),
            "A".repeat(5000),
            format!("{good}="),
            format!("{good}=="),
            format!("{good}A"),
            format!("%20{good}"),
            STANDARD.encode([0xfb, 0xff, 0xfe]),
            encoded(&format!("{json} x")),
            encoded(&format!(" [{json}]")),
            URL_SAFE_NO_PAD.encode([0xff, 0xfe]),
        ];
        let half = good.len() / 2;
        bad.extend([1, 2, 3, 4, half].map(|less| good[..good.len() - less].to_owned()));
        bad.extend(["{}", "[]", "null", "1", "\"\"", "true", "[", "[null]", "[1,2,3]", "[[],[]]", "[{}]"].map(encoded));
        bad.extend(
            [
                format!(r#"["{name}"]"#),
                format!(r#"["{name}","{owner}"]"#),
                format!(r#"["{name}","{owner}",""]"#),
                format!(r#"["{name}","{owner}","x"]"#),
                format!(r#"["{name}","{owner}",1]"#),
                format!(r#"["{name}","{owner}","1","x"]"#),
                format!(r#"["{name}","{owner}","x","{id}"]"#),
                format!(r#"["{name}","{owner}",1,"{id}"]"#),
                format!(r#"["{name}","{owner}","1.5","{id}"]"#),
                format!(r#"["{name}","{owner}","9223372036854775808","{id}"]"#),
                format!(r#"["{name}","{owner}","1","{id}","{id}"]"#),
                format!(r#"["other","{owner}","{id}"]"#),
                format!(r#"["{name}","other","1","{id}"]"#),
                format!(r#"{{"list":"{name}","partition":"{owner}"}}"#),
            ]
            .map(|json| encoded(&json)),
        );
        for bad in bad {
            let response = user.get(&format!("{list}?cursor={bad}")).await;
            assert_eq!(fields(&response), ["cursor"], "{list} {bad}");
        }
        let twice = user.get(&format!("{list}?cursor={good}&cursor={good}")).await;
        assert_eq!(fields(&twice), ["cursor"], "{list}");
    }
}

#[tokio::test]
async fn cursors_of_another_list_or_another_user() {
    let app = TestApp::init().await;
    let (user, other) = (collector(&app).await, collector(&app).await);
    let (products, favorites) = (cursor(&user, LISTS[0]).await, cursor(&user, LISTS[1]).await);
    for (caller, list, foreign) in
        [(&user, LISTS[0], &favorites), (&user, LISTS[1], &products), (&other, LISTS[1], &favorites)]
    {
        let response = caller.get(&format!("{list}?cursor={foreign}")).await;
        assert_eq!(fields(&response), ["cursor"], "{list}");
    }
    // The catalogue is the same for all callers.
    assert_eq!(other.get(&format!("{}?cursor={products}", LISTS[0])).await.status, 200);
}
