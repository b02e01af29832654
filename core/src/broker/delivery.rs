//! One message for one Session: what is kept of it while it waits or is in flight.

use super::routed_message::RoutedMessage;
use super::slab::Slab;
use crate::Time;
use crate::codec::{QoS, SubscriptionOptions};
use alloc::sync::Arc;
use alloc::vec::Vec;

/// A message that is queued for a Session or in flight to its client.
#[derive(Debug)]
pub(super) struct Delivery {
    /// `None` after PUBREC: the content is not needed any more.
    pub(super) message: Option<Arc<RoutedMessage>>,
    pub(super) marks: Marks,
    /// Its number in the Session, for the store.
    pub(super) position: u32,
}

/// How a subscription wants its messages, or how a delivery is to be made, in four bytes:
/// a Subscription Identifier (0: none) or the number of a [`DeliveryExtra`], the QoS, and two flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks(u32);

/// What few deliveries have.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct DeliveryExtra {
    /// More than one Subscription Identifier.
    pub(super) identifiers: Vec<u32>,
    /// The shared subscription that brought it (the whole Topic Filter), to which it returns when the member leaves.
    pub(super) shared: Option<Arc<str>>,
}

pub(super) type DeliveryExtras = Slab<DeliveryExtra>;

impl Delivery {
    pub(super) fn qos(&self) -> QoS {
        self.marks.qos()
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.message.as_ref().map_or(0, |message| message.size_bytes() as u64)
    }

    pub(super) fn expires_at(&self) -> Option<Time> {
        self.message.as_ref().and_then(|message| message.expires_at())
    }

    pub(super) fn is_expired(&self, now: Time) -> bool {
        self.message.as_ref().is_some_and(|message| message.is_expired(now))
    }
}

impl Marks {
    /// Of a subscription. The flags are Retain As Published and No Local.
    pub(super) fn of_subscription(options: SubscriptionOptions, identifier: Option<u32>) -> Self {
        let mut marks = Self::new(options.qos, options.retain_as_published, identifier.unwrap_or(0));
        if options.no_local {
            marks.0 |= NO_LOCAL_OR_EXTENDED;
        }
        marks
    }

    pub(super) const fn new(qos: QoS, retain: bool, identifier: u32) -> Self {
        let retain = if retain { RETAIN } else { 0 };
        Self((identifier & NUMBER) | (qos.as_u8() as u32) << QOS_SHIFT | retain)
    }

    /// Of a delivery with a [`DeliveryExtra`].
    pub(super) const fn extended(qos: QoS, retain: bool, extra: u32) -> Self {
        Self(Self::new(qos, retain, extra).0 | NO_LOCAL_OR_EXTENDED)
    }

    pub(super) const fn qos(self) -> QoS {
        match QoS::from_u8(((self.0 >> QOS_SHIFT) & 3) as u8) {
            Some(qos) => qos,
            None => QoS::ExactlyOnce,
        }
    }

    /// The RETAIN flag; of a subscription: Retain As Published.
    pub(super) const fn retain(self) -> bool {
        self.0 & RETAIN != 0
    }

    pub(super) const fn no_local(self) -> bool {
        self.0 & NO_LOCAL_OR_EXTENDED != 0
    }

    /// The Subscription Identifier of a subscription or a delivery without an extra; 0: none.
    pub(super) const fn identifier(self) -> u32 {
        self.0 & NUMBER
    }

    /// The extra of a delivery.
    pub(super) const fn extra(self) -> Option<u32> {
        if self.0 & NO_LOCAL_OR_EXTENDED == 0 { None } else { Some(self.0 & NUMBER) }
    }

    /// All of it, to tell wire layouts apart.
    pub(super) const fn as_u32(self) -> u32 {
        self.0
    }

    /// The Subscription Identifiers of a delivery: on its own, or in its extra.
    pub(super) fn identifiers<'a>(self, own: &'a mut [u32; 1], extras: &'a DeliveryExtras) -> &'a [u32] {
        match self.extra() {
            Some(extra) => extras.get(extra).map_or(&[], |extra| &extra.identifiers),
            None if self.identifier() == 0 => &[],
            None => {
                *own = [self.identifier()];
                own
            }
        }
    }
}

const NUMBER: u32 = 0x0FFF_FFFF;
const QOS_SHIFT: u32 = 28;
const RETAIN: u32 = 1 << 30;
const NO_LOCAL_OR_EXTENDED: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::{Delivery, Marks};
    use crate::codec::{QoS, RetainHandling, SubscriptionOptions};

    #[test]
    fn a_queued_delivery_takes_16_bytes() {
        if size_of::<usize>() == 8 {
            assert_eq!(size_of::<Delivery>(), 16);
        }
    }

    #[test]
    fn marks_keep_what_they_are_given() {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for flag in [false, true] {
                let options = SubscriptionOptions {
                    qos,
                    no_local: flag,
                    retain_as_published: !flag,
                    retain_handling: RetainHandling::Send,
                };
                let marks = Marks::of_subscription(options, Some(268_435_455));
                assert_eq!((marks.qos(), marks.no_local(), marks.retain()), (qos, flag, !flag));
                assert_eq!(marks.identifier(), 268_435_455);
                assert_eq!(Marks::new(qos, flag, 7).extra(), None);
                assert_eq!(Marks::extended(qos, flag, 7).extra(), Some(7));
            }
        }
    }
}
