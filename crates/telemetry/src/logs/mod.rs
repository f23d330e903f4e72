//! Log events in groups and streams: appended to segments of one file each, found by stream and time.
//!
//! A [`LogStore`] holds as many bytes as its limit says, and forgets the oldest segment to take in more. What a process wrote
//! survives its crash; a machine's crash can lose what was written since the last full segment or [`LogStore::sync`], never
//! more: blocks carry checksums, and what is torn at the end is cut off when the store is opened.

mod block;
mod catalog;
mod event;
mod found;
mod index;
mod read;
mod segment;
mod store;
mod walk;

pub use catalog::{Group, GroupName};
pub use event::{MESSAGE_BYTES_MAX, NewEvent, NoEventId, Position, StoredEvent};
pub use read::{Direction, Page, Query, Streams};
pub use segment::events_of_segment;
pub use store::{Limits, LogError, LogStore, OpenError, StreamFacts};
