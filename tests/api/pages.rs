//! The account's pages, without a browser. `tests/browser` has them in one.

use std::fs;

use tests::TestApp;
use tests::repository::root;

const PAGES: [&str; 5] = ["accept-invitation", "reset-password", "security", "sign-up", "verify-email"];

#[tokio::test]
async fn every_page_has_the_strictest_policy() {
    let app = TestApp::init().await;
    for page in PAGES {
        let page = app.anon().get(&format!("/account/{page}")).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        for rule in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "trusted-types 'none'"] {
            assert!(policy.contains(rule), "{policy} lacks {rule}");
        }
        for loose in ["unsafe", "*", "data:", "http"] {
            assert!(!policy.contains(loose), "{policy} has {loose}");
        }
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(!page.body.contains("//") && !page.body.contains("<style"), "{}", page.body);
    }
    for other in ["none", "account.html", "Security", "%2e%2e"] {
        assert!(app.anon().get(&format!("/account/{other}")).await.is(404, "not_found"), "{other}");
    }
    assert!(app.dynamo.take_calls().is_empty(), "pages need no database");
}

/// A script that is not there would break its page, and a file that no route gives would be forgotten.
#[tokio::test]
async fn every_file_of_the_pages_is_served_and_names_files_that_there_are() {
    let app = TestApp::init().await;
    for file in fs::read_dir(root().join("functions/assets/account")).unwrap().map(|file| file.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let asset = app.anon().get(&format!("/account/assets/{name}")).await;
        let expected = match file.extension().unwrap().to_str().unwrap() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => {
                assert!(name == "account.html" && asset.is(404, "not_found"), "{name}");
                continue;
            }
        };
        assert_eq!((asset.status, asset.header("content-type"), &asset.body), (200, expected, &text), "{name}");
        for named in text.split(['"', '\'']).filter_map(|text| text.strip_prefix("./")) {
            assert!(root().join("functions/assets/account").join(named).is_file(), "{name} needs {named}");
        }
    }
}
