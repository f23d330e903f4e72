//! `$ref` inside the document: followed within limits, never out of it.

use std::borrow::Cow;

use super::scope::Scope;
use crate::{
    document::{Cursor, Value, excerpt},
    error::ImportError,
};

/// Longest chain of references to references.
const CHAIN_LIMIT: usize = 32;

/// The node that `place` stands for: itself, or what its `$ref` leads to. A loop and a remote reference are refused.
pub(super) fn resolve<'d>(scope: &mut Scope<'d>, place: Cursor<'d>) -> Result<Cursor<'d>, ImportError> {
    let mut current = place;
    let mut seen = Vec::new();
    while let Some(reference) = current.get("$ref") {
        if seen.contains(&current.id()) || seen.len() >= CHAIN_LIMIT {
            return Err(reference.error("the references form a loop", "a reference that ends at a definition"));
        }
        seen.push(current.id());
        current = target(scope.root, reference)?;
        scope.repeat(reference, current.weight())?;
    }
    Ok(current)
}

/// The node that a reference names.
fn target<'d>(root: Cursor<'d>, reference: Cursor<'d>) -> Result<Cursor<'d>, ImportError> {
    let text = reference.text()?;
    let Some(pointer) = text.strip_prefix("#/") else {
        let message = format!("the reference {:?} leads out of this document; nothing is fetched", excerpt(text));
        return Err(reference.error(message, "a reference into this document, such as #/components/parameters/limit"));
    };
    let mut current = root;
    for token in pointer.split('/') {
        let token = unescape(token);
        let next = match current.value() {
            Value::Sequence(_) => token.parse().ok().and_then(|index| current.item(index)),
            _ => current.get(&token),
        };
        current = next.ok_or_else(|| {
            let message = format!("the reference {:?} leads nowhere: no {:?}", excerpt(text), excerpt(&token));
            reference.error(message, "a reference to something defined in this document")
        })?;
    }
    Ok(current)
}

/// A token of a JSON pointer in a URI fragment: percent-decoded, then `~1` and `~0` (RFC 6901 §6).
pub(super) fn unescape(token: &str) -> Cow<'_, str> {
    if !token.contains(['%', '~']) {
        return Cow::Borrowed(token);
    }
    let decoded = percent_decoded(token);
    Cow::Owned(decoded.replace("~1", "/").replace("~0", "~"))
}

/// Decodes `%XX`; what is no such triplet, or no UTF-8 afterwards, stays as it was.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|digits| first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointer_tokens_are_percent_decoded_before_their_tildes() {
        for (token, expected) in [
            ("pets", "pets"),
            ("~1pets~1%7Bid%7D", "/pets/{id}"),
            ("a~01", "a~1"),
            ("%7E1", "/"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%ff", "%ff"),
        ] {
            assert_eq!(unescape(token), expected, "{token}");
        }
    }
}
