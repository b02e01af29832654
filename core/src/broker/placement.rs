//! Which shard a Session lives on.

use super::error::UsageError;

/// The place of a [`Broker`](super::Broker) among its shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    index: u16,
    count: u16,
}

/// What the first bytes of a connection say about the shard that it belongs to: see [`peek_connect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peek<'a> {
    /// The Client Identifier has not arrived completely.
    NeedMore,
    /// The Client Identifier. An empty one may go to any shard: the Assigned Client Identifier will belong there.
    ClientIdentifier(&'a str),
    /// Not a CONNECT: any shard will refuse it.
    Invalid,
}

impl Placement {
    /// A broker that is not divided.
    pub const SINGLE: Self = Self { index: 0, count: 1 };

    /// The shard `index` of `count`.
    pub const fn new(index: u16, count: u16) -> Result<Self, UsageError> {
        if index < count { Ok(Self { index, count }) } else { Err(UsageError::PlacementInvalid) }
    }

    /// This shard.
    pub const fn index(self) -> u16 {
        self.index
    }

    /// The number of shards.
    pub const fn count(self) -> u16 {
        self.count
    }

    /// The shard on which the Session of this client lives. The same on every machine and in every version, because
    /// stored Sessions have to be found again: FNV-1a (64 bit), its halves mixed, modulo the count.
    pub fn shard_of(self, client_identifier: &str) -> u16 {
        self.shard_of_bytes(client_identifier.as_bytes())
    }

    /// Whether the Session of this client lives here.
    pub fn is_home_of(self, client_identifier: &str) -> bool {
        self.count == 1 || self.shard_of(client_identifier) == self.index
    }

    pub(super) fn others(self) -> impl Iterator<Item = u16> + use<> {
        let index = self.index;
        (0..self.count).filter(move |&other| other != index)
    }

    fn shard_of_bytes(self, bytes: &[u8]) -> u16 {
        if self.count == 1 {
            return 0;
        }
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for &byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^= hash >> 32;
        u16::try_from(hash % u64::from(self.count)).unwrap_or(0)
    }
}

/// Reads the Client Identifier out of the first bytes of a connection, so that an acceptor can hand the connection and
/// these bytes to the shard that it belongs to. Nothing is checked that [`Broker::handle_input`](super::Broker::handle_input)
/// will check.
///
/// At [`Peek::NeedMore`] read on; an acceptor limits how much and how long, and hands over what it has at the limit.
pub fn peek_connect(bytes: &[u8]) -> Peek<'_> {
    match Reader(bytes).client_identifier() {
        Ok(text) => core::str::from_utf8(text).map_or(Peek::Invalid, Peek::ClientIdentifier),
        Err(stop) => stop,
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn client_identifier(mut self) -> Result<&'a [u8], Peek<'static>> {
        if self.take(1)? != [0x10] {
            return Err(Peek::Invalid);
        }
        self.variable_byte_integer()?;
        self.binary()?;
        let level = self.take(1)?;
        self.take(3)?;
        if level == [5] {
            let properties = self.variable_byte_integer()?;
            self.take(properties)?;
        }
        self.binary()
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Peek<'static>> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Peek::NeedMore)?;
        self.0 = rest;
        Ok(taken)
    }

    fn binary(&mut self) -> Result<&'a [u8], Peek<'static>> {
        let len = self.take(2)?.iter().fold(0, |len, &byte| len << 8 | usize::from(byte));
        self.take(len)
    }

    fn variable_byte_integer(&mut self) -> Result<usize, Peek<'static>> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.take(1)?.first().copied().unwrap_or(0);
            value |= usize::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Peek::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::{Peek, Placement, peek_connect};

    const CONNECT_V4: &[u8] = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab";
    const CONNECT_V5: &[u8] = b"\x10\x14\x00\x04MQTT\x05\x02\x00\x3c\x05\x11\x00\x00\x00\x0a\x00\x02ab";

    #[test]
    fn the_client_identifier_is_found_when_it_has_arrived() {
        for connect in [CONNECT_V4, CONNECT_V5] {
            assert_eq!(peek_connect(connect), Peek::ClientIdentifier("ab"));
            for len in 0..connect.len() {
                assert_eq!(peek_connect(&connect[..len]), Peek::NeedMore);
            }
        }
    }

    #[test]
    fn what_is_no_connect_is_invalid() {
        assert_eq!(peek_connect(b"\xc0\x00"), Peek::Invalid);
        assert_eq!(peek_connect(b"GET / HTTP/1.1"), Peek::Invalid);
        assert_eq!(peek_connect(b"\x10\xff\xff\xff\xff\x01"), Peek::Invalid);
    }

    #[test]
    fn the_shard_of_a_client_never_changes() {
        let placement = Placement::new(0, 4).unwrap();
        assert_eq!(["", "a", "b", "client-1", "client-2"].map(|id| placement.shard_of(id)), SHARDS_OF_4);
        assert_eq!(Placement::SINGLE.shard_of("anything"), 0);
    }

    #[test]
    fn clients_are_spread_evenly() {
        let placement = Placement::new(0, 3).unwrap();
        let mut counts = [0; 3];
        for client in 0..3000 {
            counts[usize::from(placement.shard_of(&alloc::format!("client-{client}")))] += 1;
        }
        assert!(counts.iter().all(|&count| (900..1100).contains(&count)), "{counts:?}");
    }

    #[test]
    fn the_index_is_below_the_count() {
        assert!(Placement::new(1, 1).is_err());
        assert!(Placement::new(0, 0).is_err());
        assert_eq!(Placement::new(1, 3).unwrap().others().collect::<alloc::vec::Vec<_>>(), [0, 2]);
    }

    const SHARDS_OF_4: [u16; 5] = [3, 1, 3, 1, 0];
}
