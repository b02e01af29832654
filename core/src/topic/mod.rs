//! Topic Names, Topic Filters and matching.

mod error;
mod filter;
mod matching;
mod name;

pub use error::{TopicError, TopicErrorDescription, TopicFault};
pub use filter::TopicFilter;
pub use matching::matches;
pub use name::{TOPIC_SIZE_BYTES_MAX, TopicName};
