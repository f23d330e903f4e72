//! How far room `authorize` came with a request: `$context.authenticate`, `$context.authorize` and `$context.authorizer` of
//! access logs (fact L18).

use std::cell::{Cell, OnceCell};

use stagegate_http1::encode;
use stagegate_mapping::PhaseFact;

/// One of the three phases. Until it ran, none of its facts has a value.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    ended: Cell<Option<(u16, u64)>>,
    error: OnceCell<Box<str>>,
}

impl Phase {
    /// The phase let the request pass, after so many microseconds.
    pub(crate) fn passed(&self, latency_us: u64) {
        self.ended.set(Some((200, latency_us)));
    }

    /// The phase refused the request with this status.
    pub(crate) fn failed(&self, status: u16, latency_us: u64, why: impl Into<Box<str>>) {
        self.ended.set(Some((status, latency_us)));
        self.error.get_or_init(|| why.into());
    }

    /// What went wrong.
    pub(super) fn error(&self) -> &str {
        self.error.get().map_or("", |error| error)
    }

    /// Appends the status or the latency.
    pub(super) fn write(&self, fact: PhaseFact, out: &mut Vec<u8>) {
        let Some((status, latency_us)) = self.ended.get() else { return };
        match fact {
            PhaseFact::Status => encode::decimal(out, u64::from(status)),
            PhaseFact::Latency => encode::decimal(out, latency_us / 1000),
            PhaseFact::Error => out.extend_from_slice(self.error().as_bytes()),
        }
    }
}

/// The phases of one request.
#[derive(Debug, Default)]
pub(crate) struct Phases {
    /// The signature.
    pub(crate) authenticate: Phase,
    /// The policies.
    pub(crate) authorize: Phase,
    /// The authorizer.
    pub(crate) authorizer: Phase,
    /// The call of the authorizer's function; a decision that was remembered needs none.
    pub(crate) called: OnceCell<AuthorizerCall>,
}

/// The call of an authorizer's function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuthorizerCall {
    /// What Lambda answered the call with; none where it did not answer.
    pub(crate) status: Option<u16>,
    /// From the call to its answer.
    pub(crate) latency_us: u64,
    /// The request id that Lambda gave it.
    pub(crate) request_id: Option<Box<str>>,
}
