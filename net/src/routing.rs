//! Which messages go where.

use crate::delivery::{Delivery, Target};
use crate::error::Error;
use crate::inner::{Batch, Inner, Shared};
use crate::message::Message;
use crate::queue::Queue;
use polymqtt_core::client::{AcknowledgementHandle, HandlerId, Received};
use polymqtt_core::codec::QoS;
use polymqtt_core::topic::TopicPattern;
use polymqtt_core::{ReasonCode, Time};
use std::sync::Arc;

/// Where messages that match a handler of the core go.
pub(crate) struct Route {
    pub(crate) pattern: Arc<TopicPattern>,
    pub(crate) target: Target,
}

impl Shared {
    /// Stages a message for everybody whose filter matches, and acknowledges it unless somebody has no room for it.
    pub(crate) fn deliver(&mut self, received: Received, inner: &Inner, now: Time, batch: &mut Batch) {
        let Received { message, packet_identifier, acknowledgement, handlers } = received;
        let is_manual = self.settings.manual_acknowledgement;
        let to_message = |pattern: Option<&Arc<TopicPattern>>| {
            let pattern = pattern.filter(|pattern| pattern.names().next().is_some()).cloned();
            let handle = acknowledgement.filter(|_| is_manual).map(|handle| (handle, inner.weak()));
            Message::new(message.clone(), packet_identifier, pattern, handle)
        };
        // It is acknowledged once, so it hangs on the first target that is full.
        let mut to_acknowledge = acknowledgement.filter(|_| !is_manual);
        let mut is_claimed = false;
        let mut is_taken = false;
        let mut previous: Vec<&Target> = Vec::new();
        for route in handlers.iter().filter_map(|handler| self.routes.get(&handler)) {
            // A subscription to several filters gets a message once.
            if handlers.len() > 1 {
                if previous.iter().any(|target| target.is_same(&route.target)) {
                    continue;
                }
                previous.push(&route.target);
            }
            is_claimed = true;
            is_taken |= self.stage(&route.target, to_message(Some(&route.pattern)), &mut to_acknowledge, batch);
        }
        if !is_claimed && let Some(fallback) = &self.fallback {
            is_claimed = true;
            let target = Target::Handler(Arc::clone(fallback));
            is_taken = self.stage(&target, to_message(None), &mut to_acknowledge, batch);
        }
        self.messages_dropped += u64::from(is_claimed && !is_taken);
        self.messages_unclaimed += u64::from(!is_claimed);
        let left_alone = acknowledgement.filter(|_| is_manual && !is_claimed);
        if let Some(handle) = to_acknowledge.or(left_alone) {
            // It came just now, so it is known.
            let _ = self.core.acknowledge(handle, ReasonCode::Success, now);
        }
    }

    /// Stages a message for one target. Without room one of QoS 0 is dropped (false), and another takes its
    /// acknowledgement along.
    fn stage(
        &self,
        target: &Target,
        message: Message,
        to_acknowledge: &mut Option<AcknowledgementHandle>,
        batch: &mut Batch,
    ) -> bool {
        let has_room = batch.staged.has_room(target, &self.calls);
        if !has_room && message.qos() == QoS::AtMostOnce {
            return false;
        }
        let size_bytes = message.as_core().size_bytes();
        let withheld = if has_room { None } else { to_acknowledge.take() };
        batch.staged.push(target, &self.calls, Delivery { message, withheld }, size_bytes);
        true
    }

    /// Adds a route for each pattern.
    ///
    /// # Errors
    /// There are too many handlers; none was added.
    pub(crate) fn add_routes<'a>(
        &mut self,
        patterns: impl Iterator<Item = &'a TopicPattern>,
        target: &Target,
    ) -> Result<Vec<HandlerId>, Error> {
        let mut added = Vec::new();
        for pattern in patterns {
            let Some(filter) = pattern.topic_filter() else { continue };
            match self.core.add_handler(filter) {
                Ok(handler) => {
                    let route = Route { pattern: Arc::new(pattern.clone()), target: target.clone() };
                    self.routes.insert(handler, route);
                    added.push(handler);
                }
                Err(error) => {
                    self.remove_routes(&added);
                    return Err(Error::Usage(error));
                }
            }
        }
        Ok(added)
    }

    pub(crate) fn remove_routes(&mut self, handlers: &[HandlerId]) {
        for &handler in handlers {
            self.core.remove_handler(handler);
            self.routes.remove(&handler);
        }
    }

    /// Removes the routes with these Topic Filters and returns the queues that no route leads to any more.
    pub(crate) fn remove_filters(&mut self, filters: &[String]) -> Vec<Arc<Queue<Delivery>>> {
        let is_gone = |route: &Route| filters.iter().any(|filter| filter == route.pattern.filter());
        let gone: Vec<_> = self.routes.iter().filter(|(_, route)| is_gone(route)).map(|(&id, _)| id).collect();
        let queues: Vec<_> = gone.iter().filter_map(|id| self.routes.get(id)?.target.queue().cloned()).collect();
        self.remove_routes(&gone);
        let is_used = |queue: &Arc<_>| self.routes.values().any(|route| route.target.is_queue(queue));
        queues.into_iter().filter(|queue| !is_used(queue)).collect()
    }
}
