//! The compiled half of the Python package `polymqtt`.
#![forbid(unsafe_code)]
#![expect(clippy::doc_markdown, reason = "documentation of Python's names is written as Python writes it")]
#![expect(clippy::needless_pass_by_value, reason = "Python's arguments arrive by value")]

mod authenticator;
mod broker;
mod client;
mod codec;
mod error;
mod options;
mod output;
mod packet;
mod sans_io_broker;
mod sans_io_client;
mod token;

use polymqtt_core::ReasonCode;
use pyo3::prelude::*;

/// What the Python modules of the package are made of; import `polymqtt` instead.
#[pymodule(name = "_polymqtt", gil_used = false)]
mod module {
    use super::reason_codes;
    #[pymodule_export]
    use crate::broker::EmbeddedBroker;
    #[pymodule_export]
    use crate::client::{Client, Message, Subscription};
    #[pymodule_export]
    use crate::codec::{Decoder, canonical_text, decode, encode, encoded_len, match_pattern, matches};
    #[pymodule_export]
    use crate::output::Output;
    #[pymodule_export]
    use crate::sans_io_broker::SansIoBroker;
    #[pymodule_export]
    use crate::sans_io_client::SansIoClient;
    #[pymodule_export]
    use crate::token::Token;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("REASON_CODES", reason_codes())
    }
}

/// Name and value of every Reason Code: `("NOT_AUTHORIZED", 0x87)`.
fn reason_codes() -> Vec<(String, u8)> {
    let name = |code: &ReasonCode| code.name().to_uppercase().replace([' ', '-'], "_");
    ReasonCode::ALL.iter().map(|code| (name(code), code.as_u8())).collect()
}
