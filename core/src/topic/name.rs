//! Topic Names: what a message is published under.

use core::fmt;

use super::error::{TopicError, TopicFault};

/// The longest Topic Name or Topic Filter, in bytes of UTF-8. Spec: 4.7.3 [MQTT-4.7.3-3].
pub const TOPIC_SIZE_BYTES_MAX: usize = 65_535;

/// A valid Topic Name: 1 to 65,535 bytes, no wildcards, no U+0000.
///
/// Names are compared byte for byte; nothing is normalized. Spec: 4.7 [MQTT-4.7.3-4].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Checks `text`.
    ///
    /// A PUBLISH with a Topic Alias may carry an empty Topic Name; that is no `TopicName`, the caller resolves the alias
    /// first.
    #[inline]
    pub fn new(text: &'a str) -> Result<Self, TopicError> {
        // One quick look at all bytes; the place of a fault is looked up when there is one.
        let suspicious = any_word(text.as_bytes(), |word| zero_byte(word) | zero_byte((word & !PLUS_OR_HASH) ^ HASHES));
        if suspicious || text.is_empty() || text.len() > TOPIC_SIZE_BYTES_MAX {
            Self::check(text)?;
        }
        Ok(Self(text))
    }

    #[cold]
    fn check(text: &str) -> Result<(), TopicError> {
        check_text(text)?;
        match text.bytes().position(is_wildcard) {
            Some(position) => Err(TopicError::at(TopicFault::WildcardInTopicName, text, position)),
            None => Ok(()),
        }
    }

    /// Text that was a `TopicName` before, and so needs no second check.
    pub(crate) const fn from_checked(text: &'a str) -> Self {
        Self(text)
    }

    /// The text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels, from left to right. There is at least one; any of them may be empty.
    pub fn levels(self) -> impl DoubleEndedIterator<Item = &'a str> + Clone + fmt::Debug + use<'a> {
        self.0.split('/')
    }

    /// How many levels there are: one more than the number of `/`.
    pub fn level_count(self) -> usize {
        count_levels(self.0)
    }

    /// Whether the name begins with `$`, so that a filter which begins with a wildcard does not match it.
    ///
    /// Spec: 4.7.2 [MQTT-4.7.2-1].
    pub const fn is_dollar(self) -> bool {
        matches!(self.0.as_bytes().first(), Some(b'$'))
    }

    /// For names that were checked when they were stored.
    pub(crate) const fn trusted(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}

impl AsRef<str> for TopicName<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicName({:?})", self.0)
    }
}

/// What Topic Names and Topic Filters have in common.
pub(super) fn check_text(text: &str) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError::at(TopicFault::Empty, text, 0));
    }
    if text.len() > TOPIC_SIZE_BYTES_MAX {
        return Err(TopicError::at(TopicFault::TooLong, text, TOPIC_SIZE_BYTES_MAX));
    }
    match text.bytes().position(|byte| byte == 0) {
        Some(position) => Err(TopicError::at(TopicFault::NullCharacter, text, position)),
        None => Ok(()),
    }
}

/// Whether `bytes` contain U+0000.
#[inline]
pub(crate) fn contains_null(bytes: &[u8]) -> bool {
    any_word(bytes, zero_byte)
}

/// Whether all of `bytes` are ASCII characters but U+0000.
#[inline]
pub(crate) fn is_plain_ascii(bytes: &[u8]) -> bool {
    !any_word(bytes, |word| zero_byte(word) | word)
}

/// Whether `test` sets the highest bit of a byte for any of `bytes`, which it gets eight at a time: texts are short, so
/// that wider steps do not pay.
#[inline]
fn any_word(bytes: &[u8], test: impl Fn(u64) -> u64) -> bool {
    let found = if let Some(last) = bytes.last_chunk::<8>() {
        // The last eight bytes may overlap with those before; all but them are looked at in whole chunks.
        let (chunks, _) = bytes.as_chunks::<8>();
        chunks.iter().fold(test(u64::from_le_bytes(*last)), |found, chunk| found | test(u64::from_le_bytes(*chunk)))
    } else {
        bytes.iter().fold(0, |found, byte| found | test(LOW_BITS * u64::from(*byte)))
    };
    found & (LOW_BITS << 7) != 0
}

/// Sets the highest bit of each byte that is 0. The highest bits of bytes above such a one may be set as well.
#[inline]
const fn zero_byte(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word
}

/// Eight times `#`.
const HASHES: u64 = LOW_BITS * b'#' as u64;

/// The bit in which `+` differs from `#`, eight times.
const PLUS_OR_HASH: u64 = LOW_BITS * (b'+' ^ b'#') as u64;

/// The lowest bit of each byte.
const LOW_BITS: u64 = 0x0101_0101_0101_0101;

pub(super) fn count_levels(text: &str) -> usize {
    text.bytes().fold(1, |count, byte| count + usize::from(byte == b'/'))
}

pub(super) const fn is_wildcard(byte: u8) -> bool {
    matches!(byte, b'+' | b'#')
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn levels_may_be_empty() {
        let levels = |text| TopicName::new(text).unwrap().levels().collect::<Vec<_>>();
        assert_eq!(levels("/"), ["", ""]);
        assert_eq!(levels("a"), ["a"]);
        assert_eq!(levels("/a//b/"), ["", "a", "", "b", ""]);
        assert_eq!(TopicName::new("/a//b/").unwrap().level_count(), 5);
    }

    #[test]
    fn the_longest_name_has_65_535_bytes() {
        let text = "x".repeat(65_536);
        assert!(TopicName::new(&text[..65_535]).is_ok());
        assert_eq!(TopicName::new(&text).unwrap_err().fault(), TopicFault::TooLong);
    }

    #[test]
    fn faults_are_found_with_their_place() {
        let fault = |text| {
            let error = TopicName::new(text).unwrap_err();
            (error.fault(), error.position(), error.level())
        };
        assert_eq!(fault(""), (TopicFault::Empty, 0, 1));
        assert_eq!(fault("a/b\0"), (TopicFault::NullCharacter, 3, 2));
        assert_eq!(fault("a/b/c+"), (TopicFault::WildcardInTopicName, 5, 3));
        assert_eq!(fault("#"), (TopicFault::WildcardInTopicName, 0, 1));
    }

    #[test]
    fn faults_are_found_wherever_they_are() {
        for len in 1..40 {
            let mut bytes = alloc::vec![b'*'; len];
            for at in 0..len {
                for byte in 0..0x80 {
                    bytes[at] = byte;
                    let text = str::from_utf8(&bytes).unwrap();
                    let valid = !matches!(byte, 0 | b'+' | b'#');
                    assert_eq!(TopicName::new(text).is_ok(), valid, "{len} {at} {byte}");
                    assert_eq!(contains_null(&bytes), byte == 0, "{len} {at} {byte}");
                    assert_eq!(is_plain_ascii(&bytes), byte != 0, "{len} {at} {byte}");
                }
                for byte in 0x80..=0xFF {
                    bytes[at] = byte;
                    assert!(!contains_null(&bytes) && !is_plain_ascii(&bytes), "{len} {at} {byte}");
                }
                bytes[at] = b'*';
            }
        }
        assert!(TopicName::new("é/ü/漢字/\u{10FFFF}/\u{80}").is_ok());
    }

    #[test]
    fn only_the_first_character_makes_a_dollar_topic() {
        assert!(TopicName::new("$SYS/x").unwrap().is_dollar());
        assert!(!TopicName::new("a/$SYS").unwrap().is_dollar());
    }
}
