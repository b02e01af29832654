//! From a stream of bytes, in whatever pieces it comes, to Control Packets.

use super::error::DecodeError;
use super::{DecodeOptions, Packet, ProtocolVersion, decode, fixed_header};
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
        let decoded = if self.partial.is_empty() {
            let Some((packet, len)) = decode(input, &self.options).inspect_err(|error| self.error = Some(*error))?
            else {
                self.partial.extend_from_slice(input);
                *input = &[];
                return Ok(None);
            };
            *input = input.get(len..).unwrap_or_default();
            Some(packet)
        } else {
            if !self.complete(input).inspect_err(|error| self.error = Some(*error))? {
                return Ok(None);
            }
            self.partial_is_done = true;
            decode(&self.partial, &self.options)
                .inspect_err(|error| self.error = Some(*error))?
                .map(|(packet, _len)| packet)
        };
        if let Some(Packet::Connect(connect)) = &decoded {
            self.options.version = connect.protocol_version;
        }
        Ok(decoded)
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
