//! Moments as version 2 writes them.

use serde::{Deserialize, Serialize};

/// A moment in ISO 8601 with whole seconds and `Z`, such as `2026-11-22T19:40:00Z`. Version 1 writes numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateTime(pub String);
