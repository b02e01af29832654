//! Messages on their way to the application.

use crate::handlers::{Call, SharedMessageHandler};
use crate::inner::Inner;
use crate::message::Message;
use crate::queue::Queue;
use core::task::Waker;
use polymqtt_core::client::AcknowledgementHandle;
use std::sync::Arc;

/// A message for the application.
pub(crate) struct Delivery {
    pub(crate) message: Message,
    /// To be acknowledged when the message is taken, since there was no room for it when it came.
    pub(crate) withheld: Option<AcknowledgementHandle>,
}

/// Where messages go.
#[derive(Clone)]
pub(crate) enum Target {
    /// A [`Subscription`](crate::Subscription).
    Queue(Arc<Queue<Delivery>>),
    /// A handler, by way of the queue of calls.
    Handler(SharedMessageHandler),
}

/// Messages and calls of one turn, which go to their queues all at once.
#[derive(Default)]
pub(crate) struct Staged {
    deliveries: Vec<StagedFor<Delivery>>,
    calls: Option<StagedFor<Call>>,
    /// Vectors to use again.
    spare: Vec<Vec<(Delivery, usize)>>,
}

struct StagedFor<T> {
    queue: Arc<Queue<T>>,
    items: Vec<(T, usize)>,
    size_bytes: usize,
}

impl Delivery {
    /// The message, which the application has now.
    pub(crate) fn take(self, inner: &Inner) -> Message {
        if let Some(handle) = self.withheld {
            inner.acknowledge_withheld(&[handle]);
        }
        self.message
    }
}

impl Target {
    pub(crate) fn queue(&self) -> Option<&Arc<Queue<Delivery>>> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Handler(_) => None,
        }
    }

    pub(crate) fn is_queue(&self, other: &Arc<Queue<Delivery>>) -> bool {
        self.queue().is_some_and(|queue| Arc::ptr_eq(queue, other))
    }

    /// Whether both lead to the same place.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queue(one), Self::Queue(other)) => Arc::ptr_eq(one, other),
            (Self::Handler(one), Self::Handler(other)) => Arc::ptr_eq(one, other),
            (Self::Queue(_), Self::Handler(_)) | (Self::Handler(_), Self::Queue(_)) => false,
        }
    }
}

impl Staged {
    /// Whether the target can take one more message besides those that are staged for it.
    pub(crate) fn has_room(&mut self, target: &Target, calls: &Arc<Queue<Call>>) -> bool {
        match target {
            Target::Queue(queue) => self.deliveries_for(queue).has_room(),
            Target::Handler(_) => self.calls_for(calls).has_room(),
        }
    }

    pub(crate) fn push(&mut self, target: &Target, calls: &Arc<Queue<Call>>, delivery: Delivery, size_bytes: usize) {
        match target {
            Target::Queue(queue) => self.deliveries_for(queue).push(delivery, size_bytes),
            Target::Handler(handler) => self.call(calls, Call::Message(Arc::clone(handler), delivery), size_bytes),
        }
    }

    pub(crate) fn call(&mut self, calls: &Arc<Queue<Call>>, call: Call, size_bytes: usize) {
        self.calls_for(calls).push(call, size_bytes);
    }

    /// Moves everything to its queue: one lock and one wake-up for each.
    pub(crate) fn push_all(&mut self, wakers: &mut Vec<Waker>) {
        for mut staged in self.deliveries.drain(..) {
            staged.queue.push_all(&mut staged.items, wakers);
            if self.spare.len() < SPARE_MAX {
                self.spare.push(staged.items);
            }
        }
        if let Some(staged) = &mut self.calls
            && !staged.items.is_empty()
        {
            staged.queue.push_all(&mut staged.items, wakers);
            staged.size_bytes = 0;
        }
    }

    fn deliveries_for(&mut self, queue: &Arc<Queue<Delivery>>) -> &mut StagedFor<Delivery> {
        // From the end: messages for one subscription mostly come in a row.
        let position = self.deliveries.iter().rposition(|staged| Arc::ptr_eq(&staged.queue, queue));
        let position = position.unwrap_or_else(|| {
            let items = self.spare.pop().unwrap_or_default();
            self.deliveries.push(StagedFor { queue: Arc::clone(queue), items, size_bytes: 0 });
            self.deliveries.len() - 1
        });
        &mut self.deliveries[position]
    }

    fn calls_for(&mut self, calls: &Arc<Queue<Call>>) -> &mut StagedFor<Call> {
        self.calls.get_or_insert_with(|| StagedFor { queue: Arc::clone(calls), items: Vec::new(), size_bytes: 0 })
    }
}

impl<T> StagedFor<T> {
    fn has_room(&self) -> bool {
        self.queue.has_room(self.items.len(), self.size_bytes)
    }

    fn push(&mut self, item: T, size_bytes: usize) {
        self.items.push((item, size_bytes));
        self.size_bytes += size_bytes;
    }
}

/// How many empty vectors are kept.
const SPARE_MAX: usize = 4;
