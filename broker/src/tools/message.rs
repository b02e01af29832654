//! A received message as the printing code sees it.

use polymqtt_core::codec::{Properties, QoS};

/// A message to print.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) topic: &'a str,
    pub(crate) payload: &'a [u8],
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// 0 for QoS 0.
    pub(crate) packet_identifier: u16,
    pub(crate) properties: Properties<'a>,
}
