//! Request and response. Spec: 4.10.

use super::error::UsageError;
use super::output::Outcome;
use super::publish::Publication;
use super::subscribe::SubscribeRequest;
use super::timer::Timer;
use super::tokens::Token;
use super::{Client, State};
use crate::codec::{PropertiesBuf, Property, PropertyIdentifier, QoS, SubscriptionOptions, SubscriptionsBuf};
use crate::topic::{TopicFilter, TopicName};
use crate::{Message, ReasonCode, Time};
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Requests that wait for their response.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Where responses come; empty until the first request.
    topic: String,
    /// SUBSCRIBE for it was asked for.
    is_subscribed: bool,
    waiting: VecDeque<Waiting>,
    last: u64,
}

#[derive(Debug)]
struct Waiting {
    token: Token,
    /// The Correlation Data is this number, big-endian.
    correlation: u64,
    /// `Time::MAX`: never.
    expires_at: Time,
}

impl Requests {
    pub(super) fn contains(&self, token: Token) -> bool {
        self.waiting.iter().any(|waiting| waiting.token == token)
    }

    pub(super) fn remove(&mut self, token: Token) -> bool {
        let before = self.waiting.len();
        if before > 0 {
            self.waiting.retain(|waiting| waiting.token != token);
        }
        self.waiting.len() != before
    }

    /// Takes all out and gives their tokens.
    pub(super) fn drain(&mut self) -> Vec<Token> {
        core::mem::take(&mut self.waiting).into_iter().map(|waiting| waiting.token).collect()
    }

    /// The request that this message answers.
    fn take_answered(&mut self, message: &Message) -> Option<Token> {
        if self.waiting.is_empty() || message.topic().as_str() != self.topic {
            return None;
        }
        let correlation = u64::from_be_bytes(message.properties().correlation_data()?.try_into().ok()?);
        let index = self.waiting.iter().position(|waiting| waiting.correlation == correlation)?;
        self.waiting.remove(index).map(|waiting| waiting.token)
    }

    fn take_expired(&mut self, now: Time) -> Option<Token> {
        self.waiting.pop_front_if(|waiting| waiting.expires_at <= now).map(|waiting| waiting.token)
    }
}

impl Client {
    /// Publishes a request; the token settles with [`Outcome::Response`] when the response comes, with
    /// [`Outcome::Expired`] when it does not come in time, or with [`Outcome::Refused`] when the server refuses the request
    /// or nobody listens. 5.0 only.
    ///
    /// Response Topic and Correlation Data are set here; the client subscribes to the topic by itself. The response does
    /// not appear as a message as well.
    pub fn request(&mut self, publication: impl Into<Publication>, now: Time) -> Result<Token, UsageError> {
        self.advance(now);
        if !self.options.protocol_version.has_properties() {
            return Err(UsageError::NeedsVersion5);
        }
        if self.requests.waiting.len() >= usize::from(self.options.requests_max) {
            return Err(UsageError::QueueFull);
        }
        let topic = self.response_topic()?;
        let correlation = self.requests.last + 1;
        let message = publication.into().message;
        let mut properties = PropertiesBuf::from(message.properties());
        properties.remove(PropertyIdentifier::ResponseTopic);
        properties.remove(PropertyIdentifier::CorrelationData);
        properties.push(Property::ResponseTopic(&topic))?;
        properties.push(Property::CorrelationData(&correlation.to_be_bytes()))?;
        let message = message.with_properties(properties);
        self.check_message(&message)?;
        self.subscribe_to_responses(topic)?;
        let token = self.tokens.next();
        self.requests.last = correlation;
        let timeout_ms = u64::from(self.options.request_timeout_ms);
        let expires_at = if timeout_ms == 0 { Time::MAX } else { self.now.plus_ms(timeout_ms) };
        self.requests.waiting.push_back(Waiting { token, correlation, expires_at });
        if let Err(error) = self.publish_as(message, token) {
            self.requests.remove(token);
            return Err(error);
        }
        self.set_request_timer();
        Ok(token)
    }

    /// Where responses are to come.
    fn response_topic(&self) -> Result<String, UsageError> {
        let topic = match (&self.options.response_topic, &self.server.response_information) {
            (Some(topic), _) => topic.clone(),
            (None, Some(information)) => format!("{}/response", information.trim_end_matches('/')),
            // Only the server knows what it will be.
            (None, None) if self.options.request_response_information && self.state != State::Connected => {
                return Err(UsageError::NotConnected);
            }
            (None, None) if self.server.client_identifier.is_empty() => return Err(UsageError::NotConnected),
            (None, None) => format!("response/{}", self.server.client_identifier),
        };
        if TopicName::new(&topic).is_err() {
            return Err(UsageError::Option(
                "response_topic is needed: neither Response Information nor Client Identifier make a valid topic",
            ));
        }
        Ok(topic)
    }

    fn subscribe_to_responses(&mut self, topic: String) -> Result<(), UsageError> {
        if self.requests.is_subscribed && self.requests.topic == topic {
            return Ok(());
        }
        let mut subscriptions = SubscriptionsBuf::new();
        let filter =
            TopicFilter::plain(&topic).map_err(|_| UsageError::Option("response_topic is not a valid topic"))?;
        subscriptions.push(filter, SubscriptionOptions::new(QoS::AtLeastOnce))?;
        self.requests.topic = topic;
        self.requests.is_subscribed = true;
        self.pending.push_subscribe_to_responses(SubscribeRequest::from(subscriptions));
        if self.state == State::Connected {
            self.send_pending();
        }
        Ok(())
    }

    /// The server does not let us subscribe to the topic where responses come: there will be none.
    pub(super) fn responses_refused(&mut self, reason_code: ReasonCode) {
        self.requests.is_subscribed = false;
        for token in self.requests.drain() {
            self.give_up(token);
            self.settle(token, Outcome::Refused { reason_code, reason_string: None });
        }
        self.set_request_timer();
    }

    /// Settles the request that this message answers, or gives the message back.
    pub(super) fn take_response(&mut self, message: Message) -> Result<(), Message> {
        let Some(token) = self.requests.take_answered(&message) else { return Err(message) };
        self.give_up(token);
        self.settle(token, Outcome::Response(message));
        self.set_request_timer();
        Ok(())
    }

    pub(super) fn expire_requests(&mut self) {
        while let Some(token) = self.requests.take_expired(self.now) {
            self.give_up(token);
            self.settle(token, Outcome::Expired);
        }
        self.set_request_timer();
    }

    /// The request has its outcome; its publication, should it still be on its way, goes on without a token.
    fn give_up(&mut self, token: Token) {
        if let Some(waiting) = self.queue.remove(token) {
            self.forget_record(waiting.record);
        } else if !self.in_transit.remove(token) {
            for in_flight in self.outbound.iter_mut() {
                in_flight.token.take_if(|each| *each == token);
            }
        }
    }

    pub(super) fn set_request_timer(&mut self) {
        match self.requests.waiting.front() {
            Some(first) if first.expires_at < Time::MAX => self.timers.set(Timer::Request, first.expires_at),
            Some(_) | None => self.timers.clear(Timer::Request),
        }
    }
}
