//! Any bytes, by the rules of any version, from either side: `cargo +nightly fuzz run decoder` in `core`.

#![no_main]

#[path = "../../tests/codec_check/mod.rs"]
mod codec_check;

use libfuzzer_sys::fuzz_target;
use polymqtt_core::codec::{DecodeOptions, ProtocolVersion, Side};

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let options = DecodeOptions {
        version: match choice & 0b11 {
            0 => ProtocolVersion::V3_1,
            1 => ProtocolVersion::V3_1_1,
            _ => ProtocolVersion::V5_0,
        },
        sender: match choice >> 2 & 0b11 {
            0 => Some(Side::Client),
            1 => Some(Side::Server),
            _ => None,
        },
        ..DecodeOptions::default()
    };
    codec_check::check_any(bytes, &options);
});
