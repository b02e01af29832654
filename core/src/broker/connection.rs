//! A connection: what is between a transport and a Session.

use super::error::Fault;
use super::slab::NONE;
use crate::codec::{Connect, Decoder, Packet, ProtocolVersion};
use crate::session::{TopicAliasInbound, TopicAliasOutbound};
use crate::{OutgoingBuffer, Time};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

/// Names a connection from [`Broker::accept`](super::Broker::accept) to
/// [`Broker::handle_closed`](super::Broker::handle_closed). Never used again for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    index: u32,
    generation: u32,
}

/// What the shell knows about a connection. The broker only shows it to the [`Policy`](super::Policy).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionInfo {
    /// The other end, such as `192.0.2.7:50112`.
    pub peer: Box<str>,
    /// Where it was accepted, such as `tls://0.0.0.0:8883`.
    pub listener: Box<str>,
    /// Who the transport says it is: the subject of a client certificate, the user of a Unix socket.
    pub identity: Option<Box<str>>,
}

/// How far a connection is.
///
/// ```text
///                 CONNECT                     allowed
///  AwaitingConnect -----> (the policy) ----------------------> Open ----> Closing
///                            | ask        accept_connect        ^           ^
///                            +----> AwaitingAnswer -------------+           |
///                                    ^  |  authenticate(Continue)           |
///                              AUTH  |  v                                   |
///                               AwaitingAuth -------------------------------+  any fault, any end
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing but CONNECT may come.
    AwaitingConnect,
    /// The embedder has to answer; what the client sends meanwhile is held.
    AwaitingAnswer,
    /// The client has to go on with its authentication.
    AwaitingAuth,
    /// The CONNECT was accepted.
    Open,
    /// It ends: what is in the buffer is sent, nothing is taken any more.
    Closing,
}

/// One connection. Small, because there may be a million; what few of them need is behind [`Rare`].
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, one byte each")]
pub(super) struct Connection {
    pub(super) outgoing: OutgoingBuffer,
    pub(super) decoder: Decoder,
    pub(super) info: Box<ConnectionInfo>,
    pub(super) rare: Option<Box<Rare>>,
    pub(super) last_received: Time,
    /// When its timer is set for; `Time::MAX`: not at all.
    pub(super) armed: Time,
    /// The Session, from the accepted CONNECT to the end.
    pub(super) session: u32,
    /// One and a half times the Keep Alive in milliseconds; 0: none.
    pub(super) silence_ms_max: u32,
    /// The client's Maximum Packet Size.
    pub(super) packet_size_bytes_max: u32,
    /// Bytes in the buffer that are not messages, at least.
    pub(super) answers_bytes: u32,
    /// How many QoS 1 and 2 messages may be in flight to the client.
    pub(super) send_quota: u16,
    /// The client's Topic Alias Maximum, or ours if that is lower.
    pub(super) topic_alias_maximum: u16,
    pub(super) version: ProtocolVersion,
    pub(super) state: State,
    /// Whether the client wants Reason Strings and User Properties outside of PUBLISH, CONNACK and DISCONNECT.
    pub(super) problem_information: bool,
    /// Whether it stands in the list of connections with something to send.
    pub(super) is_dirty: bool,
    /// Whether a Transmit was emitted and the buffer was not empty since.
    pub(super) is_transmitting: bool,
    /// Whether the CONNECT began with a Session Expiry Interval of 0, which DISCONNECT may not change.
    pub(super) session_ends_with_it: bool,
}

/// What few connections have.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// A CONNECT that waits for its answer, in its encoded form.
    pub(super) connect: Option<PendingConnect>,
    /// What came behind it.
    pub(super) held_input: Vec<u8>,
    /// The authentication method of the CONNECT.
    pub(super) authentication_method: Option<Box<str>>,
    /// A re-authentication is under way.
    pub(super) re_authenticating: bool,
    pub(super) aliases_inbound: Option<TopicAliasInbound>,
    pub(super) aliases_outbound: TopicAliasOutbound,
    /// What may not be sent before the store has completed.
    pub(super) held_output: HeldOutput,
}

/// A CONNECT that waits, as bytes: it borrows from them when its time has come.
#[derive(Debug, Default)]
pub(super) struct PendingConnect {
    pub(super) bytes: Vec<u8>,
    pub(super) version: ProtocolVersion,
    pub(super) client_identifier: Box<str>,
}

/// Encoded packets that wait for the store, in order.
#[derive(Debug, Default)]
pub(super) struct HeldOutput {
    bytes: VecDeque<u8>,
    /// The sequence number that each piece waits for, and its length. The numbers never fall.
    marks: VecDeque<(u64, usize)>,
    /// CONNACK is among them, and nothing may overtake it.
    pub(super) blocks_everything: bool,
}

impl ConnectionId {
    pub(super) const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation }
    }

    pub(super) const fn index(self) -> u32 {
        self.index
    }

    pub(super) const fn generation(self) -> u32 {
        self.generation
    }

    /// As one number, for the other side of a language boundary.
    pub const fn as_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The identifier with this number. One that was never given out names no connection.
    pub const fn from_u64(number: u64) -> Self {
        Self { index: (number & 0xFFFF_FFFF) as u32, generation: (number >> 32) as u32 }
    }
}

impl fmt::Display for ConnectionId {
    /// `connection=0`, the number of [`ConnectionId::as_u64`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection={}", self.as_u64())
    }
}

impl Connection {
    pub(super) fn new(info: ConnectionInfo, decoder: Decoder, now: Time) -> Self {
        Self {
            outgoing: OutgoingBuffer::new(),
            decoder,
            info: Box::new(info),
            rare: None,
            last_received: now,
            armed: Time::MAX,
            session: NONE,
            silence_ms_max: 0,
            packet_size_bytes_max: u32::MAX,
            answers_bytes: 0,
            send_quota: u16::MAX,
            topic_alias_maximum: 0,
            version: ProtocolVersion::V5_0,
            state: State::AwaitingConnect,
            problem_information: true,
            is_dirty: false,
            is_transmitting: false,
            session_ends_with_it: true,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Whether packets wait for the store.
    pub(super) fn held_output(&mut self) -> Option<&mut HeldOutput> {
        self.rare.as_mut().map(|rare| &mut rare.held_output).filter(|held| !held.marks.is_empty())
    }

    /// Keeps what came behind a CONNECT or AUTH that waits for its answer.
    pub(super) fn hold_input(&mut self, bytes: &[u8], bytes_max: u32) -> Result<(), Fault> {
        let held = &mut self.rare_mut().held_input;
        if held.len() + bytes.len() > bytes_max as usize {
            return Err(super::limits::HELD_INPUT);
        }
        held.extend_from_slice(bytes);
        Ok(())
    }
}

impl PendingConnect {
    /// `None` only for a CONNECT that cannot be encoded, which no decoded one is.
    pub(super) fn new(connect: &Connect<'_>) -> Option<Self> {
        let mut bytes = Vec::new();
        Packet::Connect(*connect).encode(connect.protocol_version, &mut bytes).ok()?;
        Some(Self { bytes, version: connect.protocol_version, client_identifier: connect.client_identifier.into() })
    }
}

impl HeldOutput {
    /// Appends what `encode` writes, to be released with `sequence` (or with what stands before it, if that is later).
    pub(super) fn push(&mut self, sequence: u64, bytes: &[u8]) {
        let sequence = self.marks.back().map_or(sequence, |&(last, _)| last.max(sequence));
        self.bytes.extend(bytes);
        match self.marks.back_mut() {
            Some((last, len)) if *last == sequence => *len += bytes.len(),
            _ => self.marks.push_back((sequence, bytes.len())),
        }
    }

    pub(super) fn len_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The sequence number that the last piece waits for.
    pub(super) fn last_sequence(&self) -> u64 {
        self.marks.back().map_or(0, |&(sequence, _)| sequence)
    }

    /// Appends to `outgoing` what waited for `durable` or less; whether something did.
    pub(super) fn release(&mut self, durable: u64, outgoing: &mut OutgoingBuffer) -> bool {
        let mut released = 0;
        while let Some(&(sequence, len)) = self.marks.front()
            && sequence <= durable
        {
            released += len;
            self.marks.pop_front();
        }
        let (front, back) = self.bytes.as_slices();
        let in_front = released.min(front.len());
        outgoing.push(front.get(..in_front).unwrap_or_default());
        outgoing.push(back.get(..released - in_front).unwrap_or_default());
        self.bytes.drain(..released);
        if self.marks.is_empty() {
            *self = Self::default();
        }
        released > 0
    }
}
