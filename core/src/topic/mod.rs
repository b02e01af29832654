//! Topic Names, Topic Filters, matching one against the other, and the indexes that do it for a million of either.

mod error;
mod filter;
mod filter_trie;
mod hash;
mod level_order;
mod matching;
mod name;
mod pattern;
mod slot_table;
mod subscription_index;
mod text_store;
mod topic_cursor;
mod topic_index;
mod trie_walk;
mod value_list;

pub use error::{TopicError, TopicErrorDescription, TopicFault};
pub use filter::TopicFilter;
pub use matching::matches;
pub use name::{TOPIC_SIZE_BYTES_MAX, TopicName};
pub(crate) use name::{contains_null, is_plain_ascii};
pub use pattern::{PatternError, TopicPattern};
pub use subscription_index::{FilterId, IndexFull, SubscriptionIndex};
pub use topic_cursor::{CursorState, TopicCursor};
pub use topic_index::TopicIndex;
pub use value_list::ValueList;

pub(crate) use hash::{TopicHasher, tag as hash_tag};
pub(crate) use slot_table::SlotTable;
