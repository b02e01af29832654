//! From the outcome of a command to the answer that its token gives.

use crate::client::{Client, Guard};
use crate::delivery::Delivery;
use crate::error::{Error, Refusal};
use crate::event::Connected;
use crate::inner::Inner;
use crate::message::Message;
use crate::queue::Queue;
use crate::subscription::Subscription;
use crate::token::Slot;
use core::task::Waker;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::{HandlerId, Outcome};
use polymqtt_core::codec::PropertiesBuf;
use std::sync::{Arc, Weak};

/// What the broker (or, for QoS 0, the transport) said to a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Published {
    /// `Success`, or `NoMatchingSubscribers` when the broker says that nobody subscribes to the topic (5.0).
    pub reason_code: ReasonCode,
    /// The properties of the PUBACK or PUBCOMP (5.0).
    pub properties: PropertiesBuf,
}

/// Who waits for the outcome of a command.
pub(crate) enum Answer {
    Publish(Arc<Slot<Published>>),
    Subscribe { slot: Arc<Slot<Subscription>>, pending: PendingSubscription },
    SubscribeHandler { slot: Arc<Slot<Vec<ReasonCode>>>, routes: Vec<HandlerId> },
    Unsubscribe { slot: Arc<Slot<Vec<ReasonCode>>>, filters: Vec<String> },
    Request(Arc<Slot<Message>>),
}

/// What becomes a [`Subscription`] when the broker grants it. It must not hold the client alive.
pub(crate) struct PendingSubscription {
    pub(crate) client: Weak<Guard>,
    pub(crate) queue: Arc<Queue<Delivery>>,
    pub(crate) routes: Vec<HandlerId>,
    pub(crate) filters: Vec<String>,
}

/// Something to be told when the lock is released.
pub(crate) enum Settlement {
    Outcome(Answer, Outcome),
    Connect(Arc<Slot<Connected>>, Result<Connected, Error>),
    Close(Arc<Queue<Delivery>>),
}

impl Settlement {
    /// Gives the answer; the waker is that of whoever waits for it.
    pub(crate) fn settle(self, inner: &Inner) -> Option<Waker> {
        match self {
            Self::Outcome(answer, outcome) => answer.settle(outcome, inner),
            Self::Connect(slot, result) => slot.settle(result),
            Self::Close(queue) => {
                queue.close();
                None
            }
        }
    }
}

impl Answer {
    /// The Topic Filters that are not subscribed any more.
    pub(crate) fn unsubscribed(&self, outcome: &Outcome) -> Option<&[String]> {
        match (self, outcome) {
            (Self::Unsubscribe { filters, .. }, Outcome::Unsubscribed { .. }) => Some(filters),
            _ => None,
        }
    }

    pub(crate) fn fail(self, error: Error) -> Option<Waker> {
        match self {
            Self::Publish(slot) => slot.settle(Err(error)),
            Self::Subscribe { slot, .. } => slot.settle(Err(error)),
            Self::SubscribeHandler { slot, .. } | Self::Unsubscribe { slot, .. } => slot.settle(Err(error)),
            Self::Request(slot) => slot.settle(Err(error)),
        }
    }

    fn settle(self, outcome: Outcome, inner: &Inner) -> Option<Waker> {
        match (self, outcome) {
            (Self::Publish(slot), Outcome::Published { reason_code, properties }) => {
                slot.settle(Ok(Published { reason_code, properties }))
            }
            (Self::Subscribe { slot, pending }, Outcome::Subscribed { reason_codes, .. }) => {
                slot.settle(match granted(reason_codes) {
                    Ok(reason_codes) => pending.granted(reason_codes),
                    Err(error) => {
                        inner.lock().remove_routes(&pending.routes);
                        Err(error)
                    }
                })
            }
            (Self::SubscribeHandler { slot, routes }, Outcome::Subscribed { reason_codes, .. }) => {
                let granted = granted(reason_codes);
                if granted.is_err() {
                    inner.lock().remove_routes(&routes);
                }
                slot.settle(granted)
            }
            (Self::Unsubscribe { slot, .. }, Outcome::Unsubscribed { reason_codes, .. }) => {
                slot.settle(Ok(reason_codes))
            }
            (Self::Request(slot), Outcome::Response(message)) => {
                slot.settle(Ok(Message::new(message, None, None, None)))
            }
            (answer, outcome) => {
                let routes = match &answer {
                    Self::Subscribe { pending, .. } => &pending.routes[..],
                    Self::SubscribeHandler { routes, .. } => routes,
                    Self::Publish(_) | Self::Unsubscribe { .. } | Self::Request(_) => &[],
                };
                if !routes.is_empty() {
                    inner.lock().remove_routes(routes);
                }
                answer.fail(failure(outcome))
            }
        }
    }
}

impl PendingSubscription {
    fn granted(self, reason_codes: Vec<ReasonCode>) -> Result<Subscription, Error> {
        let client = Client::upgrade(&self.client).ok_or(Error::Closed)?;
        Ok(Subscription::new(client, self.queue, self.routes, self.filters, reason_codes))
    }
}

/// An error when not even one Topic Filter was granted.
fn granted(reason_codes: Vec<ReasonCode>) -> Result<Vec<ReasonCode>, Error> {
    match reason_codes.first() {
        Some(&first) if reason_codes.iter().all(|code| code.is_error()) => Err(Error::Refused(Refusal::new(first))),
        _ => Ok(reason_codes),
    }
}

fn failure(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Refused { reason_code, reason_string } => {
            let reason_string = reason_string.map(String::into_boxed_str);
            Error::Refused(Refusal { reason_string, ..Refusal::new(reason_code) })
        }
        Outcome::Dropped => Error::QueueFull,
        Outcome::Expired => Error::Expired,
        Outcome::SessionLost => Error::SessionLost,
        Outcome::Cancelled => Error::Cancelled,
        // The others are the success of another kind of command.
        Outcome::Disconnected
        | Outcome::Published { .. }
        | Outcome::Subscribed { .. }
        | Outcome::Unsubscribed { .. }
        | Outcome::Response(_) => Error::Disconnected,
    }
}
