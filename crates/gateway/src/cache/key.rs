//! What an answer is found again by: a SHA-256 over everything that tells answers apart, each part with its length in front.

use aws_lc_rs::digest::{SHA256, digest};
use stagegate_mapping::RequestSource;
use stagegate_plan::{AuthorizationPlan, CacheKeyPlan, StageCache};
use stagegate_state::CacheKey;

use crate::integrate::{Lookup, Place, form_decode, query_pairs};
use crate::observe::Notes;
use crate::route::Routed;

/// Who calls is part of the key, and nobody can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nameless;

/// The key of a request.
///
/// # Errors
/// The key needs the name of a caller who was authorized without one.
pub(super) fn key(
    lookup: Lookup<'_>,
    cache: &StageCache,
    is_encrypted: bool,
    plan: &CacheKeyPlan,
) -> Result<CacheKey, Nameless> {
    let Lookup { core, routed, notes, .. } = lookup;
    let stage = routed.addressed.stage;
    let mut text = Text(core.buffers.take());
    for part in [&stage.api.id, &stage.name, &stage.cache_scope, &plan.namespace] {
        text.part(part.as_bytes());
    }
    if plan.own_ttl_s.is_some() {
        // Such a route may take any number of paths, and `$default` has no variable that could tell them apart.
        text.part(routed.addressed.path);
    }
    // Whoever begins to ask after a flush gets nothing from before it, and plaintext is never taken for ciphertext.
    text.number(cache.life.flush);
    text.0.extend([routed.verb as u8, u8::from(is_encrypted)]);
    if cache.varies_by_principal {
        principal(routed, notes, &mut text)?;
    }
    for parameter in &plan.parameters {
        text.part(parameter.written.as_bytes());
        values(lookup, &parameter.source, &mut text);
    }
    let mut key = [0; 32];
    key.copy_from_slice(digest(&SHA256, &text.0).as_ref());
    core.buffers.give(text.0);
    Ok(key)
}

/// Parts one after the other, such that two lists of parts have the same text only if they are the same.
#[derive(Default)]
struct Text(Vec<u8>);

impl Text {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn part(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// One of any number of values; their end is marked by [`Self::end`].
    fn value(&mut self, bytes: &[u8]) {
        self.0.push(1);
        self.part(bytes);
    }

    fn end(&mut self) {
        self.0.push(0);
    }
}

/// Adds the values of a parameter.
///
/// Every value counts where AWS's mappings see the last one, and a header's name in any letter case: the back end may see them
/// all, and what one of them brought about must not be found by a request without it. Values of queries and paths count as they
/// were sent, for the same reason.
fn values(lookup: Lookup<'_>, source: &RequestSource, text: &mut Text) {
    let head = lookup.routed.addressed.arrival.head;
    match source {
        RequestSource::Header(name) | RequestSource::MultiHeader(name) => {
            for field in head.fields().filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes())) {
                text.value(field.value);
            }
        }
        RequestSource::Query(name) | RequestSource::MultiQuery(name) => {
            for (key, value) in query_pairs(head.query().unwrap_or_default()) {
                if *form_decode(key) == *name.as_bytes() {
                    text.value(value);
                }
            }
        }
        RequestSource::Path(name) => {
            if let Some(value) = lookup.routed.parameter(name) {
                text.value(value);
            }
        }
        source => {
            let mut value = lookup.core.buffers.take();
            if lookup.write(source, Place::Query, &mut value) {
                text.value(&value);
            }
            lookup.core.buffers.give(value);
        }
    }
    text.end();
}

/// Adds who calls; nobody, where nobody is asked.
fn principal(routed: &Routed<'_>, notes: &Notes, text: &mut Text) -> Result<(), Nameless> {
    if routed.route.authorization != AuthorizationPlan::Open {
        let caller = notes.caller().ok_or(Nameless)?;
        if let Some(iam) = &caller.iam {
            text.value(iam.arn.as_bytes());
            text.value(iam.user_id.as_bytes());
        } else {
            let answer = caller.authorizer.as_ref().ok_or(Nameless)?;
            match (&answer.principal_id, answer.claim("iss"), answer.claim("sub")) {
                (Some(principal), ..) if !principal.is_empty() => text.value(principal.as_bytes()),
                (_, issuer, Some(subject)) => {
                    text.value(issuer.unwrap_or_default().as_bytes());
                    text.value(subject.as_bytes());
                }
                _ => return Err(Nameless),
            }
        }
    }
    text.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parameters with their values, as a key has them.
    type Parts = Vec<(Vec<u8>, Vec<Vec<u8>>)>;

    fn written(parts: &Parts) -> Vec<u8> {
        let mut text = Text::default();
        for (name, values) in parts {
            text.part(name);
            for value in values {
                text.value(value);
            }
            text.end();
        }
        text.0
    }

    /// Reads back what was written: there is one way only.
    fn read(mut bytes: &[u8]) -> Option<Parts> {
        fn part(bytes: &mut &[u8]) -> Option<Vec<u8>> {
            let (length, rest) = bytes.split_first_chunk()?;
            let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            *bytes = rest;
            Some(part.to_vec())
        }
        let mut parts = Parts::new();
        while !bytes.is_empty() {
            let (name, mut values) = (part(&mut bytes)?, Vec::new());
            loop {
                let (mark, rest) = bytes.split_first()?;
                bytes = rest;
                match mark {
                    0 => break,
                    1 => values.push(part(&mut bytes)?),
                    _ => return None,
                }
            }
            parts.push((name, values));
        }
        Some(parts)
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        // Small and full of what marks and lengths are made of.
        prop::collection::vec(prop_oneof![Just(0_u8), Just(1), Just(8), Just(b'a'), any::<u8>()], 0..12)
    }

    fn parts() -> impl Strategy<Value = Parts> {
        prop::collection::vec((bytes(), prop::collection::vec(bytes(), 0..4)), 0..5)
    }

    proptest! {
        #[test]
        fn a_key_is_never_ambiguous(parts in parts(), others in parts()) {
            let text = written(&parts);
            prop_assert_eq!(parts == others, text == written(&others));
            prop_assert_eq!(read(&text), Some(parts));
        }
    }

    #[test]
    fn absent_empty_and_joined_values_differ() {
        let of =
            |values: &[&[u8]]| written(&vec![(b"q".to_vec(), values.iter().map(|value| value.to_vec()).collect())]);
        let texts = [of(&[]), of(&[b""]), of(&[b"a,b"]), of(&[b"a", b"b"]), of(&[b"ab"]), of(&[b"b", b"a"])];
        for (index, text) in texts.iter().enumerate() {
            assert!(!texts[..index].contains(text), "{index}");
        }
    }
}
