//! Messages as a stream and as an iterator.

use crate::client::Client;
use crate::delivery::Delivery;
use crate::error::Error;
use crate::message::Message;
use crate::queue::Queue;
use crate::token::Token;
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_util::Stream;
use polymqtt_core::ReasonCode;
use polymqtt_core::client::HandlerId;
use std::sync::Arc;
use std::time::Instant;

/// The messages of one subscription: an async stream, and for blocking code an iterator.
///
/// It holds the client alive. Dropping it does **not** unsubscribe, so that a Session which outlives the program keeps
/// its subscriptions; [`Subscription::unsubscribe`] does.
///
/// # When messages come faster than they are taken
/// They wait here, up to the limits of
/// [`ClientOptions::set_subscription_queue`](crate::ClientOptions::set_subscription_queue). Beyond these
/// - a message of QoS 0 is dropped and counted in [`Statistics::messages_dropped`](crate::Statistics);
/// - a message of QoS 1 or 2 is kept, but acknowledged only when it is taken. A broker has no more messages
///   unacknowledged than the Receive Maximum, so it stops sending, keeps the others, and nothing is lost.
///
/// MQTT acknowledges in the order of receipt (4.6), so a full subscription finally holds back the QoS 1 and 2 messages of
/// the others too. The connection itself never stalls: waiting for a [`Token`] while messages pile up is safe.
pub struct Subscription {
    client: Client,
    routes: Vec<HandlerId>,
    queue: Arc<Queue<Delivery>>,
    filters: Vec<String>,
    reason_codes: Vec<ReasonCode>,
}

impl Subscription {
    pub(crate) fn new(
        client: Client,
        queue: Arc<Queue<Delivery>>,
        routes: Vec<HandlerId>,
        filters: Vec<String>,
        reason_codes: Vec<ReasonCode>,
    ) -> Self {
        Self { client, routes, queue, filters, reason_codes }
    }

    /// The Topic Filters, without the names of a pattern.
    pub fn filters(&self) -> impl Iterator<Item = &str> {
        self.filters.iter().map(String::as_str)
    }

    /// What the broker granted, for each Topic Filter in order.
    pub fn reason_codes(&self) -> &[ReasonCode] {
        &self.reason_codes
    }

    /// The next message; `None` when the client is disconnected for good and everything was taken.
    pub async fn next(&self) -> Option<Message> {
        poll_fn(|cx| self.queue.poll_take(cx)).await.map(|delivery| self.take(delivery))
    }

    /// Waits for at least one message, then moves up to `count_max` to `into` under one lock. 0 when the client is
    /// disconnected for good and everything was taken.
    pub async fn next_batch(&self, into: &mut Vec<Message>, count_max: usize) -> usize {
        let mut deliveries = Vec::new();
        poll_fn(|cx| self.queue.poll_drain(cx, &mut deliveries, count_max)).await;
        self.take_all(deliveries, into)
    }

    /// Blocks for the next message; `None` when the client is disconnected for good and everything was taken.
    pub fn recv(&self) -> Option<Message> {
        self.queue.take_blocking(None).flatten().map(|delivery| self.take(delivery))
    }

    /// Blocks for the next message, but not longer than `timeout`.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`], or [`Error::Closed`] when the client is disconnected for good and everything was taken.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Message, Error> {
        match self.queue.take_blocking(Instant::now().checked_add(timeout)) {
            Some(Some(delivery)) => Ok(self.take(delivery)),
            Some(None) => Err(Error::Closed),
            None => Err(Error::WaitTimedOut),
        }
    }

    /// Blocks for at least one message (until `timeout`, when given), then moves up to `count_max` to `into` under one
    /// lock, and says how many. 0: the timeout, or the client is disconnected for good and everything was taken.
    pub fn recv_batch(&self, into: &mut Vec<Message>, count_max: usize, timeout: Option<Duration>) -> usize {
        let mut deliveries = Vec::new();
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let batch = poll_fn(|cx| self.queue.poll_drain(cx, &mut deliveries, count_max));
        crate::runtime::block_on(batch, deadline);
        self.take_all(deliveries, into)
    }

    /// The next message if one is there.
    pub fn try_recv(&self) -> Option<Message> {
        self.queue.try_take().map(|delivery| self.take(delivery))
    }

    /// Moves all messages that are there to `into` under one lock, without waiting, and says how many.
    pub fn drain(&self, into: &mut Vec<Message>) -> usize {
        let mut deliveries = Vec::new();
        self.queue.drain(&mut deliveries, usize::MAX);
        self.take_all(deliveries, into)
    }

    /// Blocks for each message; ends when the client is closed or the Topic Filters are unsubscribed.
    pub fn iter(&self) -> Messages<'_> {
        Messages { subscription: self }
    }

    /// How many messages wait to be taken.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no message waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sends UNSUBSCRIBE for all Topic Filters. Messages that are still under way can be taken until the client is
    /// closed.
    pub fn unsubscribe(&self) -> Token<Vec<ReasonCode>> {
        self.client.unsubscribe_multiple(&self.filters)
    }

    fn take(&self, delivery: Delivery) -> Message {
        delivery.take(self.client.inner())
    }

    fn take_all(&self, deliveries: Vec<Delivery>, into: &mut Vec<Message>) -> usize {
        let count = deliveries.len();
        let withheld: Vec<_> = deliveries.iter().filter_map(|delivery| delivery.withheld).collect();
        if !withheld.is_empty() {
            self.client.inner().acknowledge_withheld(&withheld);
        }
        into.extend(deliveries.into_iter().map(|delivery| delivery.message));
        count
    }
}

impl Stream for Subscription {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.queue.poll_take(cx).map(|delivery| delivery.map(|delivery| self.take(delivery)))
    }
}

/// Blocks for each message; ends when the client is closed or the Topic Filters are unsubscribed.
impl IntoIterator for Subscription {
    type Item = Message;
    type IntoIter = IntoMessages;

    fn into_iter(self) -> IntoMessages {
        IntoMessages { subscription: self }
    }
}

/// Iterates over an owned [`Subscription`].
#[derive(Debug)]
pub struct IntoMessages {
    subscription: Subscription,
}

impl Iterator for IntoMessages {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        self.subscription.recv()
    }
}

/// Blocks for each message; ends when the client is closed or the Topic Filters are unsubscribed.
impl<'a> IntoIterator for &'a Subscription {
    type Item = Message;
    type IntoIter = Messages<'a>;

    fn into_iter(self) -> Messages<'a> {
        self.iter()
    }
}

/// Iterates over a borrowed [`Subscription`].
#[derive(Debug)]
pub struct Messages<'a> {
    subscription: &'a Subscription,
}

impl Iterator for Messages<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        self.subscription.recv()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.queue.close();
        self.client.inner().lock().remove_routes(&self.routes);
        // Nobody will take them any more; unacknowledged they would narrow the Receive Maximum for ever.
        self.drain(&mut Vec::new());
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("filters", &self.filters).field("len", &self.len()).finish_non_exhaustive()
    }
}
