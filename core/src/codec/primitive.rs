//! The data types that every Control Packet is made of. Spec: 1.5.

use super::error::DecodeFault;
use super::{DecodeOptions, PacketIdentifier};
use crate::topic::{TopicFault, TopicFilter, TopicName, contains_null, is_plain_ascii};
use alloc::vec::Vec;
use core::str;

/// Takes the parts of a packet from the front of a slice. Never looks beyond its end.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(super) const fn rest(self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], DecodeFault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(DecodeFault::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeFault> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeFault::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    pub(super) fn u8(&mut self) -> Result<u8, DecodeFault> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeFault::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    #[inline]
    pub(super) fn u16(&mut self) -> Result<u16, DecodeFault> {
        self.array().map(u16::from_be_bytes)
    }

    #[inline]
    pub(super) fn u32(&mut self) -> Result<u32, DecodeFault> {
        self.array().map(u32::from_be_bytes)
    }

    /// One to four bytes, seven bits each, in the shortest form. Spec: 1.5.5 [MQTT-1.5.5-1].
    #[inline]
    pub(super) fn variable_byte_integer(&mut self) -> Result<u32, DecodeFault> {
        let first = self.u8()?;
        if first < 0x80 {
            return Ok(u32::from(first));
        }
        let mut value = u32::from(first & 0x7F);
        for shift in [7, 14, 21] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return if byte == 0 { Err(DecodeFault::IntegerNotShortest) } else { Ok(value) };
            }
        }
        Err(DecodeFault::IntegerTooLong)
    }

    /// A Variable Byte Integer that counts bytes, and that many bytes.
    #[inline]
    pub(super) fn counted(&mut self) -> Result<&'a [u8], DecodeFault> {
        let count = self.variable_byte_integer()?;
        self.bytes(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Binary Data. Spec: 1.5.6.
    #[inline]
    pub(super) fn binary(&mut self) -> Result<&'a [u8], DecodeFault> {
        let count = self.u16()?;
        self.bytes(usize::from(count))
    }

    /// A UTF-8 Encoded String which may still contain U+0000.
    #[inline]
    fn utf8(&mut self) -> Result<&'a str, DecodeFault> {
        str::from_utf8(self.binary()?).map_err(|_| DecodeFault::StringNotUtf8)
    }

    /// A UTF-8 Encoded String. Spec: 1.5.4 [MQTT-1.5.4-1] [MQTT-1.5.4-2].
    #[inline]
    pub(super) fn string(&mut self) -> Result<&'a str, DecodeFault> {
        let text = self.utf8()?;
        if has_null(text) { Err(DecodeFault::StringHasNull) } else { Ok(text) }
    }

    /// Skips a UTF-8 Encoded String, after checking it as [`string`](Self::string) does. Most strings are ASCII, which is
    /// known sooner than that they are UTF-8.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<(), DecodeFault> {
        let start = *self;
        if !is_plain_ascii(self.binary()?) {
            *self = start;
            self.string()?;
        }
        Ok(())
    }

    /// A Packet Identifier. Spec: 2.2.1 [MQTT-2.2.1-3].
    #[inline]
    pub(super) fn packet_identifier(&mut self) -> Result<PacketIdentifier, DecodeFault> {
        PacketIdentifier::new(self.u16()?).ok_or(DecodeFault::PacketIdentifierZero)
    }

    /// A Topic Name; `None` when it has no characters. Spec: 3.3.2.1 [MQTT-3.3.2-2].
    #[inline]
    pub(super) fn topic_name(&mut self, options: &DecodeOptions) -> Result<Option<TopicName<'a>>, DecodeFault> {
        let text = self.utf8()?;
        if text.is_empty() {
            return Ok(None);
        }
        let name = TopicName::new(text).map_err(|error| topic_name_fault(error.fault()))?;
        check_levels(text, options)?;
        Ok(Some(name))
    }

    /// A Topic Filter. Spec: 3.8.3, 4.7, 4.8.2.
    ///
    /// In 3.1 and 3.1.1 `$share/` has no meaning of its own, so such a filter need not be a valid shared one.
    pub(super) fn topic_filter(&mut self, options: &DecodeOptions) -> Result<TopicFilter<'a>, DecodeFault> {
        let text = self.utf8()?;
        let filter = if options.version.has_properties() { TopicFilter::new(text) } else { lenient_filter(text) };
        let filter = filter.map_err(|error| topic_filter_fault(error.fault()))?;
        check_levels(text, options)?;
        Ok(filter)
    }

    /// A Topic Filter that was checked before, by whichever version's rules.
    pub(super) fn checked_topic_filter(&mut self) -> Option<TopicFilter<'a>> {
        lenient_filter(self.utf8().ok()?).ok()
    }
}

/// A shared filter when `text` is a valid one, else a plain one.
fn lenient_filter(text: &str) -> Result<TopicFilter<'_>, crate::topic::TopicError> {
    TopicFilter::new(text).or_else(|_| TopicFilter::plain(text))
}

fn topic_name_fault(fault: TopicFault) -> DecodeFault {
    if fault == TopicFault::NullCharacter {
        DecodeFault::StringHasNull
    } else if fault == TopicFault::WildcardInTopicName {
        DecodeFault::TopicNameWildcard
    } else {
        DecodeFault::TopicName(fault)
    }
}

fn topic_filter_fault(fault: TopicFault) -> DecodeFault {
    if fault == TopicFault::NullCharacter { DecodeFault::StringHasNull } else { DecodeFault::TopicFilter(fault) }
}

/// Whether `text` contains U+0000.
#[inline]
pub(super) fn has_null(text: &str) -> bool {
    contains_null(text.as_bytes())
}

#[inline]
fn check_levels(text: &str, options: &DecodeOptions) -> Result<(), DecodeFault> {
    let levels_max = usize::from(options.topic_levels_max);
    // A text of n bytes has n + 1 levels at most.
    if text.len() >= levels_max && text.bytes().filter(|byte| *byte == b'/').count() >= levels_max {
        return Err(DecodeFault::TopicLevels);
    }
    Ok(())
}

/// How many bytes `value` takes as a Variable Byte Integer.
#[inline]
pub(super) const fn variable_byte_integer_len(value: usize) -> usize {
    match value {
        0..=0x7F => 1,
        0x80..=0x3FFF => 2,
        0x4000..=0x1F_FFFF => 3,
        _ => 4,
    }
}

/// Appends `value`, which must be at most [`VARIABLE_BYTE_INTEGER_MAX`].
#[inline]
pub(super) fn write_variable_byte_integer(out: &mut Vec<u8>, value: usize) {
    let mut rest = value;
    loop {
        let [.., low] = rest.to_be_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7F);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Appends a two-byte length and the bytes, of which there must be at most 65,535.
#[inline]
pub(super) fn write_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    let [.., high, low] = bytes.len().to_be_bytes();
    out.extend_from_slice(&[high, low]);
    out.extend_from_slice(bytes);
}

/// The largest Variable Byte Integer. Spec: 1.5.5, table 1-1.
pub(super) const VARIABLE_BYTE_INTEGER_MAX: usize = 268_435_455;

/// The longest string or Binary Data. Spec: 1.5.4, 1.5.6.
pub(super) const FIELD_SIZE_BYTES_MAX: usize = 65_535;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_byte_integers_have_one_form() {
        for value in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, VARIABLE_BYTE_INTEGER_MAX] {
            let mut bytes = Vec::new();
            write_variable_byte_integer(&mut bytes, value);
            assert_eq!(bytes.len(), variable_byte_integer_len(value), "{value}");
            assert_eq!(Reader::new(&bytes).variable_byte_integer(), Ok(u32::try_from(value).unwrap()));
        }
        let fault = |bytes: &[u8]| Reader::new(bytes).variable_byte_integer().unwrap_err();
        assert_eq!(fault(&[0x80, 0x00]), DecodeFault::IntegerNotShortest);
        assert_eq!(fault(&[0xFF, 0xFF, 0x80, 0x00]), DecodeFault::IntegerNotShortest);
        assert_eq!(fault(&[0xFF, 0xFF, 0xFF, 0xFF]), DecodeFault::IntegerTooLong);
        assert_eq!(fault(&[0x80, 0x80, 0x80, 0x80, 0x01]), DecodeFault::IntegerTooLong);
        assert_eq!(fault(&[0xFF]), DecodeFault::Truncated);
        assert_eq!(fault(&[]), DecodeFault::Truncated);
    }
}
