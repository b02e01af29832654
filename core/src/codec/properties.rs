//! A block of properties in its wire form.

use alloc::vec::Vec;

/// Properties that were checked while decoding: a view of their wire form, without the Property Length.
///
/// Empty for MQTT 3.1 and 3.1.1. Spec: 2.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties<'a> {
    wire: &'a [u8],
}

/// Properties that one builds to send or keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PropertiesBuf {
    wire: Vec<u8>,
}
