//! Topic Aliases: a number in place of a Topic Name, per connection and direction. Spec: 3.3.2.3.4.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Assigns Topic Aliases to the topics that we publish.
///
/// A cache of sets of four: a topic's hash chooses the set, within the set the alias that was assigned longest ago
/// gives way. So an assignment costs a hash and at most four comparisons whatever the peer's maximum is, and topics
/// that are used all the time stay. The table grows with use and holds no heap before the first assignment.
#[derive(Debug, Clone, Default)]
pub struct TopicAliasOutbound {
    topics: Vec<Option<Box<str>>>,
    maximum: u16,
    /// Which place of a full set gives way next.
    next_victim: u8,
}

/// How to send a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasUse {
    /// The Topic Name alone.
    None,
    /// The Topic Name together with this alias, which the peer remembers from now on.
    Assign(u16),
    /// This alias alone.
    Known(u16),
}

impl TopicAliasOutbound {
    /// No aliases until [`begin_connection`](Self::begin_connection).
    pub const fn new() -> Self {
        Self { topics: Vec::new(), maximum: 0, next_victim: 0 }
    }

    /// A new connection, where no alias is assigned yet. Spec: 3.3.2.3.4 [MQTT-3.3.2-7].
    ///
    /// `maximum`: the peer's Topic Alias Maximum or our own limit if that is lower.
    pub fn begin_connection(&mut self, maximum: u16) {
        *self = Self { maximum, ..Self::new() };
    }

    /// How to send `topic`. The PUBLISH must then be sent, or the alias be given up with [`forget`](Self::forget).
    pub fn assign(&mut self, topic: &str) -> AliasUse {
        // An alias property takes three bytes.
        if self.maximum == 0 || topic.len() <= 3 {
            return AliasUse::None;
        }
        let ways = usize::from(self.maximum.min(4));
        let sets = usize::from(self.maximum) / ways;
        let first = hash(topic) as usize % sets * ways;
        if self.topics.len() < first + ways {
            self.topics.resize(first + ways, None);
        }
        let Some(set) = self.topics.get_mut(first..first + ways) else { return AliasUse::None };
        let mut place = None;
        for (way, known) in set.iter().enumerate() {
            match known {
                Some(known) if **known == *topic => return AliasUse::Known(alias_of(first + way)),
                Some(_) => {}
                None => place = place.or(Some(way)),
            }
        }
        let way = place.unwrap_or_else(|| {
            self.next_victim = self.next_victim.wrapping_add(1);
            usize::from(self.next_victim) % ways
        });
        if let Some(place) = set.get_mut(way) {
            *place = Some(topic.into());
        }
        AliasUse::Assign(alias_of(first + way))
    }

    /// Gives up an alias whose PUBLISH was not sent after all.
    pub fn forget(&mut self, alias: u16) {
        if let Some(place) = usize::from(alias).checked_sub(1).and_then(|index| self.topics.get_mut(index)) {
            *place = None;
        }
    }
}

/// The Topic Aliases that the peer assigned.
#[derive(Debug, Clone, Default)]
pub struct TopicAliasInbound {
    topics: Vec<Option<Arc<str>>>,
    maximum: u16,
}

impl TopicAliasInbound {
    /// No aliases until [`begin_connection`](Self::begin_connection).
    pub const fn new() -> Self {
        Self { topics: Vec::new(), maximum: 0 }
    }

    /// A new connection, where no alias is assigned yet. `maximum`: our Topic Alias Maximum.
    pub fn begin_connection(&mut self, maximum: u16) {
        self.topics = Vec::new();
        self.maximum = maximum;
    }

    /// The peer sent `topic` together with `alias`: remembers it. False for an alias that is 0 or above our maximum, which
    /// is answered with *Topic Alias invalid*. Spec: 3.3.2.3.4 [MQTT-3.3.2-8], [MQTT-3.3.2-9].
    pub fn assign(&mut self, alias: u16, topic: &str) -> bool {
        if alias == 0 || alias > self.maximum {
            return false;
        }
        let index = usize::from(alias) - 1;
        if index >= self.topics.len() {
            self.topics.resize(index + 1, None);
        }
        if let Some(place) = self.topics.get_mut(index)
            && place.as_deref() != Some(topic)
        {
            *place = Some(topic.into());
        }
        true
    }

    /// The topic that the peer assigned to `alias`, to be kept without a copy; `None` for one that it did not assign, which
    /// is a Protocol Error. Spec: 3.3.2.3.4.
    pub fn topic(&self, alias: u16) -> Option<&Arc<str>> {
        self.topics.get(usize::from(alias).checked_sub(1)?)?.as_ref()
    }
}

fn alias_of(index: usize) -> u16 {
    u16::try_from(index + 1).unwrap_or(u16::MAX)
}

/// FNV-1a: short, good enough for a few thousand topics, and a peer that makes topics collide only loses its aliases.
fn hash(topic: &str) -> u32 {
    topic.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn a_topic_is_sent_once_and_then_its_alias() {
        let mut aliases = TopicAliasOutbound::new();
        assert_eq!(aliases.assign("sensor/1"), AliasUse::None);
        aliases.begin_connection(10);
        let AliasUse::Assign(alias) = aliases.assign("sensor/1") else { panic!("no alias") };
        assert_eq!(aliases.assign("sensor/1"), AliasUse::Known(alias));
        aliases.forget(alias);
        assert_eq!(aliases.assign("sensor/1"), AliasUse::Assign(alias));
        aliases.begin_connection(10);
        assert_eq!(aliases.assign("sensor/1"), AliasUse::Assign(alias), "a new connection knows no alias");
        assert_eq!(aliases.assign("a/b"), AliasUse::None, "nothing is gained for short topics");
    }

    #[test]
    fn aliases_stay_within_the_maximum_and_name_one_topic_each() {
        for maximum in [1u16, 2, 3, 4, 5, 7, 16, 65535] {
            let mut ours = TopicAliasOutbound::new();
            let mut theirs = TopicAliasInbound::new();
            ours.begin_connection(maximum);
            theirs.begin_connection(maximum);
            for step in 0u32..2000 {
                let topic = format!("device/{}/status", step.wrapping_mul(2_654_435_761) % 40);
                match ours.assign(&topic) {
                    AliasUse::None => panic!("no alias"),
                    AliasUse::Assign(alias) => assert!(theirs.assign(alias, &topic)),
                    AliasUse::Known(alias) => assert_eq!(theirs.topic(alias).map(|t| &**t), Some(&*topic)),
                }
            }
        }
    }

    #[test]
    fn aliases_out_of_range_or_unknown_are_noticed() {
        let mut aliases = TopicAliasInbound::new();
        aliases.begin_connection(3);
        assert!(!aliases.assign(0, "a"));
        assert!(!aliases.assign(4, "a"));
        assert!(aliases.assign(3, "a"));
        assert!(aliases.assign(3, "b"));
        assert_eq!(aliases.topic(3).map(|topic| &**topic), Some("b"));
        assert_eq!((aliases.topic(0), aliases.topic(1), aliases.topic(4)), (None, None, None));
    }
}
