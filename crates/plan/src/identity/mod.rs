//! Who signs requests: credentials, the principals that hold them, and what their policies say.
//!
//! A [`Directory`] answers from memory alone: no document, no database. The feed puts a [`Holder`] into it for every root
//! user, user and role, and keeps it up to date; sessions are in nobody's memory but in their own sealed tokens
//! ([`SessionClaims`]).

mod directory;
mod holder;
mod principal;
mod session;

pub use directory::Directory;
pub use holder::{Holder, HolderKind};
pub use principal::{Credential, Principal, PrincipalKind, PrincipalPolicies};
pub use session::{POLICY_LIMITS, SESSION_CONTEXT, SessionClaims, SessionError, SessionSubject};
