//! The indexes against the naive matcher, under random sequences of changes; and that hostile input stays cheap.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the functions that the tests share are tests too")]

use core::mem;
use core::ops::ControlFlow;
use std::collections::BTreeMap;

use polymqtt_core::topic::{
    CursorState, FilterId, SubscriptionIndex, TopicFilter, TopicIndex, TopicName, TopicPattern, ValueList, matches,
};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn subscription_index_equals_the_naive_matcher(
        seed in any::<u64>(),
        changes in prop::collection::vec((any::<bool>(), filters()), 1..120),
        topics in prop::collection::vec(topics(), 1..20),
    ) {
        let mut index = SubscriptionIndex::new(seed);
        let mut model = BTreeMap::<String, FilterId>::new();
        for (is_removal, text) in changes {
            let filter = TopicFilter::new(&text).unwrap();
            prop_assert_eq!(index.find(filter), model.get(&text).copied());
            if is_removal {
                if let Some(id) = model.remove(&text) {
                    prop_assert_eq!(index.remove(id), Some(text));
                }
            } else {
                let id = index.insert_with(filter, || text.clone()).unwrap();
                prop_assert_eq!(*model.entry(text).or_insert(id), id);
            }
            prop_assert_eq!(index.len(), model.len());
        }
        for (text, id) in &model {
            let mut written = String::new();
            prop_assert!(index.write_filter(*id, &mut written));
            prop_assert_eq!(&written, text);
            prop_assert_eq!(index.get(*id), Some(text));
        }
        for topic in &topics {
            check_matches(&mut index, &model, topic)?;
        }
        for (text, id) in mem::take(&mut model) {
            prop_assert_eq!(index.remove(id), Some(text));
        }
        prop_assert_eq!(index.size_bytes(), 0);
    }

    #[test]
    fn cursor_visits_what_the_naive_matcher_matches(
        stored in prop::collection::btree_set(topics(), 0..60),
        filter in filters(),
        steps_max in 1..9_usize,
    ) {
        let mut index = TopicIndex::new();
        for topic in &stored {
            index.insert(TopicName::new(topic).unwrap(), topic.len());
        }
        let filter = TopicFilter::new(&filter).unwrap();
        let mut found = walk(&index, filter, steps_max, 3 * stored.len() + 2);
        found.sort();
        let expected: Vec<_> = stored.iter().filter(|topic| matches(filter, TopicName::new(topic).unwrap())).cloned().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn cursor_stays_right_while_the_index_changes(
        kept in prop::collection::btree_set(topics(), 0..30),
        changes in prop::collection::vec((any::<bool>(), topics()), 0..200),
        filter in filters(),
        steps_max in 1..5_usize,
    ) {
        let mut index = TopicIndex::new();
        for topic in &kept {
            index.insert(TopicName::new(topic).unwrap(), ());
        }
        let filter = TopicFilter::new(&filter).unwrap();
        let mut cursor = index.cursor(filter);
        let mut found = Vec::new();
        let mut changes = changes.into_iter().filter(|(_, topic)| !kept.contains(topic));
        let mut slices = 0;
        while cursor.advance(&index, steps_max, |topic, ()| {
            found.push(topic.as_str().to_owned());
            ControlFlow::Continue(())
        }) == CursorState::More {
            for (add, topic) in changes.by_ref().take(3) {
                let topic = TopicName::new(&topic).unwrap();
                if add { index.insert(topic, ()) } else { index.remove(topic) };
            }
            slices += 1;
            prop_assert!(slices < 1000, "the walk does not end");
        }
        prop_assert!(found.iter().all(|topic| matches(filter, TopicName::new(topic).unwrap())));
        let count = found.len();
        found.sort();
        found.dedup();
        prop_assert_eq!(found.len(), count, "a topic came twice");
        for topic in &kept {
            let expected = matches(filter, TopicName::new(topic).unwrap());
            prop_assert_eq!(found.contains(topic), expected, "{}", topic);
        }
    }

    #[test]
    fn captures_put_into_the_pattern_give_the_topic(levels in prop::collection::vec(level(), 1..6), named in any::<[bool; 6]>()) {
        let topic = levels.join("/");
        prop_assume!(!topic.is_empty() && !topic.starts_with('$'));
        let pattern: Vec<_> =
            levels.iter().enumerate().map(|(at, text)| if named[at] { format!("+n{at}") } else { text.clone() }).collect();
        let pattern = TopicPattern::new(&pattern.join("/")).unwrap();
        let captures: Vec<_> = pattern.captures(TopicName::new(&topic).unwrap()).unwrap().collect();
        let names: Vec<_> = (0..levels.len()).filter(|at| named[*at]).map(|at| format!("n{at}")).collect();
        prop_assert_eq!(captures.len(), names.len());
        for ((name, value), at) in captures.into_iter().zip((0..levels.len()).filter(|at| named[*at])) {
            prop_assert_eq!(name, format!("n{at}"));
            prop_assert_eq!(value, &levels[at]);
        }
    }

    #[test]
    fn any_text_is_accepted_or_refused_without_a_panic(text in "[$a-c+#/é\0share]{0,24}|\\PC{0,40}", topic in "[a-c$/]{1,12}") {
        let topic = TopicName::new(&topic).unwrap();
        if let Err(error) = TopicName::new(&text) {
            prop_assert!(error.position() as usize <= text.len());
            prop_assert!(!error.describe_name(&text).to_string().is_empty());
        }
        for filter in [TopicFilter::new(&text), TopicFilter::plain(&text)] {
            match filter {
                Ok(filter) => {
                    let mut index = SubscriptionIndex::<ValueList<u8>>::new(1);
                    index.push(filter, 1).unwrap();
                    let mut found = false;
                    index.for_each_value(topic, |_| found = true);
                    prop_assert_eq!(found, matches(filter, topic));
                }
                Err(error) => prop_assert!(error.statement().starts_with("MQTT-4.")),
            }
        }
        if let Ok(pattern) = TopicPattern::new(&text) {
            prop_assert_eq!(pattern.captures(topic).is_some(), matches(pattern.topic_filter().unwrap(), topic));
        }
    }
}

#[test]
fn the_deepest_topic_takes_linear_steps() {
    let deep = "/".repeat(65_535);
    let plus = vec!["+"; 32_768].join("/");
    let literal = vec!["a"; 32_768].join("/");
    let mut index = SubscriptionIndex::new(1);
    // As many nodes as levels: every prefix of every fourth level is a filter of its own.
    let mut expected = 0;
    for length in (0..8192).step_by(4) {
        let prefix = format!("{}#", &deep[..length]);
        index.insert_with(TopicFilter::new(&prefix).unwrap(), || ()).unwrap();
        expected += 1;
    }
    index.insert_with(TopicFilter::new(&plus).unwrap(), || ()).unwrap();
    let mut found = 0;
    let steps = index.for_each_match(TopicName::new(&deep).unwrap(), |_, ()| found += 1);
    assert_eq!(found, expected);
    assert!(steps <= 2 * 65_536, "{steps}");

    let mut found = 0;
    let steps = index.for_each_match(TopicName::new(&literal).unwrap(), |_, ()| found += 1);
    assert_eq!(found, 2, "the long filter of '+' and '#'");
    assert!(steps <= 2 * 65_536, "{steps}");
}

#[test]
fn filters_made_for_a_blow_up_cost_no_more_than_their_tree() {
    // All filters of 10 levels out of `a` and `+`: a topic of `a` matches each of them, one of `b` only one.
    let mut index = SubscriptionIndex::new(1);
    for bits in 0..1024_u32 {
        let levels: Vec<_> = (0..10).map(|level| if bits >> level & 1 == 1 { "+" } else { "a" }).collect();
        index.insert_with(TopicFilter::new(&levels.join("/")).unwrap(), || ()).unwrap();
    }
    let topic = ["a"; 10].join("/");
    let mut found = Vec::new();
    let steps = index.collect_matches(TopicName::new(&topic).unwrap(), &mut found);
    assert_eq!(found.len(), 1024);
    assert!(steps <= 2048, "{steps}");

    // A hundred levels more in the topic, and in one filter: what does not fit is left at once.
    let long = format!("{}/x", vec!["a"; 110].join("/"));
    let steps = index.collect_matches(TopicName::new(&long).unwrap(), &mut found);
    assert!(steps <= 2048, "{steps}");
    let steps = index.collect_matches(TopicName::new(&["b"; 10].join("/")).unwrap(), &mut found);
    assert!(steps <= 12, "{steps}");
}

#[test]
fn the_cursor_takes_few_steps_in_the_worst_tree() {
    // Three levels of 16 names each, asked for a name that is nowhere: it can only be looked for.
    let mut index = TopicIndex::new();
    for number in 0..4096_u32 {
        let topic = format!("{:x}/{:x}/{:x}", number >> 8, number >> 4 & 15, number & 15);
        index.insert(TopicName::new(&topic).unwrap(), ());
    }
    for filter in ["+/+/none", "+/none/+", "+/+/+/+", "none/+/+", "+/+/+/#", "+/+/7"] {
        walk(&index, TopicFilter::new(filter).unwrap(), 1, 3 * 4096);
    }
    assert_eq!(walk(&index, TopicFilter::new("+/7/7").unwrap(), 1, 16 * 24).len(), 16);

    let mut deep = TopicIndex::new();
    deep.insert(TopicName::new(&"/".repeat(65_535)).unwrap(), ());
    let plus = vec!["+"; 32_768].join("/");
    assert!(walk(&deep, TopicFilter::new(&plus).unwrap(), 1, 3).is_empty());
    assert_eq!(walk(&deep, TopicFilter::new(&format!("{}#", "+/".repeat(32_000))).unwrap(), 1, 3).len(), 1);
}

fn check_matches(
    index: &mut SubscriptionIndex<String>,
    model: &BTreeMap<String, FilterId>,
    topic: &str,
) -> Result<(), TestCaseError> {
    let name = TopicName::new(topic).unwrap();
    let mut found = Vec::new();
    let steps = index.for_each_match(name, |_, text| found.push(text.clone()));
    found.sort();
    let expected: Vec<_> =
        model.keys().filter(|filter| matches(TopicFilter::new(filter).unwrap(), name)).cloned().collect();
    prop_assert_eq!(&found, &expected, "topic {:?}", topic);
    prop_assert!(steps <= 2 * model.len() + 2);
    let mut ids = Vec::new();
    index.collect_matches(name, &mut ids);
    ids.sort();
    let mut expected: Vec<_> = expected.iter().map(|text| model[text]).collect();
    expected.sort();
    prop_assert_eq!(ids, expected);
    Ok(())
}

fn walk<T>(index: &TopicIndex<T>, filter: TopicFilter<'_>, steps_max: usize, slices_max: usize) -> Vec<String> {
    let mut cursor = index.cursor(filter);
    let mut found = Vec::new();
    for _ in 0..slices_max {
        let state = cursor.advance(index, steps_max, |topic, _| {
            found.push(topic.as_str().to_owned());
            ControlFlow::Continue(())
        });
        if state == CursorState::Done {
            return found;
        }
    }
    panic!("{filter} takes more than {slices_max} slices of {steps_max}");
}

/// Few and tricky levels, so that filters and topics meet often.
fn level() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "ab", "a!", "$", "é", "\u{1}", "long level name"]).prop_map(str::to_owned)
}

fn topics() -> impl Strategy<Value = String> {
    prop::collection::vec(level(), 1..6)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a topic is not empty", |topic| !topic.is_empty())
}

fn filters() -> impl Strategy<Value = String> {
    let level = prop_oneof![3 => level(), 2 => Just("+".to_owned())];
    (prop::collection::vec(level, 0..6), any::<bool>())
        .prop_map(|(mut levels, is_multi_level)| {
            if is_multi_level {
                levels.push("#".to_owned());
            }
            levels.join("/")
        })
        .prop_filter("a filter is not empty", |filter| !filter.is_empty())
}
