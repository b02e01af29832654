//! From a stream of bytes, in whatever pieces it comes, to Control Packets.

use super::decode::{decode_other, split};
use super::error::DecodeError;
use super::{DecodeOptions, Packet, PacketType, ProtocolVersion, Publish, fixed_header};
use alloc::vec::Vec;

/// Decodes a stream of bytes packet by packet. How the stream is cut into pieces makes no difference.
///
/// A packet that lies whole in the input is borrowed from it. Only one that has come in part is copied, as it comes:
/// memory is taken for bytes that are here, never for a length that a peer announces.
///
/// ```
/// use polymqtt_core::codec::{DecodeOptions, Decoder, Packet};
///
/// let mut decoder = Decoder::new(DecodeOptions::default());
/// let mut input: &[u8] = &[0xC0, 0x00, 0xD0];
/// assert_eq!(decoder.next(&mut input)?, Some(Packet::PingReq));
/// assert_eq!(decoder.next(&mut input)?, None);
/// let mut input: &[u8] = &[0x00];
/// assert_eq!(decoder.next(&mut input)?, Some(Packet::PingResp));
/// # Ok::<(), polymqtt_core::codec::DecodeError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decoder {
    options: DecodeOptions,
    /// The beginning of a packet whose end has not come, or all of the packet that was given out last.
    partial: Vec<u8>,
    partial_is_done: bool,
    error: Option<DecodeError>,
}

impl Decoder {
    /// A decoder at the beginning of a stream. It holds no heap until a packet comes in pieces.
    pub const fn new(options: DecodeOptions) -> Self {
        Self { options, partial: Vec::new(), partial_is_done: false, error: None }
    }

    /// The next packet. Takes from `input` what it uses; call it until it gives `None`, then all of `input` is used.
    ///
    /// A CONNECT sets the version for what follows. An error is final: the stream has no next packet, and every further
    /// call gives the same error.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Result<Option<Packet<'a>>, DecodeError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.partial_is_done {
            self.partial_is_done = false;
            if self.partial.capacity() > KEPT_SIZE_BYTES_MAX {
                self.partial = Vec::new();
            }
            self.partial.clear();
        }
        let frame = if self.partial.is_empty() {
            match split(input, &self.options) {
                Ok(Some(frame)) => {
                    *input = input.get(frame.len..).unwrap_or_default();
                    frame
                }
                Ok(None) => {
                    self.partial.extend_from_slice(input);
                    *input = &[];
                    return Ok(None);
                }
                Err(error) => return self.fail(error),
            }
        } else {
            match self.complete(input) {
                Ok(true) => self.partial_is_done = true,
                Ok(false) => return Ok(None),
                Err(error) => return self.fail(error),
            }
            match split(&self.partial, &self.options)? {
                Some(frame) => frame,
                None => return Ok(None),
            }
        };
        if frame.packet_type == PacketType::Publish {
            return match Publish::decode(frame.flags, frame.body, &self.options) {
                Ok(publish) => Ok(Some(Packet::Publish(publish))),
                Err(fault) => {
                    let error = DecodeError::new(fault, Some(PacketType::Publish), self.options.version);
                    self.error = Some(error);
                    Err(error)
                }
            };
        }
        let decoded = decode_other(frame.packet_type, frame.body, &self.options);
        match &decoded {
            Ok(Packet::Connect(connect)) => self.options.version = connect.protocol_version,
            Ok(_) => {}
            Err(error) => self.error = Some(*error),
        }
        decoded.map(Some)
    }

    #[cold]
    fn fail<T>(&mut self, error: DecodeError) -> Result<T, DecodeError> {
        self.error = Some(error);
        Err(error)
    }

    /// Takes from `input` what is missing in the partial packet; tells whether it is complete.
    fn complete(&mut self, input: &mut &[u8]) -> Result<bool, DecodeError> {
        loop {
            let header = fixed_header::read(&self.partial, &self.options)
                .map_err(|(fault, packet_type)| DecodeError::new(fault, packet_type, self.options.version))?;
            // Without a whole fixed header one byte more is asked for, so that none of the next packet is taken.
            let missing =
                header.map_or(1, |header| (header.len + header.remaining_len).saturating_sub(self.partial.len()));
            if missing == 0 {
                return Ok(true);
            }
            let (taken, rest) = input.split_at(missing.min(input.len()));
            if taken.is_empty() {
                return Ok(false);
            }
            self.partial.extend_from_slice(taken);
            *input = rest;
        }
    }

    /// Sets the version by which the following packets are read.
    pub const fn set_version(&mut self, version: ProtocolVersion) {
        self.options.version = version;
    }

    /// By which rules packets are read now.
    pub const fn options(&self) -> &DecodeOptions {
        &self.options
    }

    /// How many bytes of an incomplete packet are held. More bytes must come before the stream may end.
    pub const fn partial_size_bytes(&self) -> usize {
        if self.partial_is_done { 0 } else { self.partial.len() }
    }
}

/// A larger buffer is given back once its packet has been handled.
const KEPT_SIZE_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReasonCode;
    use crate::codec::{DecodeFault, Side};

    #[test]
    fn whole_packets_are_borrowed_from_the_input() {
        let bytes = [0x30, 0x06, 0x00, 0x01, b'a', b'x', b'y', b'z', 0xC0, 0x00];
        let mut decoder = Decoder::new(DecodeOptions::from_client(ProtocolVersion::V3_1_1));
        let mut input = bytes.as_slice();
        let Some(Packet::Publish(publish)) = decoder.next(&mut input).unwrap() else { panic!("a PUBLISH") };
        assert_eq!(publish.payload.as_ptr(), bytes[5..].as_ptr());
        assert_eq!(decoder.next(&mut input), Ok(Some(Packet::PingReq)));
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert_eq!(decoder.partial.capacity(), 0);
    }

    #[test]
    fn an_announced_length_takes_no_memory() {
        let mut decoder = Decoder::new(DecodeOptions::default());
        let mut input: &[u8] = &[0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0x00];
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert_eq!(decoder.partial_size_bytes(), 6);
        assert!(decoder.partial.capacity() < 100);
    }

    #[test]
    fn a_large_buffer_is_given_back() {
        let mut bytes = alloc::vec![0x30, 0x80, 0x80, 0x02, 0x00, 0x01, b'a'];
        bytes.resize(4 + 0x8000, 0);
        let mut decoder = Decoder::new(DecodeOptions::from_client(ProtocolVersion::V3_1_1));
        let (mut head, mut tail) = bytes.split_at(1000);
        assert_eq!(decoder.next(&mut head), Ok(None));
        assert!(decoder.next(&mut tail).unwrap().is_some());
        assert_eq!(decoder.partial_size_bytes(), 0);
        assert_eq!(decoder.next(&mut tail), Ok(None));
        assert_eq!(decoder.partial.capacity(), 0);
    }

    #[test]
    fn a_packet_that_is_too_large_is_known_by_its_fixed_header() {
        let mut decoder = Decoder::new(DecodeOptions { packet_size_max: 130, ..DecodeOptions::default() });
        let mut input: &[u8] = &[0x30, 0x80];
        assert_eq!(decoder.next(&mut input), Ok(None));
        let error = decoder.next(&mut [0x01].as_slice()).unwrap_err();
        assert_eq!(error.reason_code(), ReasonCode::PacketTooLarge);
        let mut input: &[u8] = &[0x30, 0x7F];
        let mut decoder = Decoder::new(DecodeOptions { packet_size_max: 129, ..DecodeOptions::default() });
        assert_eq!(decoder.next(&mut input), Ok(None));
    }

    #[test]
    fn an_error_is_final() {
        let mut decoder = Decoder::new(DecodeOptions::default());
        let error = decoder.next(&mut [0xC1, 0x00].as_slice()).unwrap_err();
        assert_eq!(error.fault(), DecodeFault::FixedHeaderFlags);
        assert_eq!(decoder.next(&mut [0xC0, 0x00].as_slice()), Err(error));
    }

    #[test]
    fn a_connect_sets_the_version_whole_or_in_pieces() {
        let connect = [0x10, 0x0D, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 1, b'c'];
        for at in 0..connect.len() {
            let mut decoder = Decoder::new(DecodeOptions::from_client(ProtocolVersion::V5_0));
            let (mut head, mut tail) = connect.split_at(at);
            assert_eq!(decoder.next(&mut head), Ok(None));
            assert!(matches!(decoder.next(&mut tail), Ok(Some(Packet::Connect(_)))), "{at}");
            assert_eq!(decoder.options().version, ProtocolVersion::V3_1_1);
            assert_eq!(decoder.options().sender, Some(Side::Client));
        }
    }

    #[test]
    fn an_unknown_level_tells_which_answer_is_understood() {
        let answer = |level| {
            let connect = [0x10, 0x0D, 0, 4, b'M', b'Q', b'T', b'T', level, 2, 0, 60, 0, 1, b'c'];
            let error = Decoder::new(DecodeOptions::default()).next(&mut connect.as_slice()).unwrap_err();
            assert_eq!(error.fault(), DecodeFault::ProtocolLevel(level));
            let mut bytes = Vec::new();
            let connack = Packet::ConnAck(crate::codec::ConnAck::new(error.reason_code()));
            connack.encode(error.protocol_version(), &mut bytes).unwrap();
            bytes
        };
        assert_eq!(answer(2), [0x20, 0x02, 0x00, 0x01]);
        assert_eq!(answer(6), [0x20, 0x03, 0x00, 0x84, 0x00]);
    }
}
