//! Subscribing and unsubscribing.

use super::Client;
use crate::answer::{Answer, PendingSubscription};
use crate::delivery::Target;
use crate::error::Error;
use crate::message::Message;
use crate::publication::Subscribe;
use crate::queue::Queue;
use crate::subscription::Subscription;
use crate::token::Token;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::{HandlerId, SubscribeRequest};
use polymqtt_core::codec::{QoS, SubscriptionsBuf, TopicFiltersBuf};
use polymqtt_core::topic::TopicPattern;
use std::sync::{Arc, Mutex};

impl Client {
    /// Subscribes to a Topic Filter, or a pattern with named wildcards such as `cmd/+room/#rest`.
    ///
    /// The token gives the [`Subscription`], which takes the messages, when the broker has granted it.
    pub fn subscribe(&self, filter: impl Into<String>, qos: QoS) -> Token<Subscription> {
        self.subscribe_to(Subscribe::new(filter, qos))
    }

    /// Subscribes to several Topic Filters by one packet, and takes their messages by one [`Subscription`].
    ///
    /// The token gives an error when not even one is granted; see [`Subscription::reason_codes`].
    pub fn subscribe_multiple<F: Into<String>>(
        &self,
        filters: impl IntoIterator<Item = (F, QoS)>,
    ) -> Token<Subscription> {
        self.subscribe_to(Subscribe::multiple(filters))
    }

    /// Subscribes with everything that MQTT 5.0 can say about a subscription.
    pub fn subscribe_to(&self, subscribe: Subscribe) -> Token<Subscription> {
        let (token, slot) = Token::new();
        let client = Arc::downgrade(&self.guard);
        let settings = self.inner().lock().settings;
        let queue = Arc::new(Queue::new(settings.queue_messages_max, settings.queue_bytes_max));
        let target = Target::Queue(Arc::clone(&queue));
        let answer = |routes, filters| {
            let pending = PendingSubscription { client, queue, routes, filters };
            Answer::Subscribe { slot, pending }
        };
        self.send_subscribe(subscribe, &target, answer).map_or_else(|error| Token::settled(Err(error)), |()| token)
    }

    /// Subscribes, and calls `handler` with each message, on the thread of this client's handlers.
    ///
    /// The token gives what the broker granted.
    pub fn subscribe_with(
        &self,
        filter: impl Into<String>,
        qos: QoS,
        handler: impl FnMut(&Self, Message) + Send + 'static,
    ) -> Token<Vec<ReasonCode>> {
        self.subscribe_to_with(Subscribe::new(filter, qos), handler)
    }

    /// [`Client::subscribe_with`] for several Topic Filters or with options.
    pub fn subscribe_to_with(
        &self,
        subscribe: Subscribe,
        handler: impl FnMut(&Self, Message) + Send + 'static,
    ) -> Token<Vec<ReasonCode>> {
        let (token, slot) = Token::new();
        let sent = self.start_handlers().and_then(|()| {
            let target = Target::Handler(Arc::new(Mutex::new(Box::new(handler))));
            self.send_subscribe(subscribe, &target, |routes, _| Answer::SubscribeHandler { slot, routes })
        });
        sent.map_or_else(|error| Token::settled(Err(error)), |()| token)
    }

    /// Calls `handler` with each message that matches the pattern, without subscribing: for subscriptions that the
    /// Session has already, or that another call makes.
    ///
    /// # Errors
    /// The pattern is not valid, or the handlers' thread cannot be started.
    pub fn add_route(&self, pattern: &str, handler: impl FnMut(&Self, Message) + Send + 'static) -> Result<(), Error> {
        let pattern =
            TopicPattern::new(pattern).map_err(|error| Error::TopicPattern { text: pattern.to_owned(), error })?;
        self.start_handlers()?;
        let target = Target::Handler(Arc::new(Mutex::new(Box::new(handler))));
        self.inner().command(|shared, _| shared.add_routes([&pattern].into_iter(), &target)).map(drop)
    }

    /// Unsubscribes, and removes the handlers with this Topic Filter or pattern. A [`Subscription`] of which nothing is
    /// left ends when its messages are taken.
    pub fn unsubscribe(&self, filter: impl AsRef<str>) -> Token<Vec<ReasonCode>> {
        self.unsubscribe_multiple(&[filter])
    }

    /// Unsubscribes from several Topic Filters by one packet.
    pub fn unsubscribe_multiple<F: AsRef<str>>(&self, filters: &[F]) -> Token<Vec<ReasonCode>> {
        let mut wire = TopicFiltersBuf::new();
        let mut parsed = Vec::new();
        for text in filters.iter().map(AsRef::as_ref) {
            match TopicPattern::new(text) {
                Ok(pattern) => parsed.push(pattern),
                Err(error) => return Token::settled(Err(Error::TopicPattern { text: text.to_owned(), error })),
            }
        }
        parsed.iter().filter_map(TopicPattern::topic_filter).for_each(|filter| wire.push(filter));
        let filters = parsed.iter().map(|pattern| pattern.filter().to_owned()).collect();
        let (token, slot) = Token::new();
        let sent = self.inner().command(|shared, now| {
            shared.check_open()?;
            let core_token = shared.core.unsubscribe(wire, now)?;
            shared.answers.insert(core_token, Answer::Unsubscribe { slot, filters });
            Ok(())
        });
        sent.map_or_else(|error| Token::settled(Err(error)), |()| token)
    }

    /// Adds routes to `target` and sends SUBSCRIBE; the outcome goes where `answer` says, given routes and filters.
    fn send_subscribe(
        &self,
        subscribe: Subscribe,
        target: &Target,
        answer: impl FnOnce(Vec<HandlerId>, Vec<String>) -> Answer,
    ) -> Result<(), Error> {
        let (patterns, properties) = subscribe.parse()?;
        let mut wire = SubscriptionsBuf::new();
        for (pattern, options) in &patterns {
            if let Some(filter) = pattern.topic_filter() {
                wire.push(filter, *options)?;
            }
        }
        let filters = patterns.iter().map(|(pattern, _)| pattern.filter().to_owned()).collect();
        self.inner().command(|shared, now| {
            shared.check_open()?;
            let routes = shared.add_routes(patterns.iter().map(|(pattern, _)| pattern), target)?;
            match shared.core.subscribe(SubscribeRequest { subscriptions: wire, properties }, now) {
                Ok(core_token) => {
                    shared.answers.insert(core_token, answer(routes, filters));
                    Ok(())
                }
                Err(error) => {
                    shared.remove_routes(&routes);
                    Err(Error::Usage(error))
                }
            }
        })
    }
}
