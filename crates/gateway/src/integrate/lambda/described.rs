//! The head that a function describes, as far as its limits and the gateway's own headers let it.

use stagegate_http1::Known;
use stagegate_plan::Envelope;

use super::contract::Contract;
use crate::core::Core;
use crate::integrate::headers::{Outcome, REMAPPED, unmapped};
use crate::respond::ReplyHead;

/// What a function answered is no answer of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// A head under construction, with what is left of its limits.
pub(super) struct DescribedHead {
    reply: ReplyHead,
    fields_left: usize,
    bytes_left: usize,
    /// Headers of the function's that do not count.
    overruled: fn(&[u8]) -> bool,
}

impl DescribedHead {
    /// Begins behind what the gateway has written already.
    pub(super) fn new(core: &Core, reply: ReplyHead, overruled: fn(&[u8]) -> bool) -> Self {
        let limits = &core.config.limits;
        Self { reply, fields_left: limits.response_header_fields, bytes_left: limits.response_head_bytes, overruled }
    }

    /// The head.
    pub(super) fn into_reply(self) -> ReplyHead {
        self.reply
    }

    /// Adds a header of the function's under the name it may have (fact 42).
    pub(super) fn push(&mut self, name: &str, value: &str) -> Result<(), Malformed> {
        let (name, value) = (name.as_bytes(), value.trim_ascii().as_bytes());
        let bytes = name.len() + value.len();
        let is_name = !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
        // A text may hold anything; a header may not.
        let is_value = !value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f);
        if !is_name || !is_value || self.fields_left == 0 || self.bytes_left < bytes {
            return Err(Malformed);
        }
        self.fields_left -= 1;
        self.bytes_left -= bytes;
        match outcome(self.reply.envelope(), name) {
            _ if (self.overruled)(name) => {}
            Outcome::Keep => self.reply.push(name, value),
            Outcome::Remap => self.reply.push_prefixed(REMAPPED, name, value),
            Outcome::Drop => {}
        }
        Ok(())
    }

    /// Adds the headers and the cookies of a contract: of one name those with several values first (fact 55), or last (fact H29).
    pub(super) fn push_contract(&mut self, contract: &Contract<'_>) -> Result<(), Malformed> {
        let (single, several) = (&contract.headers.0, &contract.multi_value_headers.0);
        let singles_first = self.reply.envelope() == Envelope::Apigw;
        let is_multi = |name: &str| several.iter().any(|(other, _)| other.0.eq_ignore_ascii_case(name));
        for (name, values) in several {
            let singles = single.iter().filter(|(other, _)| other.0.eq_ignore_ascii_case(&name.0));
            let singles = singles.map(|(_, value)| value);
            let multis = values.iter().flatten();
            let (before, after) = if singles_first { (Some(singles), None) } else { (None, Some(singles)) };
            for value in before.into_iter().flatten().chain(multis).chain(after.into_iter().flatten()) {
                self.push(&name.0, &value.0)?;
            }
        }
        for (name, value) in single.iter().filter(|(name, _)| !is_multi(&name.0)) {
            self.push(&name.0, &value.0)?;
        }
        contract.cookies.iter().try_for_each(|cookie| self.push("Set-Cookie", &cookie.0))
    }
}

/// What becomes of a header that a function sets: what the gateway sets itself is remapped, and what frames a message or is the
/// gateway's alone is dropped (fact 42).
fn outcome(envelope: Envelope, name: &[u8]) -> Outcome {
    match (envelope, Known::classify(name)) {
        (Envelope::Apigw, known) => unmapped(name, known),
        (Envelope::Amzn, known) => outcome_of_remapping(known),
    }
}

fn outcome_of_remapping(known: Known) -> Outcome {
    match known {
        Known::Connection | Known::ContentLength | Known::Date | Known::Server | Known::XAmznRequestId => {
            Outcome::Remap
        }
        Known::KeepAlive
        | Known::ProxyConnection
        | Known::Trailer
        | Known::TransferEncoding
        | Known::Upgrade
        | Known::XAmznTraceId
        | Known::XAmzApigwId => Outcome::Drop,
        _ => Outcome::Keep,
    }
}
