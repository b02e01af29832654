//! What may be delivered: a few lines that know nothing of packets.

use std::collections::BTreeMap;

/// What was published and what each subscriber got, by publisher and QoS.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// The numbers that a publisher's client accepted, in order.
    published: BTreeMap<(usize, u8), Vec<u32>>,
    delivered: BTreeMap<(usize, usize, u8), Vec<u32>>,
}

impl Model {
    pub(crate) fn published(&mut self, publisher: usize, qos: u8, number: u32) {
        self.published.entry((publisher, qos)).or_default().push(number);
    }

    /// A crash took it before it was durable: the application will never know of it, and nobody may get it.
    pub(crate) fn retracted(&mut self, publisher: usize, qos: u8, number: u32) {
        self.published.entry((publisher, qos)).or_default().retain(|each| *each != number);
    }

    pub(crate) fn delivered(&mut self, subscriber: usize, publisher: usize, qos: u8, number: u32) {
        self.delivered.entry((subscriber, publisher, qos)).or_default().push(number);
    }

    /// Of the messages from number `first` on. QoS 2: exactly what was published. QoS 1: all of it, first occurrences in order. QoS 0: a part of it, in order.
    pub(crate) fn check(&self, subscribers: &[usize], first: u32) {
        let since = |numbers: &[u32]| numbers.iter().copied().filter(|number| *number >= first).collect::<Vec<_>>();
        for ((publisher, qos), published) in &self.published {
            let published = &since(published);
            for subscriber in subscribers {
                let delivered = self.delivered.get(&(*subscriber, *publisher, *qos));
                let delivered = since(delivered.map_or(&[], Vec::as_slice));
                let about = || format!("subscriber {subscriber}, publisher {publisher}, QoS {qos}");
                match qos {
                    0 => {
                        assert!(delivered.is_sorted_by(|a, b| a < b), "{}: {delivered:?} in order, once", about());
                        assert!(delivered.iter().all(|number| published.contains(number)));
                    }
                    1 => {
                        let mut first = Vec::new();
                        for number in delivered {
                            if !first.contains(&number) {
                                first.push(number);
                            }
                        }
                        assert_eq!(&first, published, "{}: at least once, in order", about());
                    }
                    _ => assert_eq!(&delivered, published, "{}: exactly once, in order", about()),
                }
            }
        }
    }

    pub(crate) fn deliveries(&self) -> usize {
        self.delivered.values().map(Vec::len).sum()
    }
}
