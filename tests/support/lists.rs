//! Lists with pages, and what every list refuses.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::client::{Client, Response};
use crate::problems::fields;

/// The path of the next page, if the response names one.
pub fn next(response: &Response) -> Option<String> {
    let link = response.headers.get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(r#">; rel="next""#).unwrap().to_owned())
}

/// The ids on a page.
pub fn ids(response: &Response) -> Vec<String> {
    assert_eq!(response.status, 200, "{}", response.body);
    let items = response.json();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// The ids of all pages from `path` on, one list per page. Without the empty pages, except for an empty list.
pub async fn pages(client: &Client, path: &str) -> Vec<Vec<String>> {
    let (mut path, mut pages) = (path.to_owned(), Vec::new());
    loop {
        let response = client.get(&path).await;
        pages.push(ids(&response));
        assert!(pages.len() < 200, "the list never ends");
        let Some(more) = next(&response) else { break };
        path = more;
    }
    pages.retain(|page| !page.is_empty());
    if pages.is_empty() { vec![Vec::new()] } else { pages }
}

/// The cursor after the first two items of a list that has more.
pub async fn cursor(client: &Client, list: &str) -> String {
    let next = next(&client.get(&format!("{list}?limit=2")).await).unwrap();
    next.split_once("cursor=").unwrap().1.to_owned()
}

/// Asserts that a list refuses limits that are not numbers from 1 to 100.
pub async fn assert_invalid_limits_are_refused(client: &Client, list: &str) {
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
        assert_eq!(fields(&client.get(&format!("{list}?limit={bad}")).await), ["limit"], "{list} {bad}");
    }
    for twice in ["limit=5&limit=5", "limit=5&limit=6"] {
        assert_eq!(fields(&client.get(&format!("{list}?{twice}")).await), ["limit"], "{list} {twice}");
    }
    assert_eq!(fields(&client.get(&format!("{list}?limit=0&cursor=")).await), ["limit", "cursor"], "{list}");
    for good in ["limit=1", "limit=100", "", "limit%3D=0", "Limit=0"] {
        assert_eq!(client.get(&format!("{list}?{good}")).await.status, 200, "{list} {good}");
    }
}

/// Asserts that a list of more than two items refuses cursors that it did not make. `owner` is the owner in its own
/// cursors.
pub async fn assert_invalid_cursors_are_refused(client: &Client, list: &str, owner: &str) {
    let encoded = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let id = "01900000-0000-7000-8000-000000000000";
    let name = list.rsplit('/').next().unwrap();
    let good = cursor(client, list).await;
    assert_eq!(client.get(&format!("{list}?limit=2&cursor={good}")).await.status, 200);
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
        let response = client.get(&format!("{list}?cursor={bad}")).await;
        assert_eq!(fields(&response), ["cursor"], "{list} {bad}");
    }
    let twice = client.get(&format!("{list}?cursor={good}&cursor={good}")).await;
    assert_eq!(fields(&twice), ["cursor"], "{list}");
}

/// Asserts that a list left this item out, and logged why.
#[track_caller]
pub fn assert_left_out(response: &Response, table: &str, attribute: &str, key: &str) {
    assert!(!ids(response).iter().any(|id| id == key), "{}", response.body);
    let events = response.events();
    let lines: Vec<_> = events.iter().filter(|line| line["event"] == "item_unreadable").collect();
    assert!(
        matches!(&lines[..], [line] if line["table"] == table && line["attribute"] == attribute && line["key"] == key),
        "{lines:?}"
    );
}
