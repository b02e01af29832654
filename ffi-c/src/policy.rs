//! What a broker asks its program before it lets a client do something.

use crate::view::pmq_str;
use core::ffi::c_void;
use polymqtt_core::broker::ClientInfo;

/// What a client wants to do.
#[repr(u8)]
#[derive(Debug, Clone, Copy)]
pub enum pmq_action_type {
    /// Publish to `topic`, or leave a will there.
    Publish = 1,
    /// Subscribe to `topic`, a Topic Filter.
    Subscribe = 2,
    /// Be given a message of `topic`.
    Deliver = 3,
}

/// Something that a client of a broker of ours wants to do.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct pmq_action {
    /// A `pmq_action_type`.
    pub action_type: u8,
    /// The QoS.
    pub qos: u8,
    /// Whether a publication is to be kept.
    pub retain: bool,
    /// The Topic Name or Topic Filter.
    pub topic: pmq_str,
    /// Who: the Client Identifier.
    pub client_identifier: pmq_str,
    /// Who: the user name, if any.
    pub user_name: pmq_str,
}

/// Decides what a client may do; must answer at once. The views in `action` are valid during the call.
pub type pmq_authorize_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, action: *const pmq_action) -> bool>;

impl pmq_action {
    pub(crate) fn new(
        client: &ClientInfo<'_>,
        action_type: pmq_action_type,
        topic: &str,
        qos: u8,
        retain: bool,
    ) -> Self {
        Self {
            action_type: action_type as u8,
            qos,
            retain,
            topic: pmq_str::new(topic),
            client_identifier: pmq_str::new(client.client_identifier),
            user_name: pmq_str::optional(client.user_name),
        }
    }
}

/// The pointer that an application wants back with each call.
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library only hands it back; the application promises that its callbacks may run on another thread.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}
