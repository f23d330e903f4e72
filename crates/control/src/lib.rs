//! Placeholder sentence, replaced by the crate's own.
