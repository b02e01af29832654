//! Shared subscriptions: a group of clients of whom one gets each message. Spec: 4.8.2.
//!
//! A group is known by its whole Topic Filter, `$share/name/filter`. With several shards it has a home, which sees all of
//! its messages and knows all of its members.

use super::Broker;
use super::delivery::Marks;
use super::forward::Forward;
use super::output::Output;
use super::slab::{NONE, Slab};
use super::subscriptions::Subscriber;
use crate::topic::{FilterId, IndexFull, SlotTable, TopicFilter, TopicHasher};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// The groups that have their home here.
#[derive(Debug)]
pub(super) struct SharedSubscriptions {
    groups: Slab<Group>,
    names: SlotTable,
    hasher: TopicHasher,
}

/// One shared subscription.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) key: Arc<str>,
    filter: FilterId,
    pub(super) members: Vec<Member>,
    /// Whose turn it is.
    pub(super) next: usize,
}

/// One of its members.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) client_identifier: Arc<str>,
    /// Where its Session lives.
    pub(super) shard: u16,
    /// The Session, if it lives here; else [`NONE`].
    pub(super) session: u32,
    pub(super) is_connected: bool,
}

/// What a Session knows about a shared subscription that it is a member of.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    pub(super) key: Arc<str>,
    pub(super) marks: Marks,
}

impl SharedSubscriptions {
    pub(super) fn new(seed: u64) -> Self {
        Self { groups: Slab::new(), names: SlotTable::new(), hasher: TopicHasher::new(seed) }
    }

    pub(super) fn find(&self, key: &str) -> Option<u32> {
        self.names.find(self.tag(key), |index| self.groups.get(index).is_some_and(|group| &*group.key == key))
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Group> {
        self.groups.get_mut(index)
    }

    pub(super) fn get(&self, index: u32) -> Option<&Group> {
        self.groups.get(index)
    }

    fn insert(&mut self, group: Group) -> Option<u32> {
        let tag = self.tag(&group.key);
        let (index, _) = self.groups.insert(group)?;
        self.names.insert(tag, index);
        Some(index)
    }

    fn remove(&mut self, index: u32) {
        if let Some(group) = self.groups.remove(index) {
            self.names.remove(self.tag(&group.key), index);
        }
    }

    fn tag(&self, key: &str) -> u32 {
        crate::topic::hash_tag(self.hasher.hash(key.as_bytes()))
    }
}

impl Broker {
    /// A Session becomes a member, or changes its options; whether it is a new one.
    pub(super) fn add_membership(
        &mut self,
        session: u32,
        filter: TopicFilter<'_>,
        marks: Marks,
    ) -> Result<bool, IndexFull> {
        let Some(this) = self.sessions.get_mut(session) else { return Ok(false) };
        let memberships = this.memberships.get_or_insert_with(Box::default);
        let known = memberships.iter_mut().find(|membership| *membership.key == *filter.as_str());
        let is_new = known.is_none();
        let key = if let Some(membership) = known {
            membership.marks = marks;
            membership.key.clone()
        } else {
            let key: Arc<str> = filter.as_str().into();
            memberships.push(Membership { key: key.clone(), marks });
            key
        };
        if is_new {
            self.statistics.shared_subscriptions += 1;
        }
        self.announce(session, &key)?;
        Ok(is_new)
    }

    /// A Session is not a member any more; whether it was one. What is queued for it goes to another member.
    pub(super) fn remove_membership(&mut self, session: u32, filter: TopicFilter<'_>) -> bool {
        let Some(this) = self.sessions.get(session) else { return false };
        let known = this.memberships().iter().find(|membership| *membership.key == *filter.as_str());
        let Some(key) = known.map(|membership| membership.key.clone()) else { return false };
        self.leave(session, &key);
        self.return_queued(session, &key);
        true
    }

    /// Tells every home of a Session's shared subscriptions that its connection came or went.
    pub(super) fn announce_memberships(&mut self, session: u32) {
        let Some(this) = self.sessions.get(session) else { return };
        let memberships: Vec<Membership> = this.memberships().to_vec();
        for membership in memberships {
            // The group exists, so the index has room for its filter.
            let _ = self.announce(session, &membership.key);
        }
    }

    /// Takes a Session out of one group.
    pub(super) fn leave(&mut self, session: u32, key: &Arc<str>) {
        let Some(this) = self.sessions.get_mut(session) else { return };
        let client_identifier = this.client_identifier.clone();
        if let Some(memberships) = this.memberships.as_mut() {
            memberships.retain(|membership| membership.key != *key);
            if memberships.is_empty() {
                this.memberships = None;
            }
        }
        self.statistics.shared_subscriptions -= 1;
        let home = self.placement.shard_of(key);
        if home == self.placement.index() {
            self.remove_member(key, &client_identifier);
        } else {
            let forward = Forward::SharedLeave { key: key.clone(), client_identifier };
            self.outputs.push_back(Output::Forward { to: home, forward });
        }
    }

    /// Adds or changes a member at the home of its group.
    pub(super) fn put_member(&mut self, key: &Arc<str>, member: Member) -> Result<(), IndexFull> {
        let index = match self.shared.find(key) {
            Some(index) => index,
            None => self.new_group(key)?,
        };
        let Some(group) = self.shared.get_mut(index) else { return Ok(()) };
        let known = group.members.iter_mut().find(|known| known.client_identifier == member.client_identifier);
        match known {
            Some(known) => *known = member,
            None => group.members.push(member),
        }
        Ok(())
    }

    pub(super) fn remove_member(&mut self, key: &str, client_identifier: &str) {
        let Some(index) = self.shared.find(key) else { return };
        let Some(group) = self.shared.get_mut(index) else { return };
        if let Some(place) = group.members.iter().position(|member| *member.client_identifier == *client_identifier) {
            group.members.remove(place);
            if place < group.next {
                group.next -= 1;
            }
        }
        if group.members.is_empty() {
            let filter = group.filter;
            self.remove_subscriber(filter, Subscriber::group(index));
            self.shared.remove(index);
        }
    }

    fn new_group(&mut self, key: &Arc<str>) -> Result<u32, IndexFull> {
        let filter = TopicFilter::new(key).map_err(|_| IndexFull)?;
        let group = Group { key: key.clone(), filter: FilterId::from_u32(NONE), members: Vec::new(), next: 0 };
        let index = self.shared.insert(group).filter(|&index| index < 1 << 30).ok_or(IndexFull)?;
        let added = self.add_subscriber(filter, Subscriber::group(index));
        match added {
            Ok(filter) => {
                if let Some(group) = self.shared.get_mut(index) {
                    group.filter = filter;
                }
                Ok(index)
            }
            Err(full) => {
                self.shared.remove(index);
                Err(full)
            }
        }
    }

    /// Tells the home of a group about a member of this shard.
    fn announce(&mut self, session: u32, key: &Arc<str>) -> Result<(), IndexFull> {
        let Some(this) = self.sessions.get(session) else { return Ok(()) };
        let (client_identifier, is_connected) = (this.client_identifier.clone(), this.is_connected());
        let home = self.placement.shard_of(key);
        if home == self.placement.index() {
            let member = Member { client_identifier, shard: home, session, is_connected };
            return self.put_member(key, member);
        }
        let forward = Forward::SharedJoin { key: key.clone(), client_identifier, connected: is_connected };
        self.outputs.push_back(Output::Forward { to: home, forward });
        Ok(())
    }
}

impl Group {
    /// The member whose turn it is: the next connected one after the last, but not `except`. With nobody else connected it
    /// is `except` itself, if that is still a member, or the next one of all.
    pub(super) fn choose(&mut self, except: Option<&str>) -> Option<&Member> {
        let count = self.members.len();
        let members = &self.members;
        let in_turn =
            || (0..count).map(|step| (self.next + step) % count).filter_map(|at| Some((at, members.get(at)?)));
        let is_except = |member: &Member| except.is_some_and(|except| *member.client_identifier == *except);
        let connected = in_turn().find(|(_, member)| member.is_connected && !is_except(member));
        let chosen = connected.or_else(|| in_turn().find(|(_, member)| is_except(member))).or_else(|| in_turn().next());
        let (at, _) = chosen?;
        self.next = (at + 1) % count;
        self.members.get(at)
    }
}
