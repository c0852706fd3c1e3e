use super::*;
use crate::row::{item, text};

struct Things;

impl Table for Things {
    const NAME: &'static str = "things";
    const KEY: &'static [&'static str] = &["id"];
}

#[test]
fn only_what_differs_is_changed_and_the_version_is_raised() {
    let read = item([("id", text("a")), ("name", text("Cup")), ("price", number("9.5"))]);
    let change = [("name", None), ("price", Some(number("9.50"))), ("note", Some(text("new")))];
    let changes = differing(&read, &change);
    assert_eq!(changes, [("note", text("new"))], "9.50 is 9.5");
    let once = edited::<Things>(&read, &changes).unwrap();
    assert_eq!((&once["note"], &once["version"], &once["price"]), (&text("new"), &number(1), &number("9.5")));
    assert_eq!(edited::<Things>(&once, &[]).unwrap()["version"], number(2));
}
