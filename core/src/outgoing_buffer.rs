//! Bytes that wait for a transport.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;

/// The bytes that a connection has yet to send, in order.
///
/// Small pieces are copied one behind the other; large payloads are shared ([`OutgoingBuffer::push_shared`]), so that a
/// fan-out to many connections holds them once. An empty buffer owns no heap memory: an idle connection costs nothing
/// but the struct itself.
#[derive(Default)]
pub struct OutgoingBuffer {
    /// What was copied; the first `start` bytes of it are gone already.
    bytes: Vec<u8>,
    start: usize,
    shared: Option<Box<Shared>>,
}

/// The pieces that are shared and not copied.
#[derive(Default)]
struct Shared {
    /// Each with the length that `bytes` had when it was pushed: it comes after that many copied bytes.
    chunks: VecDeque<(usize, Bytes)>,
    len_bytes: usize,
}

impl OutgoingBuffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), start: 0, shared: None }
    }

    /// Appends a copy of `bytes`.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends what `encode` writes at the end of the vector that it is given, and returns what it returns.
    ///
    /// `encode` must only append.
    pub fn encode<R>(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        encode(&mut self.bytes)
    }

    /// Appends `bytes` without copying them.
    pub fn push_shared(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let shared = self.shared.get_or_insert_default();
        shared.len_bytes += bytes.len();
        shared.chunks.push_back((self.bytes.len(), bytes));
    }

    /// Gives an empty buffer the memory of `spare`, which must be empty; a buffer with content keeps its own.
    pub fn reuse(&mut self, spare: Vec<u8>) {
        if self.bytes.capacity() == 0 && spare.is_empty() {
            self.bytes = spare;
        }
    }

    /// Removes the first `len_bytes` bytes, which were sent; at most all of them. Frees the memory when nothing is left.
    pub fn advance(&mut self, len_bytes: usize) {
        drop(self.advance_and_recycle(len_bytes));
    }

    /// As [`OutgoingBuffer::advance`], but hands back the emptied memory for another buffer to
    /// [`reuse`](OutgoingBuffer::reuse).
    pub fn advance_and_recycle(&mut self, len_bytes: usize) -> Option<Vec<u8>> {
        let mut left = len_bytes.min(self.len_bytes());
        while left > 0 {
            let until = self.next_shared_at().unwrap_or(self.bytes.len());
            let copied = until.saturating_sub(self.start).min(left);
            self.start += copied;
            left -= copied;
            if left > 0 {
                left -= self.advance_shared(left);
            }
        }
        if !self.is_empty() {
            self.compact();
            return None;
        }
        self.shared = None;
        self.start = 0;
        self.bytes.clear();
        let recycled = core::mem::take(&mut self.bytes);
        (recycled.capacity() > 0).then_some(recycled)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len_bytes() == 0
    }

    /// How many bytes wait.
    pub fn len_bytes(&self) -> usize {
        self.bytes.len().saturating_sub(self.start) + self.shared.as_ref().map_or(0, |shared| shared.len_bytes)
    }

    /// The bytes in order, as non-empty slices: what one `writev` takes.
    pub fn slices(&self) -> Slices<'_> {
        Slices { buffer: self, at: self.start, chunk: 0 }
    }

    fn next_shared_at(&self) -> Option<usize> {
        self.shared.as_ref()?.chunks.front().map(|(at, _)| *at)
    }

    fn advance_shared(&mut self, left: usize) -> usize {
        let Some(shared) = self.shared.as_mut() else { return left };
        let Some((_, front)) = shared.chunks.front_mut() else { return left };
        let taken = front.len().min(left);
        bytes::Buf::advance(front, taken);
        shared.len_bytes -= taken;
        if front.is_empty() {
            shared.chunks.pop_front();
        }
        taken
    }

    /// Moves the rest to the front when more is gone than left, so that a reader that never catches up does not make
    /// the memory grow.
    fn compact(&mut self) {
        if self.start < COMPACT_FROM_BYTES || self.start < self.bytes.len() / 2 {
            return;
        }
        self.bytes.drain(..self.start);
        if let Some(shared) = self.shared.as_mut() {
            for (at, _) in &mut shared.chunks {
                *at = at.saturating_sub(self.start);
            }
        }
        self.start = 0;
    }
}

impl fmt::Debug for OutgoingBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OutgoingBuffer({} bytes)", self.len_bytes())
    }
}

/// The slices of an [`OutgoingBuffer`].
#[derive(Debug, Clone)]
pub struct Slices<'a> {
    buffer: &'a OutgoingBuffer,
    at: usize,
    chunk: usize,
}

impl<'a> Iterator for Slices<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let shared = self.buffer.shared.as_ref().and_then(|shared| shared.chunks.get(self.chunk));
        let until = shared.map_or(self.buffer.bytes.len(), |(at, _)| *at);
        if self.at < until {
            let slice = self.buffer.bytes.get(self.at..until);
            self.at = until;
            return slice;
        }
        self.chunk += 1;
        shared.map(|(_, bytes)| &bytes[..])
    }
}

/// Below this many sent bytes in front of the rest, moving the rest is not worth it.
const COMPACT_FROM_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::OutgoingBuffer;
    use alloc::vec::Vec;
    use bytes::Bytes;

    fn mixed() -> OutgoingBuffer {
        let mut buffer = OutgoingBuffer::new();
        buffer.push(b"ab");
        buffer.push_shared(Bytes::from_static(b"CDE"));
        buffer.push_shared(Bytes::from_static(b"F"));
        buffer.encode(|bytes| bytes.extend_from_slice(b"gh"));
        buffer
    }

    #[test]
    fn slices_come_in_the_order_of_the_pushes() {
        let slices: Vec<Vec<u8>> = mixed().slices().map(<[u8]>::to_vec).collect();
        assert_eq!(slices, [&b"ab"[..], b"CDE", b"F", b"gh"]);
    }

    #[test]
    fn any_split_of_advances_gives_the_same_bytes() {
        for step in 1..=8 {
            let mut buffer = mixed();
            let mut seen = Vec::new();
            while !buffer.is_empty() {
                let all: Vec<u8> = buffer.slices().flatten().copied().collect();
                assert_eq!(all.len(), buffer.len_bytes());
                let n = step.min(all.len());
                seen.extend_from_slice(&all[..n]);
                buffer.advance(n);
            }
            assert_eq!(seen, b"abCDEFgh");
        }
    }

    #[test]
    fn an_empty_buffer_owns_no_heap() {
        let mut buffer = mixed();
        buffer.advance(usize::MAX);
        assert!(buffer.is_empty());
        assert_eq!(buffer.bytes.capacity(), 0);
        assert!(buffer.shared.is_none());
        assert_eq!(buffer.slices().count(), 0);
    }

    #[test]
    fn the_memory_goes_from_buffer_to_buffer() {
        let mut buffer = mixed();
        let spare = buffer.advance_and_recycle(8).unwrap();
        let capacity = spare.capacity();
        let mut other = OutgoingBuffer::new();
        other.reuse(spare);
        assert_eq!(other.bytes.capacity(), capacity);
        assert!(other.is_empty());
    }

    #[test]
    fn a_reader_that_never_catches_up_does_not_make_the_memory_grow() {
        let mut buffer = OutgoingBuffer::new();
        buffer.push(&[0; 1000]);
        buffer.push_shared(Bytes::from_static(b"shared"));
        for _ in 0..1000 {
            buffer.push(&[1; 1000]);
            buffer.advance(1000);
        }
        assert_eq!(buffer.len_bytes(), 1006);
        assert!(buffer.bytes.capacity() < 128 * 1024);
    }
}
