//! Topic Names, Topic Filters and matching.
