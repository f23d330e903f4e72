//! The caller's identity, as an authorizer's sources find it.

use std::borrow::Cow;

use smallvec::SmallVec;
use stagegate_http1::{Field, Known};
use stagegate_mapping::RequestSource;
use stagegate_plan::{EmptyIdentity, IdentitySource, LambdaAuthorizerKind};

use super::Asking;
use crate::integrate::{form_decode, is_passed_on, is_rewritten, method_headers, query_pairs};
use crate::observe::{Escape, noted_trace, write_variable};

/// An identity is missing, empty, or does not look like one: the function is not asked (facts 82 and A15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing;

/// All values that one source has, in the order they came.
type Values<'r> = SmallVec<[Cow<'r, [u8]>; 2]>;

/// The identity of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity<'r> {
    /// Of a `TOKEN` authorizer: all headers of that name.
    Token(Values<'r>),
    /// Of a `REQUEST` authorizer: its sources as they were written, with their values.
    Request(Vec<(&'r str, Values<'r>)>),
}

impl<'r> Identity<'r> {
    /// Finds it. Of several values the last counts, and must not be empty.
    pub(crate) fn of(asking: Asking<'r>) -> Result<Self, Missing> {
        match &asking.plan.kind {
            LambdaAuthorizerKind::Token { header, .. } => present(headers(asking, header)).map(Self::Token),
            LambdaAuthorizerKind::Request { sources, empty } => {
                let found = sources.iter().map(|one| Ok((&*one.written, given(values(asking, one), *empty)?)));
                found.collect::<Result<_, _>>().map(Self::Request)
            }
        }
    }

    /// The token.
    pub(crate) fn token(&self) -> Option<Cow<'_, str>> {
        let Self::Token(values) = self else { return None };
        values.last().map(|value| String::from_utf8_lossy(value))
    }

    /// Whether it looks like one: a token may have to match an expression.
    pub(crate) fn fits(&self, kind: &LambdaAuthorizerKind) -> Result<(), Missing> {
        let LambdaAuthorizerKind::Token { expression: Some(expression), .. } = kind else { return Ok(()) };
        let fits = self.token().is_some_and(|token| expression.is_match(&token));
        if fits { Ok(()) } else { Err(Missing) }
    }

    /// The sources with the values that are the identity.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let sources = match self {
            Self::Token(_) => &[][..],
            Self::Request(sources) => sources,
        };
        sources.iter().map(|(written, values)| (*written, values.last().map_or(&b""[..], |value| value)))
    }

    /// The values of each source, joined by commas (fact H46).
    pub(crate) fn joined(&self) -> impl Iterator<Item = Vec<u8>> {
        let sources = match self {
            Self::Token(_) => &[][..],
            Self::Request(sources) => sources,
        };
        sources.iter().map(|(_, values)| values.join(&b','))
    }

    /// Whether nothing tells one caller from another.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Request(sources) if sources.is_empty())
    }

    /// Appends everything by which callers are told apart. Each part has its length in front, so that no two identities read
    /// alike; and every value counts, though only the last is the identity, since a function sees all of them.
    pub(crate) fn write_key(&self, out: &mut Vec<u8>) {
        match self {
            Self::Token(values) => write_values(values, out),
            Self::Request(sources) => {
                push_number(sources.len(), out);
                for (_, values) in sources {
                    write_values(values, out);
                }
            }
        }
    }
}

fn write_values(values: &[Cow<'_, [u8]>], out: &mut Vec<u8>) {
    push_number(values.len(), out);
    for value in values {
        push_part(value, out);
    }
}

/// Appends a text with its length in front.
pub(super) fn push_part(part: &[u8], out: &mut Vec<u8>) {
    push_number(part.len(), out);
    out.extend_from_slice(part);
}

fn push_number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(number as u64).to_le_bytes());
}

/// The values of a source, of which an empty one may count.
fn given(values: Values<'_>, empty: EmptyIdentity) -> Result<Values<'_>, Missing> {
    if empty == EmptyIdentity::Counts && !values.is_empty() { Ok(values) } else { present(values) }
}

fn present(values: Values<'_>) -> Result<Values<'_>, Missing> {
    if values.last().is_some_and(|last| !last.is_empty()) { Ok(values) } else { Err(Missing) }
}

/// The values of a header, its name in any letter case (fact 47 is about mappings), as the function sees them: what the gateway
/// writes itself is not the client's to say, and what is passed to nobody identifies nobody.
fn headers<'r>(asking: Asking<'r>, name: &str) -> Values<'r> {
    let arrival = asking.lookup.routed.addressed.arrival;
    let (head, name) = (arrival.head, name.as_bytes());
    if is_rewritten(Known::classify(name)) && !arrival.is_simulated {
        let headers = method_headers(asking.lookup, noted_trace(asking.lookup.core, arrival, asking.lookup.notes));
        return headers
            .into_iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect();
    }
    let named = head.fields().filter(|field| field.name.eq_ignore_ascii_case(name));
    let is_nominated = |field: &Field<'_>| head.has_nominations() && head.is_nominated(field.name);
    named.filter(|field| is_passed_on(field) && !is_nominated(field)).map(|field| Cow::Borrowed(field.value)).collect()
}

fn values<'r>(asking: Asking<'r>, source: &'r IdentitySource) -> Values<'r> {
    let lookup = asking.lookup;
    let arrival = lookup.routed.addressed.arrival;
    let one = |value: Option<Cow<'r, [u8]>>| value.into_iter().collect();
    match &source.source {
        RequestSource::Header(name) | RequestSource::MultiHeader(name) => headers(asking, name),
        RequestSource::Query(name) | RequestSource::MultiQuery(name) => {
            let pairs = query_pairs(arrival.head.query().unwrap_or_default());
            let named = pairs.filter(|(key, _)| *form_decode(key) == *name.as_bytes());
            named.map(|(_, value)| form_decode(value)).collect()
        }
        RequestSource::StageVariable(name) => {
            one(lookup.routed.addressed.stage.variables.get(name).map(|value| Cow::Borrowed(value.as_bytes())))
        }
        RequestSource::Context(variable) => {
            let given = source.written.strip_prefix("context.").and_then(|name| asking.given?.get(name));
            one(given.map(|given| Cow::Borrowed(given.as_bytes())).or_else(|| {
                let mut out = Vec::new();
                write_variable(lookup.core, arrival, lookup.notes, variable, Escape::Nothing, &mut out);
                Some(Cow::Owned(out))
            }))
        }
        // No identity sources (fact A21).
        RequestSource::Static(_) | RequestSource::Path(_) | RequestSource::Body(_) => Values::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(sources: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let sources = sources.iter().map(|values| ("s", values.iter().map(|value| Cow::Borrowed(&**value)).collect()));
        let mut out = Vec::new();
        Identity::Request(sources.collect()).write_key(&mut out);
        out
    }

    #[test]
    fn neighbouring_values_do_not_run_together() {
        let cases = [
            vec![vec![b"ab".to_vec()], vec![b"c".to_vec()]],
            vec![vec![b"a".to_vec()], vec![b"bc".to_vec()]],
            vec![vec![b"a".to_vec(), b"b".to_vec()], vec![b"c".to_vec()]],
            vec![vec![b"a,b".to_vec()], vec![b"c".to_vec()]],
            vec![vec![b"ab".to_vec(), b"c".to_vec()]],
            vec![vec![b"abc".to_vec()]],
            vec![vec![b"abc".to_vec()], vec![b"".to_vec()]],
        ];
        for (index, one) in cases.iter().enumerate() {
            for other in &cases[index + 1..] {
                assert_ne!(key(one), key(other), "{one:?} {other:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn two_identities_never_share_a_key(
            one in prop::collection::vec(prop::collection::vec("[ab]{0,3}".prop_map(String::into_bytes), 0..3), 0..3),
            other in prop::collection::vec(prop::collection::vec("[ab]{0,3}".prop_map(String::into_bytes), 0..3), 0..3),
        ) {
            prop_assert_eq!(key(&one) == key(&other), one == other);
        }
    }
}
