//! What must hold for any bytes at all. Also the body of the fuzz target.

use polymqtt_core::codec::{DecodeError, DecodeOptions, Decoder, Packet, ProtocolVersion, decode, text};

/// Decodes `bytes` in one piece and byte by byte, and sends what is accepted on.
///
/// # Panics
/// When more is read than is there, when the pieces make a difference, or when what was accepted cannot be sent or is
/// something else then.
pub(crate) fn check_any(bytes: &[u8], options: &DecodeOptions) {
    let whole = decode(bytes, options);
    if let Ok(Some((packet, len))) = &whole {
        assert!(*len <= bytes.len());
        check_packet(packet, options);
    }
    let one = stream(*options, bytes.chunks(bytes.len().max(1)));
    match whole {
        Ok(Some((packet, _))) => assert_eq!(one.0.first(), Some(&line(&packet, options.version))),
        Ok(None) => assert_eq!(one, (Vec::new(), None)),
        Err(error) => {
            assert_eq!(one, (Vec::new(), Some(error)));
            assert!(error.reason_code().is_error() && !error.statement().is_empty() && !error.to_string().is_empty());
        }
    }
    assert_eq!(stream(*options, bytes.chunks(1)), one);
    assert_eq!(stream(*options, bytes.chunks(7)), one);
}

/// What was decoded can be encoded, gives the same packet again, and its text gives the same bytes.
pub(crate) fn check_packet(packet: &Packet<'_>, options: &DecodeOptions) {
    let version = if let Packet::Connect(connect) = packet { connect.protocol_version } else { options.version };
    let mut encoded = Vec::new();
    assert_eq!(packet.encode(version, &mut encoded), Ok(encoded.len()), "{packet:?}");
    assert_eq!(packet.encoded_len(version), Ok(encoded.len()), "{packet:?}");
    assert_eq!(decode(&encoded, options), Ok(Some((*packet, encoded.len()))));
    let mut from_text = Vec::new();
    assert_eq!(text::encode(&line(packet, version), version, &mut from_text), Ok(encoded.len()), "{packet:?}");
    assert!(from_text == encoded, "{packet:?}");
}

/// The packets as text, and the error at the end if there is one, of a stream that comes in these pieces.
pub(crate) fn stream<'a>(
    options: DecodeOptions,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<String>, Option<DecodeError>) {
    let mut decoder = Decoder::new(options);
    let mut packets = Vec::new();
    for piece in pieces {
        let mut input = piece;
        loop {
            match decoder.next(&mut input) {
                Ok(Some(packet)) => packets.push(line(&packet, options.version)),
                Ok(None) => break assert!(input.is_empty()),
                Err(error) => return (packets, Some(error)),
            }
        }
    }
    (packets, None)
}

/// The packet in canonical text form.
pub(crate) fn line(packet: &Packet<'_>, version: ProtocolVersion) -> String {
    let mut line = String::new();
    assert!(text::write(packet, version, &mut line).is_ok());
    line
}
