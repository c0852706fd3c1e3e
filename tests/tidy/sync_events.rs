//! The rows of docs/events.md, which `cargo project sync` writes.

use api::Code;
use catalogue::{CODES, EVENTS};
use tests::repository::read;

use crate::sync::assert_same;

/// docs/events.md after `cargo project sync`.
fn events(text: &str) -> String {
    ::sync::events(text, CODES, EVENTS).unwrap()
}

#[test]
fn rows_of_events_come_back_and_go_with_their_events() {
    let text = read("docs/events.md");
    assert_same(&events(&text), &text, "nothing changed");
    let table = text.find("\n| event | members | meaning |").unwrap();
    let mut tried = 0;
    for row in text[table..].lines().skip(3).take_while(|line| line.starts_with('|')) {
        let event = row.split('`').nth(1).unwrap();
        let to_write = format!("| `{event}` | (to be written) | (to be written) |");
        let found = events(&text.replace(&format!("\n{row}\n"), "\n"));
        assert_eq!(found.lines().filter(|line| *line == to_write).count(), 1, "{event}");
        assert_eq!(found.lines().count(), text.lines().count(), "{event}");
        assert_same(&events(&found), &found, event);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
    for (place, row) in [
        ("| event | members | meaning |\n|---|---|---|\n", "| `gone` | `user` | nothing logs it |\n"),
        ("| reason | status | what is wrong |\n|---|---|---|\n", "| `gone` | 409 | no code has this name |\n"),
        (
            "| event | reason | status | code | metrics |\n|---|---|---|---|---|\n",
            "| `gone` | `x` | 401 | `token_invalid` | `Refusals` |\n",
        ),
    ] {
        let changed = text.replacen(place, &format!("{place}{row}"), 1);
        assert!(changed != text, "{place}");
        assert_same(&events(&changed), &text, row);
    }
}

#[test]
fn rows_of_codes_come_back_with_their_sentence() {
    const NEW: Code = Code::new(409, "order_shipped", "The order is on its way.");
    let text = read("docs/events.md");
    let codes = [CODES, &[&[NEW]]].concat();
    let found = ::sync::events(&text, &codes, EVENTS).unwrap();
    let row = "| `order_shipped` | 409 | the order is on its way |\n";
    let before = found.split_once(row).unwrap().0.lines().last().unwrap().to_owned();
    assert!(before.contains("| 409 |"), "{before}");
    assert_same(&found.replace(row, ""), &text, "the rest");
    assert_same(&events(&found), &text, "a code that is gone");
    let events = [EVENTS, &[&["order_shipped"]]].concat();
    let found = ::sync::events(&text, CODES, &events).unwrap();
    assert!(found.contains("| `order_shipped` | (to be written) | (to be written) |\n"), "an event of a new domain");
}
