//! Base paths: the first segment of a path below a domain name.

use crate::fault::Fault;

/// How AWS writes no base path, and no stage.
pub(crate) const NONE: &str = "(none)";
/// Characters of the longest base path (fact D7).
const MOST_CHARS: usize = 300;
/// Paths of the health check (fact D9).
const RESERVED: [&str; 2] = ["ping", "sping"];

/// Reads a base path of a call: empty means none.
pub(super) fn parse(text: &str) -> Result<String, Fault> {
    if text.is_empty() || text == NONE {
        return Ok(NONE.to_owned());
    }
    if text.contains('/') {
        return Err(Fault::bad_request(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base \
             path mapping, use API Gateway V2.",
        ));
    }
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()".contains(&byte);
    if text.len() > MOST_CHARS || !text.bytes().all(is_legal) {
        return Err(Fault::bad_request(
            "Invalid base path. It must have at most 300 characters of letters, numbers and $-_.+!*'().",
        ));
    }
    if RESERVED.contains(&text) {
        return Err(Fault::bad_request(format!("The base path {text} is reserved for the service health check.")));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_base_path_is_one_segment_or_none(text in r"[a-c/ $(){}é]{0,4}") {
            match parse(&text) {
                Ok(base_path) => prop_assert!(base_path == text || (text.is_empty() && base_path == NONE)),
                Err(_) => prop_assert!(text.contains(['/', ' ', '{', '}', 'é']), "{text}"),
            }
        }

        #[test]
        fn no_text_makes_it_fall_over(text in ".*") {
            if let Ok(base_path) = parse(&text) {
                prop_assert_eq!(parse(&base_path), Ok(base_path));
            }
        }
    }
}
