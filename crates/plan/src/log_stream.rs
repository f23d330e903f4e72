//! Which stream of a log group lines go to.

use std::sync::Arc;

/// A log stream, by the rule that names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LogStream {
    /// The same stream always: 32 hexadecimal digits that stand for this text (fact L1).
    Hashed(Arc<str>),
    /// This text and the minute at which writing began, `{text}-{yyyy-MM-dd-HH-mm}` (fact H55).
    Dated(Arc<str>),
    /// Just this name.
    Named(Arc<str>),
}
