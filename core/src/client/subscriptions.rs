//! What the server has granted.

use super::subscribe::SubscribeRequest;
use crate::codec::{PropertiesBuf, Property, RetainHandling, SubscriptionOptions, SubscriptionsBuf};
use crate::topic::TopicFilter;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The subscriptions of the Session as the client knows them, for the server that has lost it.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    granted: BTreeMap<String, Granted>,
}

#[derive(Debug, Clone, Copy)]
struct Granted {
    options: SubscriptionOptions,
    subscription_identifier: Option<u32>,
}

impl Subscriptions {
    /// The server granted this, in place of an older one with the same filter. Spec: 3.8.4 [MQTT-3.8.4-3].
    pub(super) fn granted(&mut self, filter: &str, options: SubscriptionOptions, subscription_identifier: Option<u32>) {
        self.granted.insert(filter.into(), Granted { options, subscription_identifier });
    }

    pub(super) fn remove(&mut self, filter: &str) {
        self.granted.remove(filter);
    }

    pub(super) fn clear(&mut self) {
        self.granted.clear();
    }

    /// The SUBSCRIBE packets that ask for all of them again: filters with the same Subscription Identifier together, as
    /// many as fit. `if_new`: Retained Messages only for subscriptions that the server does not have. Spec: 3.8.3.1.
    pub(super) fn requests(&self, if_new: bool) -> Vec<SubscribeRequest> {
        let mut by_identifier: BTreeMap<Option<u32>, Vec<SubscribeRequest>> = BTreeMap::new();
        for (filter, granted) in &self.granted {
            let Ok(filter) = TopicFilter::new(filter).or_else(|_| TopicFilter::plain(filter)) else { continue };
            let requests = by_identifier.entry(granted.subscription_identifier).or_default();
            let fits = requests.last().is_some_and(|request| {
                request.subscriptions.as_subscriptions().as_wire().len() + filter.as_str().len() < REQUEST_BYTES_MAX
            });
            if !fits {
                requests.push(request(granted.subscription_identifier));
            }
            let mut options = granted.options;
            if if_new && options.retain_handling == RetainHandling::Send {
                options.retain_handling = RetainHandling::SendIfNew;
            }
            if let Some(last) = requests.last_mut() {
                last.subscriptions.push(filter, options).ok();
            }
        }
        by_identifier.into_values().flatten().collect()
    }
}

fn request(subscription_identifier: Option<u32>) -> SubscribeRequest {
    let mut properties = PropertiesBuf::new();
    if let Some(identifier) = subscription_identifier {
        properties.push(Property::SubscriptionIdentifier(identifier)).ok();
    }
    SubscribeRequest { subscriptions: SubscriptionsBuf::new(), properties }
}

/// Small enough for any server that is of use, large enough that a thousand filters take few packets. One long filter
/// goes alone.
const REQUEST_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::QoS;
    use alloc::format;

    #[test]
    fn subscriptions_are_asked_for_again_as_they_were() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.granted("a", SubscriptionOptions::new(QoS::AtLeastOnce), None);
        subscriptions.granted("b", SubscriptionOptions::new(QoS::AtMostOnce), Some(7));
        subscriptions.granted("c", SubscriptionOptions::new(QoS::AtMostOnce), None);
        subscriptions.granted("a", SubscriptionOptions::new(QoS::ExactlyOnce), None);
        subscriptions.remove("c");
        let requests = subscriptions.requests(false);
        assert_eq!(requests.len(), 2);
        assert_eq!(requests[0].subscriptions.as_subscriptions().iter().next().unwrap().1.qos, QoS::ExactlyOnce);
        assert_eq!(requests[1].properties.as_properties().subscription_identifier(), Some(7));
    }

    #[test]
    fn many_filters_take_several_packets() {
        let mut subscriptions = Subscriptions::default();
        for number in 0..1000 {
            subscriptions.granted(&format!("device/{number}/status"), SubscriptionOptions::default(), None);
        }
        let requests = subscriptions.requests(false);
        let filters: usize = requests.iter().map(|each| each.subscriptions.as_subscriptions().iter().count()).sum();
        assert_eq!(filters, 1000);
        assert!(requests.iter().all(|each| each.subscriptions.as_subscriptions().as_wire().len() <= 1100));
    }
}
