//! The transports of a shard, found by the connection that they belong to.

use super::Link;
use polymqtt_core::broker::ConnectionId;
use std::rc::Rc;

/// A table by the place that the core gives a connection; places are used again, so that the table stays short.
#[derive(Default)]
pub(super) struct Links {
    slots: Vec<Option<(ConnectionId, Rc<Link>)>>,
    len: usize,
}

impl Links {
    pub(super) fn insert(&mut self, id: ConnectionId, link: Rc<Link>) {
        let place = place(id);
        if self.slots.len() <= place {
            self.slots.resize_with(place + 1, || None);
        }
        if self.slots[place].replace((id, link)).is_none() {
            self.len += 1;
        }
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Rc<Link>> {
        self.slots.get(place(id))?.as_ref().filter(|(owner, _)| *owner == id).map(|(_, link)| link)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Rc<Link>> {
        let slot = self.slots.get_mut(place(id))?;
        let (_, link) = slot.take_if(|(owner, _)| *owner == id)?;
        self.len -= 1;
        Some(link)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rc<Link>> {
        self.slots.iter().flatten().map(|(_, link)| link)
    }
}

/// The lower half of its number is the place in the core's own table.
fn place(id: ConnectionId) -> usize {
    usize::try_from(id.as_u64() & u64::from(u32::MAX)).unwrap_or(usize::MAX)
}
