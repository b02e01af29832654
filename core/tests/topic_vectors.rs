//! Runs `core/vectors/topic.txt` through the public API: the naive matcher, both indexes, and patterns.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "every function here is part of a test")]

mod vector_file;

use core::ops::ControlFlow;

use polymqtt_core::topic::{
    PatternError, SubscriptionIndex, TopicError, TopicFilter, TopicIndex, TopicName, TopicPattern, matches,
};
use vector_file::{Case, parse, unquote};

#[test]
fn every_case_of_the_topic_vectors_holds() {
    let cases = parse(include_str!("../vectors/topic.txt"));
    let mut counts = [0; 4];
    for case in &cases {
        let kind = if case.raw("pattern").is_some() {
            check_pattern(case);
            0
        } else if case.raw("match").is_some() {
            check_match(case);
            1
        } else if case.raw("filter").is_some() {
            check_filter(case);
            2
        } else {
            check_topic(case);
            3
        };
        counts[kind] += 1;
    }
    assert!(counts.iter().all(|count| *count >= 20), "patterns, matches, filters, topics: {counts:?}");
}

fn check_match(case: &Case<'_>) {
    let (filter, topic) = (case.text("filter").unwrap(), case.text("topic").unwrap());
    let (filter, topic) = (TopicFilter::new(&filter).unwrap(), TopicName::new(&topic).unwrap());
    let expected = is_yes(case, "match");
    check_share(case, filter);
    assert_eq!(matches(filter, topic), expected, "{}", case.name);

    let mut index = SubscriptionIndex::new(0);
    index.insert_with(filter, || ()).unwrap();
    let mut found = 0;
    index.for_each_match(topic, |_, ()| found += 1);
    assert_eq!(found, usize::from(expected), "{}: the index of filters", case.name);

    let mut index = TopicIndex::new();
    index.insert(topic, ());
    let mut found = 0;
    index.cursor(filter).advance(&index, 100, |_, ()| {
        found += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(found, usize::from(expected), "{}: the index of topics", case.name);
}

fn check_filter(case: &Case<'_>) {
    let text = case.text("filter").unwrap();
    let checked = TopicFilter::new(&text);
    assert_eq!(checked.map_err(TopicError::statement).err(), refusal(case), "{}", case.name);
    if let Ok(filter) = checked {
        check_share(case, filter);
    }
}

fn check_topic(case: &Case<'_>) {
    let text = case.text("topic").unwrap();
    assert_eq!(TopicName::new(&text).map_err(TopicError::statement).err(), refusal(case), "{}", case.name);
}

fn check_share(case: &Case<'_>, filter: TopicFilter<'_>) {
    assert_eq!(filter.share_name(), case.text("share").as_deref(), "{}", case.name);
    let rest = case.text("rest").unwrap_or_else(|| filter.as_str().to_owned());
    assert_eq!(filter.filter_without_share(), rest, "{}", case.name);
}

fn check_pattern(case: &Case<'_>) {
    let text = case.text("pattern").unwrap();
    let pattern = match TopicPattern::new(&text) {
        Ok(pattern) => pattern,
        Err(error) => {
            let code = match error {
                PatternError::Filter(error) => error.statement(),
                PatternError::DuplicateCapture { .. } => "duplicate_capture",
            };
            assert_eq!(refusal(case), Some(code), "{}", case.name);
            return;
        }
    };
    assert_eq!(pattern.filter(), case.text("filter").expect(case.name), "{}", case.name);
    let Some(topic) = case.text("topic") else { return };
    let expected: Vec<_> = case
        .all("capture")
        .map(|line| {
            let (name, value) = line.split_once(' ').unwrap();
            (name, unquote(value))
        })
        .collect();
    let captures = pattern.captures(TopicName::new(&topic).unwrap());
    assert_eq!(captures.is_some(), is_yes(case, "match"), "{}", case.name);
    let captures: Vec<_> = captures.into_iter().flatten().collect();
    assert!(
        captures.iter().copied().eq(expected.iter().map(|(name, value)| (*name, value.as_str()))),
        "{}: {captures:?}",
        case.name
    );
}

fn is_yes(case: &Case<'_>, key: &str) -> bool {
    match case.raw(key) {
        Some("yes") => true,
        Some("no") => false,
        other => panic!("{}: {key} is yes or no, not {other:?}", case.name),
    }
}

/// The code behind `valid no`; `None` after `valid yes`.
fn refusal<'a>(case: &Case<'a>) -> Option<&'a str> {
    match case.raw("valid") {
        Some("yes") => None,
        Some(value) => Some(value.strip_prefix("no ").expect(case.name)),
        None => panic!("{}: there is no `valid`", case.name),
    }
}
