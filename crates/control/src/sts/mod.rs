//! STS (2011-06-15): sessions of roles and users, and who a caller is.
//!
//! A session is its token: nothing is stored, so that a session costs nothing and ends by itself. What it may do is what
//! its role or user may do at the time of the call, within its session policies.

mod assume_role;
mod caller;
mod operations;
mod session;

pub use operations::operations;

pub(crate) use assume_role::{check, is_judged_by_role};

use crate::query::Wire;

/// STS on the wire.
pub(crate) const WIRE: Wire = Wire { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };
