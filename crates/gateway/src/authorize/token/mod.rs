//! Authorizers that verify tokens themselves: `COGNITO_USER_POOLS` and `JWT` (facts A25 to A28).

mod cache;
mod challenge;
mod claims;
mod verify;
mod why;

use std::borrow::Cow;
use std::sync::Arc;

use stagegate_http1::RequestHead;
use stagegate_plan::{Reasons, TokenAuthorizerPlan, TokenSource};

use super::{AuthorizerAnswer, Caller};
use crate::accept::Arrival;
use crate::core::Core;
use crate::integrate::{form_decode, query_pairs};
use crate::keys::KeyTrouble;
use crate::observe::{Notes, log_authorizer_start, log_unauthorized, micros};
use crate::refusal::Refusal;
use crate::route::Routed;

pub(crate) use self::cache::TokenCache;
use self::challenge::Fault;
use self::verify::{Verified, Verifier};
use self::why::Why;

/// Verifies the caller's token, or remembers that it was.
pub(super) async fn authorize(
    core: &Core,
    routed: &Routed<'_>,
    plan: &TokenAuthorizerPlan,
    scopes: &[Box<str>],
    notes: &Notes,
) -> Result<Caller, Refusal> {
    let arrival = routed.addressed.arrival;
    let phase = &notes.phases.authorizer;
    match check(core, arrival, plan, scopes, notes).await {
        Ok(verified) => {
            notes.explain("authorize", format_args!("the token counts until second {} since 1970", verified.ends_s));
            phase.passed(micros(arrival.started.elapsed()));
            Ok(Caller { authorizer: Some(Arc::clone(&verified.answer)), ..Caller::default() })
        }
        Err(why) => {
            notes.explain("authorize", format_args!("{why}"));
            let refusal = why.refusal(plan);
            let status = refusal.wording(notes.envelope()).status;
            let error = match plan.reasons {
                Reasons::Hidden => why.to_string(),
                Reasons::Told => challenge(why, arrival, plan, scopes, notes),
            };
            phase.failed(status, micros(arrival.started.elapsed()), error);
            Err(refusal)
        }
    }
}

/// Keeps the answer's `www-authenticate`; what is wrong with the token, as logs show it.
fn challenge(
    why: Why,
    arrival: &Arrival<'_>,
    plan: &TokenAuthorizerPlan,
    scopes: &[Box<str>],
    notes: &Notes,
) -> String {
    let token = find(arrival.head, &plan.source).unwrap_or_default();
    let fault = Fault::of(why, &token);
    notes.challenge.get_or_init(|| fault.challenge(scopes).into());
    fault.error()
}

/// What an authorizer says of a request that nobody sent, for a method without scopes.
pub(crate) async fn try_token(
    core: &Core,
    arrival: &Arrival<'_>,
    plan: &TokenAuthorizerPlan,
    notes: &Notes,
) -> Result<Arc<AuthorizerAnswer>, Refusal> {
    let checked = check(core, arrival, plan, &[], notes).await;
    checked.map(|verified| Arc::clone(&verified.answer)).map_err(|why| why.refusal(plan))
}

/// Finds the token of a request and verifies it, with the lines of the execution log.
async fn check(
    core: &Core,
    arrival: &Arrival<'_>,
    plan: &TokenAuthorizerPlan,
    scopes: &[Box<str>],
    notes: &Notes,
) -> Result<Arc<Verified>, Why> {
    let found = find(arrival.head, &plan.source);
    let found = found.as_ref().map(|token| &**token).map_err(|why| *why);
    log_authorizer_start(notes, &plan.id, arrival.ids.request(), None);
    let checked = match (found, &core.config.tokens.keys) {
        (Ok(token), Some(source)) => {
            let verifier = Verifier {
                source: &**source,
                cache: &core.tokens,
                leeway_s: core.config.tokens.leeway_s,
                now_s: arrival.wall.epoch_s(),
                now: arrival.started,
            };
            verifier.verify(token, &plan.rules, scopes).await
        }
        (Ok(_), None) => Err(Why::NoKeys(KeyTrouble::Keys)),
        (Err(why), _) => Err(why),
    };
    if checked.is_err() {
        log_unauthorized(notes, arrival.ids.request());
    }
    checked
}

/// The token where it must come once, without `Bearer` before it (RFC 6750 §2.1; AWS takes tokens with and without).
fn find<'h>(head: &'h RequestHead, source: &TokenSource) -> Result<Cow<'h, [u8]>, Why> {
    match source {
        TokenSource::Header(name) => {
            let named = head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()));
            only(named.map(|field| Cow::Borrowed(field.value)))
        }
        TokenSource::Query(name) => {
            let pairs = query_pairs(head.query().unwrap_or_default());
            let named = pairs.filter(|(key, _)| *form_decode(key) == *name.as_bytes());
            only(named.map(|(_, value)| form_decode(value)))
        }
    }
}

/// The only value there is, as a token.
fn only<'h>(mut values: impl Iterator<Item = Cow<'h, [u8]>>) -> Result<Cow<'h, [u8]>, Why> {
    let value = values.next().ok_or(Why::NoToken)?;
    if values.next().is_some() {
        return Err(Why::Several);
    }
    let token = match value {
        Cow::Borrowed(value) => Cow::Borrowed(without_scheme(value)),
        Cow::Owned(value) => Cow::Owned(without_scheme(&value).to_vec()),
    };
    if token.is_empty() { Err(Why::NoToken) } else { Ok(token) }
}

fn without_scheme(value: &[u8]) -> &[u8] {
    match value.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(b"Bearer ") => rest.trim_ascii_start(),
        _ => value,
    }
}
