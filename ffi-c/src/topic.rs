//! Topic Names, Topic Filters and patterns.

use crate::error::{Failure, pmq_result};
use crate::packet::topic_name;
use crate::panic::{boundary, boundary_or};
use crate::property::topic_filter;
use crate::view::{Buffer, Out, pmq_str, reference};
use alloc::boxed::Box;
use polymqtt_core::topic::{PatternError, TopicError, TopicFilter, TopicName, TopicPattern, matches};

/// Why a text is not a Topic Name, Topic Filter or pattern.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_topic_error {
    /// The statement of MQTT 5.0 that is broken, such as `MQTT-4.7.1-1`; absent for a repeated name of a pattern.
    pub statement: pmq_str,
    /// How many bytes stand before the fault.
    pub position: u32,
    /// The level of the fault, counted from 1.
    pub level: u32,
}

/// A Topic Filter whose wildcards have names, such as `cmd/+room/#action`.
pub struct pmq_topic_pattern {
    pattern: TopicPattern,
}

/// What a name of a pattern stands for in a topic.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_capture {
    /// The name, without `+` or `#`.
    pub name: pmq_str,
    /// The level, or for `#` all that is left.
    pub value: pmq_str,
}

/// Whether a text is a Topic Name. `error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_name_check(name: pmq_str, error: *mut pmq_topic_error) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (text, out) = unsafe { (name.or_empty()?, Out::optional(error)) };
        TopicName::new(text)
            .map(drop)
            .map_err(|error| refusal(error, out, Failure::said(pmq_result::TopicName, &error.describe_name(text))))
    })
}

/// Whether a text is a Topic Filter, `$share/name/filter` among them. `error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_filter_check(filter: pmq_str, error: *mut pmq_topic_error) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (text, out) = unsafe { (filter.or_empty()?, Out::optional(error)) };
        TopicFilter::new(text)
            .map(drop)
            .map_err(|error| refusal(error, out, Failure::said(pmq_result::TopicFilter, &error.describe_filter(text))))
    })
}

/// The two parts of a shared filter: the name (absent if it is not shared) and the filter behind it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_filter_share(
    filter: pmq_str,
    share_name: *mut pmq_str,
    rest: *mut pmq_str,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (text, share_name, rest) = unsafe { (filter.or_empty()?, Out::new(share_name)?, Out::new(rest)?) };
        let filter = topic_filter(text)?;
        share_name.set(pmq_str::optional(filter.share_name()));
        rest.set(pmq_str::new(filter.filter_without_share()));
        Ok(())
    })
}

/// Whether a Topic Filter matches a Topic Name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_matches(filter: pmq_str, topic: pmq_str, is_match: *mut bool) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (filter, topic, out) = unsafe { (filter.or_empty()?, topic.or_empty()?, Out::new(is_match)?) };
        out.set(matches(topic_filter(filter)?, topic_name(topic)?));
        Ok(())
    })
}

/// Parses a pattern. `error` may be NULL. Free it with `pmq_topic_pattern_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_pattern_new(
    text: pmq_str,
    pattern: *mut *mut pmq_topic_pattern,
    error: *mut pmq_topic_error,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (text, out, error) = unsafe { (text.or_empty()?, Out::new(pattern)?, Out::optional(error)) };
        let pattern = TopicPattern::new(text).map_err(|fault| refused_pattern(fault, text, error))?;
        out.set(Box::into_raw(Box::new(pmq_topic_pattern { pattern })));
        Ok(())
    })
}

/// Ends a pattern. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_pattern_free(pattern: *mut pmq_topic_pattern) {
    if !pattern.is_null() {
        // SAFETY: it came from `pmq_topic_pattern_new`, and the caller does not use it any more.
        let pattern = unsafe { Box::from_raw(pattern) };
        boundary_or((), || drop(pattern));
    }
}

/// The Topic Filter to subscribe to: the pattern without its names. Valid as long as the pattern; absent for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_pattern_filter(pattern: *const pmq_topic_pattern) -> pmq_str {
    // SAFETY: the caller gives NULL or a valid pointer (README, Pointers).
    let pattern = unsafe { reference(pattern) };
    pattern.map_or(pmq_str::ABSENT, |pattern| pmq_str::new(pattern.pattern.filter()))
}

/// What the names of a pattern stand for in a topic, in their order. `PMQ_RESULT_NONE`: the topic does not match.
///
/// `*count` is the number of names, also when they do not fit. The views belong to the pattern and to `topic`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_topic_pattern_captures(
    pattern: *const pmq_topic_pattern,
    topic: pmq_str,
    captures: *mut pmq_capture,
    capacity: usize,
    count: *mut usize,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (pattern, topic) = unsafe { (reference(pattern)?, topic.or_empty()?) };
        // SAFETY: `captures` has room for `capacity` entries.
        let mut out = unsafe { Buffer::new(captures, capacity, count) }?;
        let found = pattern.pattern.captures(topic_name(topic)?).ok_or(Failure::from(pmq_result::None))?;
        found.for_each(|(name, value)| {
            out.push(pmq_capture { name: pmq_str::new(name), value: pmq_str::new(value) });
        });
        out.finish()
    })
}

fn refusal(error: TopicError, out: Option<Out<'_, pmq_topic_error>>, failure: Failure) -> Failure {
    if let Some(out) = out {
        out.set(pmq_topic_error {
            statement: pmq_str::new(error.statement()),
            position: error.position(),
            level: error.level(),
        });
    }
    failure
}

fn refused_pattern(fault: PatternError, text: &str, out: Option<Out<'_, pmq_topic_error>>) -> Failure {
    match fault {
        PatternError::Filter(error) => {
            refusal(error, out, Failure::said(pmq_result::TopicFilter, &fault.describe(text)))
        }
        PatternError::DuplicateCapture { position, level } => {
            if let Some(out) = out {
                out.set(pmq_topic_error { statement: pmq_str::ABSENT, position, level });
            }
            Failure::said(pmq_result::DuplicateCapture, &fault.describe(text))
        }
    }
}
