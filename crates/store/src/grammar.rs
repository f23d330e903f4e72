//! The grammar of keys and blob hashes, checked by every engine before it touches its data.
//!
//! Keys are printable ASCII (0x20 to 0x7e), so that byte order, SQL text order and string order are the same
//! everywhere and a key never needs escaping. A commit that breaks the grammar is refused whole. A read of such a key
//! finds nothing: no row can have it.

use crate::{Commit, Holders, StoreError, Write};

/// The longest key, in bytes. The longest key of the model (a 253-byte domain name below account and region, with a
/// mapping path) stays well below.
pub const KEY_LIMIT_BYTES: usize = 1024;

/// The length of a blob's hash: SHA-256 in hexadecimal.
pub const HASH_LENGTH: usize = 64;

/// Whether `key` may be a row's key.
pub fn is_key(key: &str) -> bool {
    !key.is_empty() && is_prefix(key)
}

/// Whether `prefix` may be the beginning of a key; the empty prefix is the beginning of every key.
pub fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= KEY_LIMIT_BYTES && prefix.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// Whether `hash` has the form of a lower-case hexadecimal SHA-256.
pub fn is_hash(hash: &str) -> bool {
    hash.len() == HASH_LENGTH && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The smallest string greater than every key that starts with `prefix`, so that a prefix is a range of keys.
pub fn prefix_end(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    // A key's bytes end at 0x7e, so the successor of the last byte is still ASCII.
    let last = end.pop().map_or('\u{7f}', |last| char::from_u32(u32::from(last) + 1).unwrap_or(char::MAX));
    end.push(last);
    end
}

/// Refuses a commit with a key, prefix or hash outside the grammar.
pub fn check(commit: &Commit) -> Result<(), StoreError> {
    for expect in &commit.expects {
        accept(is_key(expect.key()), "key", expect.key())?;
    }
    for write in &commit.writes {
        match write {
            Write::Put { key, .. } | Write::Delete { key } => accept(is_key(key), "key", key)?,
            Write::DeletePrefix { prefix } => accept(is_prefix(prefix), "prefix", prefix)?,
            Write::PutBlob { hash, .. } => accept(is_hash(hash), "blob hash", hash)?,
            Write::DropBlob { hash, holders } => {
                accept(is_hash(hash), "blob hash", hash)?;
                match holders {
                    Holders::With(infix) => accept(is_infix(infix), "part of a key", infix)?,
                    Holders::Below(prefix) => accept(is_prefix(prefix), "prefix", prefix)?,
                }
            }
        }
    }
    Ok(())
}

/// Nothing that a pattern of a query would take for more than itself.
fn is_infix(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/')
}

fn accept(good: bool, what: &str, text: &str) -> Result<(), StoreError> {
    const SHOWN_CHARS: usize = 80;
    if good {
        return Ok(());
    }
    let shown: String = text.chars().take(SHOWN_CHARS).collect();
    Err(StoreError::Engine(format!(
        "{shown:?} is not a {what}: 1 to {KEY_LIMIT_BYTES} bytes of printable ASCII, a hash 64 of 0-9a-f"
    )))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_printable_ascii_of_bounded_length() {
        let longest = "k".repeat(KEY_LIMIT_BYTES);
        let cases = [
            ("a", true),
            ("000000000000/us-east-1/restapis/abc", true),
            (" ", true),
            ("~", true),
            ("a%b_c\\d'\"", true),
            (longest.as_str(), true),
            ("", false),
            ("a\n", false),
            ("a\0", false),
            ("\u{7f}", false),
            ("é", false),
        ];
        for (key, expected) in cases {
            assert_eq!(is_key(key), expected, "{key:?}");
        }
        assert!(!is_key(&"k".repeat(KEY_LIMIT_BYTES + 1)));
    }

    #[test]
    fn hashes_are_64_lower_case_hexadecimal_digits() {
        assert!(is_hash(&"0123456789abcdef".repeat(4)));
        assert!(!is_hash(&"0123456789ABCDEF".repeat(4)));
        assert!(!is_hash(&"a".repeat(63)));
        assert!(!is_hash(&"g".repeat(64)));
    }

    #[test]
    fn the_end_of_a_prefix_is_above_every_key_with_it_and_below_the_next() {
        for (prefix, end) in [("", "\u{7f}"), ("a", "b"), ("a/", "a0"), ("a~", "a\u{7f}"), ("~", "\u{7f}"), ("%", "&")]
        {
            assert_eq!(prefix_end(prefix), end);
            assert!(format!("{prefix}~~~~").as_str() < end);
        }
    }

    proptest! {
        #[test]
        fn a_prefix_is_exactly_the_range_up_to_its_end(key in "[ -~]{0,6}", prefix in "[ -~]{0,3}") {
            let in_range = prefix <= key && key < prefix_end(&prefix);
            prop_assert_eq!(in_range, key.starts_with(&prefix));
        }

        #[test]
        fn the_range_of_a_foreign_prefix_holds_no_key(key in "[ -~]{1,6}", start in "[ -~]{0,2}", foreign in "[^ -~]") {
            let prefix = format!("{start}{foreign}");
            prop_assert!(!is_prefix(&prefix));
            prop_assert!(key < prefix || prefix_end(&prefix) <= key);
        }

        #[test]
        fn a_key_is_what_has_only_printable_ascii(text in ".{0,8}") {
            let printable = text.chars().all(|char| char == ' ' || char.is_ascii_graphic());
            prop_assert_eq!(is_key(&text), printable && !text.is_empty());
        }
    }
}
