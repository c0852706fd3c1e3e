//! The events that the sources can write, compared with docs/events.md.

use std::collections::{BTreeMap, BTreeSet};

use catalogue::EVENTS;
use tests::repository::{self, with_domains};

use crate::docs;
use crate::errors::errors;

/// The event and members of every place in the sources that writes a log line with a literal event name.
fn written() -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for (_, text) in repository::sources(&with_domains(&["shared", "functions", "tools"])) {
        for place in text.split("event = \"").skip(1) {
            let (event, rest) = place.split_once('"').unwrap();
            found.push((event.to_owned(), members(rest.split(';').next().unwrap())));
        }
    }
    assert!(found.len() > 20, "the events were not found");
    found
}

/// The names of the members in text such as `, user = %x.y(1, 2), %cause)`.
fn members(fields: &str) -> BTreeSet<String> {
    let (mut depth, mut parts) = (0_i32, vec![String::new()]);
    for c in fields.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match c {
            _ if depth < 0 => break,
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let name = |part: &String| part.split('=').next().unwrap().trim().trim_start_matches('%').to_owned();
    parts.iter().map(name).filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_events_in_the_sources_are_those_in_the_docs() {
    let refusals: BTreeSet<String> = docs::refusals().into_iter().map(|row| row.event).collect();
    let others: BTreeSet<String> = docs::other_events().into_iter().map(|(event, _)| event).collect();
    let given: BTreeSet<String> =
        errors().iter().filter_map(|error| error.row().log).map(|(event, _)| event.to_owned()).collect();
    assert_eq!(refusals, given);
    let literal: BTreeSet<String> = written().into_iter().map(|(event, _)| event).collect();
    assert_eq!(others, literal);
    let declared: BTreeSet<String> = EVENTS.iter().copied().flatten().map(|event| (*event).to_owned()).collect();
    assert_eq!(
        declared,
        refusals.union(&others).cloned().collect(),
        "the declared events differ from those in the docs"
    );
}

#[test]
fn every_events_members_are_those_in_the_docs() {
    let mut places: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
    written().into_iter().for_each(|(event, members)| places.entry(event).or_default().push(members));
    for (event, documented) in docs::other_events() {
        let places = &places[&event];
        let all: BTreeSet<String> = places.iter().flatten().cloned().collect();
        assert_eq!(documented.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), all, "{event}");
        for (name, _) in documented.iter().filter(|(_, always)| *always) {
            assert!(places.iter().all(|members| members.contains(name)), "{event}: {name} is not always there");
        }
    }
}
