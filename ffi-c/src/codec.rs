//! Bytes to packets, packets to bytes and to text.

use crate::error::{Failure, pmq_result};
use crate::packet::{pmq_packet, protocol_version};
use crate::panic::{boundary, boundary_or};
use crate::view::{Buffer, Out, exclusive, pmq_bytes, pmq_str, reference};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_char;
use polymqtt_core::ReasonCode;
use polymqtt_core::codec::{DecodeError, DecodeOptions, Decoder, PacketType, Side, decode, text};

/// One of the two ends of a connection.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_side {
    /// Either.
    Any = 0,
    /// It sends CONNECT.
    Client = 1,
    /// It answers with CONNACK.
    Server = 2,
}

/// By which rules bytes are read. All zero but `struct_size` means: MQTT 5.0, from either side, no limits.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_decode_options {
    /// `sizeof(pmq_decode_options)`.
    pub struct_size: usize,
    /// A `pmq_protocol_version`; 0: 5.0. A CONNECT is read by the version that it names itself.
    pub protocol_version: u8,
    /// A `pmq_side`: who sent the bytes.
    pub sender: u8,
    /// The most properties in one block; 0: no limit.
    pub properties_max: u16,
    /// The most levels of a topic; 0: no limit.
    pub topic_levels_max: u16,
    /// The largest packet in bytes; 0: no limit.
    pub packet_size_bytes_max: u32,
}

/// What is wrong with bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_decode_error {
    /// The `pmq_reason_code` that tells the peer.
    pub reason_code: u8,
    /// The `pmq_packet_type`; 0: not known.
    pub packet_type: u8,
    /// The statement of the standard that is broken, such as `MQTT-2.2.1-3`, or a section. Valid for ever.
    pub statement: pmq_str,
}

/// Decodes a stream of bytes, however it is cut into pieces.
pub struct pmq_decoder {
    decoder: Decoder,
}

/// Decodes the packet that `bytes` begin with; `*size` is then how many bytes it takes.
///
/// `PMQ_RESULT_NONE`: the packet is not complete. `PMQ_RESULT_MALFORMED`: `*error` says why. `options` may be NULL, `error`
/// too. The views in `*packet` point into `bytes`. Nothing is allocated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decode(
    bytes: pmq_bytes,
    options: *const pmq_decode_options,
    packet: *mut pmq_packet,
    size: *mut usize,
    error: *mut pmq_decode_error,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (bytes, options, out) = unsafe { (bytes.get()?, decode_options(options)?, Out::new(packet)?) };
        // SAFETY: as above.
        let (size, error) = unsafe { (Out::new(size)?, Out::optional(error)) };
        let (packet, taken) =
            decode(bytes, &options).map_err(|fault| malformed(fault, error))?.ok_or(Failure::from(pmq_result::None))?;
        out.set(pmq_packet::new(&packet));
        size.set(taken);
        Ok(())
    })
}

/// Encodes a packet into the caller's buffer; `*len` is how many bytes it takes, also when they do not fit.
///
/// In 3.1 and 3.1.1 properties and most Reason Codes are left out. A CONNECT is encoded for its own version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_encode(
    packet: *const pmq_packet,
    protocol_version: u8,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> pmq_result {
    boundary(|| {
        let version = self::protocol_version(protocol_version)?;
        // SAFETY: the caller gives NULL or valid pointers, and a packet whose views are valid.
        let (packet, mut out) = unsafe { (reference(packet)?.get(version)?, Buffer::new(buffer, capacity, len)?) };
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes)?;
        out.extend(&bytes);
        out.finish()
    })
}

/// Writes a packet in its canonical text form, one line ended by a zero; `*len` is its length without the zero, also when
/// it does not fit. The form is described in `core/vectors/README.md`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_packet_text(
    packet: *const pmq_packet,
    protocol_version: u8,
    buffer: *mut c_char,
    capacity: usize,
    len: *mut usize,
) -> pmq_result {
    boundary(|| {
        let version = self::protocol_version(protocol_version)?;
        // SAFETY: the caller gives NULL or valid pointers, and a packet whose views are valid.
        let (packet, mut out) =
            unsafe { (reference(packet)?.get(version)?, Buffer::new(buffer.cast::<u8>(), capacity, len)?) };
        text::write(&packet, version, &mut out).map_err(|_| Failure::from(pmq_result::Text))?;
        out.finish_text()
    })
}

/// Encodes the canonical text form of a packet, like `pmq_encode`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_encode_text(
    line: pmq_str,
    protocol_version: u8,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
) -> pmq_result {
    boundary(|| {
        let version = self::protocol_version(protocol_version)?;
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (line, mut out) = unsafe { (line.or_empty()?, Buffer::new(buffer, capacity, len)?) };
        let mut bytes = Vec::new();
        text::encode(line, version, &mut bytes)?;
        out.extend(&bytes);
        out.finish()
    })
}

/// The name of a packet type in the standard, such as `PUBLISH`; absent for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_packet_type_name(packet_type: u8) -> pmq_str {
    pmq_str::optional(PacketType::from_u8(packet_type).map(PacketType::name))
}

/// The name of a Reason Code in the standard, such as `Not authorized`; absent for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn pmq_reason_code_name(reason_code: u8) -> pmq_str {
    pmq_str::optional(ReasonCode::from_u8(reason_code).map(ReasonCode::name))
}

/// A decoder at the beginning of a stream. `options` may be NULL. Free it with `pmq_decoder_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decoder_new(
    options: *const pmq_decode_options,
    decoder: *mut *mut pmq_decoder,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (options, out) = unsafe { (decode_options(options)?, Out::new(decoder)?) };
        out.set(Box::into_raw(Box::new(pmq_decoder { decoder: Decoder::new(options) })));
        Ok(())
    })
}

/// Ends a decoder. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decoder_free(decoder: *mut pmq_decoder) {
    if !decoder.is_null() {
        // SAFETY: it came from `pmq_decoder_new`, and the caller does not use it any more.
        let decoder = unsafe { Box::from_raw(decoder) };
        boundary_or((), || drop(decoder));
    }
}

/// Takes the next packet from the beginning of `*input`, which moves on. `PMQ_RESULT_NONE`: all of it is used, and the next
/// packet is not complete. `PMQ_RESULT_MALFORMED` is final. `error` may be NULL.
///
/// The views in `*packet` are valid until the next call, and as long as the bytes of `*input` are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decoder_next(
    decoder: *mut pmq_decoder,
    input: *mut pmq_bytes,
    packet: *mut pmq_packet,
    error: *mut pmq_decode_error,
) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or valid pointers (README, Pointers).
        let (decoder, input, out) = unsafe { (exclusive(decoder)?, exclusive(input)?, Out::new(packet)?) };
        // SAFETY: as above.
        let (mut bytes, error) = unsafe { (input.get()?, Out::optional(error)) };
        let next = decoder.decoder.next(&mut bytes);
        *input = pmq_bytes::new(bytes);
        let packet = next.map_err(|fault| malformed(fault, error))?.ok_or(Failure::from(pmq_result::None))?;
        out.set(pmq_packet::new(&packet));
        Ok(())
    })
}

/// Sets the version by which the following packets are read. A CONNECT sets it by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decoder_set_version(decoder: *mut pmq_decoder, protocol_version: u8) -> pmq_result {
    boundary(|| {
        // SAFETY: the caller gives NULL or a valid pointer (README, Pointers).
        let decoder = unsafe { exclusive(decoder) }?;
        decoder.decoder.set_version(self::protocol_version(protocol_version)?);
        Ok(())
    })
}

/// How many bytes of an incomplete packet are held; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pmq_decoder_partial_size(decoder: *const pmq_decoder) -> usize {
    // SAFETY: the caller gives NULL or a valid pointer (README, Pointers).
    let decoder = unsafe { reference(decoder) };
    decoder.map_or(0, |decoder| decoder.decoder.partial_size_bytes())
}

fn malformed(fault: DecodeError, error: Option<Out<'_, pmq_decode_error>>) -> Failure {
    if let Some(error) = error {
        error.set(pmq_decode_error {
            reason_code: fault.reason_code().as_u8(),
            packet_type: fault.packet_type().map_or(0, PacketType::as_u8),
            statement: pmq_str::new(fault.statement()),
        });
    }
    Failure::said(pmq_result::Malformed, &fault)
}

/// # Safety
/// `options` is NULL or valid.
unsafe fn decode_options(options: *const pmq_decode_options) -> crate::error::Outcome<DecodeOptions> {
    let mut read = DecodeOptions::default();
    if options.is_null() {
        return Ok(read);
    }
    // SAFETY: what the caller of this function promises.
    let options = unsafe { crate::options::sized(options) }?;
    if options.protocol_version != 0 {
        read.version = protocol_version(options.protocol_version)?;
    }
    read.sender = match options.sender {
        0 => None,
        1 => Some(Side::Client),
        2 => Some(Side::Server),
        _ => return Err(Failure::said(pmq_result::Value, &"sender is none of pmq_side")),
    };
    let limit = |value: u16| if value == 0 { u16::MAX } else { value };
    read.properties_max = limit(options.properties_max);
    read.topic_levels_max = limit(options.topic_levels_max);
    if options.packet_size_bytes_max != 0 {
        read.packet_size_max = options.packet_size_bytes_max;
    }
    Ok(read)
}
