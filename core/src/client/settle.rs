//! The end of every command: each token settles exactly once.
//!
//! A token has one owner at a time: the queue, the outbound window, the bytes in transit, the pending SUBSCRIBE and
//! UNSUBSCRIBE packets, or, for a request whose publication is done, the list of those that wait for a response. Whoever
//! owns it gives it up when it settles it, or hands it on.

use super::Client;
use super::output::{Event, Outcome};
use super::tokens::Token;
use crate::ReasonCode;
use crate::codec::{Properties, PropertiesBuf};
use alloc::vec::Vec;

impl Client {
    /// Gives up waiting: the token settles with [`Outcome::Cancelled`].
    ///
    /// What was not sent yet is not sent. What was sent takes its course without a word. False if the token is unknown or
    /// settled already.
    pub fn cancel(&mut self, token: Token) -> bool {
        let found = if let Some(waiting) = self.queue.remove(token) {
            self.forget_record(waiting.record);
            true
        } else {
            self.pending.cancel(token)
                || self.in_transit.remove(token)
                || self.outbound.iter_mut().any(|in_flight| in_flight.token.take_if(|each| *each == token).is_some())
        };
        let found = self.requests.remove(token) || found;
        if found {
            self.event(Event::Settled { token, outcome: Outcome::Cancelled });
        }
        found
    }

    /// Settles a token. A request that was published goes on waiting for its response.
    pub(super) fn settle(&mut self, token: Token, outcome: Outcome) {
        let mut outcome = outcome;
        if self.requests.contains(token) {
            if let Outcome::Published { reason_code, .. } = outcome {
                if reason_code != ReasonCode::NoMatchingSubscribers {
                    return;
                }
                outcome = Outcome::Refused { reason_code, reason_string: None };
            }
            self.requests.remove(token);
        }
        self.event(Event::Settled { token, outcome });
    }

    pub(super) fn settle_if_any(&mut self, token: Option<Token>, outcome: Outcome) {
        if let Some(token) = token {
            self.settle(token, outcome);
        }
    }

    /// A QoS 0 publication has gone to the transport.
    pub(super) fn settle_published(&mut self, token: Token) {
        self.settle(token, Outcome::Published { reason_code: ReasonCode::Success, properties: PropertiesBuf::new() });
    }

    /// The server has answered a publication.
    pub(super) fn settle_answered(
        &mut self,
        token: Option<Token>,
        reason_code: ReasonCode,
        properties: Properties<'_>,
    ) {
        let Some(token) = token else { return };
        // PUBCOMP says 0x92 when it was lost once and its PUBREL came again: the message has arrived. Spec: 3.7.2.1.
        let outcome = if reason_code.is_error() && reason_code != ReasonCode::PacketIdentifierNotFound {
            Outcome::Refused { reason_code, reason_string: properties.reason_string().map(Into::into) }
        } else {
            Outcome::Published { reason_code, properties: PropertiesBuf::from(properties) }
        };
        self.settle(token, outcome);
    }

    /// The client comes to rest: nothing will be answered any more. What is in flight stays in the Session, without token.
    pub(super) fn settle_all_disconnected(&mut self) {
        let mut tokens: Vec<Token> = self.outbound.iter_mut().filter_map(|in_flight| in_flight.token.take()).collect();
        while let Some(waiting) = self.queue.pop() {
            self.forget_record(waiting.record);
            tokens.extend(waiting.token);
        }
        tokens.extend(self.pending.drain());
        tokens.extend(self.requests.drain());
        tokens.sort_unstable();
        tokens.dedup();
        for token in tokens {
            self.event(Event::Settled { token, outcome: Outcome::Disconnected });
        }
        self.set_queue_timer();
        self.set_request_timer();
    }
}
